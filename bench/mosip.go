package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// mosip asks the upstream services for one resident, over connections that stay open.
type mosip struct {
	identityURL, vidURL string
	token               string // of Resident Graph's service account
	uin                 string
	http                *http.Client
}

// call is one upstream call that the home cannot do without.
type call struct{ name, method, url, body string }

// calls are those of a resident who signed in with a UIN: none needs the answer of another.
func (m *mosip) calls() []call {
	body, _ := json.Marshal(map[string]string{"id": m.uin}) // a map of strings always encodes
	return []call{
		{"identity", http.MethodPost, m.identityURL + "/idvid/", string(body)},
		{"VID list", http.MethodGet, m.vidURL + "/uin/" + m.uin, ""},
		{"auth types", http.MethodGet, m.identityURL + "/authtypes/status/" + m.uin, ""},
	}
}

// ask sends a call and answers the body of the answer.
func (m *mosip) ask(ctx context.Context, c call) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, c.method, c.url, bytes.NewReader([]byte(c.body)))
	if err != nil {
		return nil, fmt.Errorf("%s: the address is no URL", c.name)
	}
	req.Header.Set("Cookie", "Authorization="+m.token)
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := m.http.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the whole error would repeat the URL and its UIN
		}
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", c.name, resp.StatusCode)
	}
	return body, err
}

// unwrap decodes the response member of the kernel's envelope.
func unwrap[T any](name string, body []byte) (T, error) {
	var envelope struct {
		Response T                 `json:"response"`
		Errors   []json.RawMessage `json:"errors"`
	}
	err := json.Unmarshal(body, &envelope)
	if err == nil && len(envelope.Errors) > 0 {
		err = fmt.Errorf("refused: %s", envelope.Errors[0])
	}
	if err != nil {
		return envelope.Response, fmt.Errorf("%s: %w", name, err)
	}
	return envelope.Response, nil
}
