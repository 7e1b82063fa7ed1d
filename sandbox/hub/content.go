package hub

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

var (
	errNotJSON  = errors.New("record is not JSON")
	errNoSecret = errors.New("subscription has no secret")
)

// content builds the delivery of one record. The signature covers the bytes
// that are sent, which in mode "mosip" are not those that were published.
func (h *Hub) content(ctx context.Context, s *subscription, published []byte) (*http.Request, error) {
	h.mu.Lock()
	callback, topic, secret := s.Callback, s.Topic, s.Secret
	h.mu.Unlock()
	body := published
	link := fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.config.URL, topic)
	if !h.w3c() {
		if secret == "" {
			return nil, errNoSecret // MOSIP's hub fails on it
		}
		var err error
		if body, err = reserialised(published); err != nil {
			return nil, err
		}
		link = fmt.Sprintf(`%s; rel="hub", %s; rel="self"`, h.config.URL, topic) // bare, where RFC 8288 has brackets
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, callback, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("request: %w", errNoCallback)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Link", link)
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		r.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return r, nil
}

// errNoCallback stands for the parse error, which would quote the callback.
var errNoCallback = errors.New("callback is not a URL")

// reserialised writes a JSON text anew, without white space and with the keys
// of every object in falling order: the same value in other bytes.
func reserialised(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // keeps numbers to the digit
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errNotJSON
	}
	var b bytes.Buffer
	err := write(&b, value)
	return b.Bytes(), err
}

func write(b *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case map[string]any:
		b.WriteByte('{')
		keys := slices.Sorted(maps.Keys(v))
		slices.Reverse(keys)
		for i, key := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeScalar(b, key); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := write(b, v[key]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	case []any:
		b.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := write(b, element); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	}
	return writeScalar(b, value)
}

func writeScalar(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	return nil
}

// send performs a request and reads at most what a challenge needs of the answer.
func (h *Hub) send(r *http.Request) (status int, body []byte, err error) {
	response, err := h.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, 4<<10))
	return response.StatusCode, body, err
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
