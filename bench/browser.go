package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/graph/documents"
)

// browser is one resident's, over connections that stay open.
type browser struct {
	http   *http.Client
	server string
	home   []byte // the operation as it is sent
}

// homeDocument answers the home query: the playground's example.
func homeDocument(root string) (string, error) {
	query, err := os.ReadFile(filepath.Join(root, "web", "playground", "examples", "home.graphql"))
	return string(query), err
}

// trust writes the manifest that makes the home a trusted document: production takes no other of residents.
func trust(root, dir string) error {
	query, err := homeDocument(root)
	if err != nil {
		return err
	}
	manifest, err := json.Marshal(map[string]any{"client": "bench", "version": "1",
		"documents": map[string]string{documents.ID(query): query}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bench.json"), manifest, 0o600)
}

// newBrowser answers a browser that is not signed in.
func newBrowser(root, server string) (*browser, error) {
	query, err := homeDocument(root)
	if err != nil {
		return nil, err
	}
	operation, err := json.Marshal(map[string]string{"documentId": documents.ID(query)})
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	return &browser{http: &http.Client{Jar: jar, Timeout: 30 * time.Second}, server: server, home: operation}, err
}

var (
	preset    = regexp.MustCompile(`<input[^>]*(type="hidden"|\schecked)[^>]*>`) // sent by a form as it is
	attribute = regexp.MustCompile(`(name|value)="([^"]*)"`)
	action    = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
)

// signIn goes through e-Signet's form as a person does.
func (b *browser) signIn(ctx context.Context, individualID string) error {
	form, at, err := b.fetch(ctx, http.MethodGet, b.server+"/auth/login?return=/healthz", nil)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	values := url.Values{"individualId": {individualID}, "otp": {"111111"}}
	for _, input := range preset.FindAllString(string(form), -1) {
		pair := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(input, -1) {
			pair[m[1]] = m[2]
		}
		values.Add(pair["name"], pair["value"])
	}
	if m := action.FindSubmatch(form); m != nil {
		if at, err = at.Parse(strings.ReplaceAll(string(m[1]), "&amp;", "&")); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
	}
	if _, _, err = b.fetch(ctx, http.MethodPost, at.String(), values); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// fetch follows redirects and answers the last page and where it is.
func (b *browser) fetch(ctx context.Context, method, address string, form url.Values) ([]byte, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return body, resp.Request.URL, err
}

// ask sends the home query and answers the body of the answer.
func (b *browser) ask(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.server+"/graphql", bytes.NewReader(b.home))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// whole says whether an answer is a home with nothing missing, and how many events its history shows.
func whole(body []byte) (events int, err error) {
	var answer struct {
		Data struct {
			Viewer *struct {
				ServiceHistory *struct {
					Nodes []json.RawMessage `json:"nodes"`
				} `json:"serviceHistory"`
			} `json:"viewer"`
		} `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("home: %w", err)
	}
	if len(answer.Errors) > 0 {
		return 0, fmt.Errorf("home: %s", answer.Errors[0].Message)
	}
	if answer.Data.Viewer == nil || answer.Data.Viewer.ServiceHistory == nil {
		return 0, errors.New("home: nobody is signed in")
	}
	return len(answer.Data.Viewer.ServiceHistory.Nodes), nil
}
