// Package datashare fetches files from MOSIP's Data Share.
package datashare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/upstream"
)

var (
	// ErrForeign says that a URL is not one of Data Share's: nothing was asked.
	ErrForeign = errors.New("not a data share URL")
	// ErrGone says that a share is used up, has expired or never was: no repetition helps, only a new request.
	ErrGone = errors.New("the data share is gone")
	// ErrNotPDF says that something else came in place of a PDF; what can be read of it is in the chain.
	ErrNotPDF = errors.New("not a PDF")
)

const (
	expired  = "DAT-SER-006"
	notFound = "DAT-SER-008"

	defaultMaxBytes = 10 << 20
)

// Config says where Data Share is; BaseURL is required and ends in /v1/datashare.
type Config struct {
	BaseURL string
	// Hosts are further names, with their port if it is not the scheme's, under which policies write URLs of the same
	// Data Share. They are only compared: what is asked is always BaseURL.
	Hosts    []string
	MaxBytes int64 // of a file; 10 MiB when 0
}

// Client fetches files from Data Share.
type Client struct {
	up       *upstream.Client
	base     *url.URL
	hosts    []string
	maxBytes int64
}

// New makes a client; up's base URL is that of the configuration.
func New(up *upstream.Client, c Config) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(c.BaseURL, "/"))
	if err != nil || base.Host == "" {
		return nil, errors.New("data share: the base URL is none")
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultMaxBytes
	}
	return &Client{up: up, base: base, hosts: append([]string{base.Host}, c.Hosts...), maxBytes: c.MaxBytes}, nil
}

// PDF fetches the PDF behind a URL as a credential request has it. Every fetch uses up one of the few that a share
// allows, so it is sent once and never to try. ErrForeign, ErrGone and ErrNotPDF are told apart from trouble, which is
// an *upstream.Error; after trouble that was Sent the fetch may have counted.
func (c *Client) PDF(ctx context.Context, location string) ([]byte, error) {
	below, err := c.below(location)
	if err != nil {
		return nil, err
	}
	file, err := upstream.Fetch(ctx, c.up, upstream.Call{
		Operation: "get", Method: http.MethodGet, Path: below, MaxBytes: c.maxBytes, Header: http.Header{"Accept": {"*/*"}},
	})
	switch {
	case upstream.HasCode(err, expired), upstream.HasCode(err, notFound):
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	case inPlace(err):
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, err)
	case err != nil:
		return nil, err
	case !isPDF(file):
		return nil, fmt.Errorf("%w: %w", ErrNotPDF, c.up.Garbled("get", "not-a-pdf", nil))
	}
	return file, nil
}

// Holds says whether a URL is one of a share.
func (c *Client) Holds(location string) bool {
	_, err := c.below(location)
	return err == nil
}

// below returns the path of a URL below the base, escaped as it came.
func (c *Client) below(location string) (string, error) {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" ||
		!slices.ContainsFunc(c.hosts, func(h string) bool { return strings.EqualFold(h, u.Host) }) {
		return "", ErrForeign
	}
	below, ours := strings.CutPrefix(u.EscapedPath(), c.base.EscapedPath()+"/get/")
	if !ours || path.Clean("/"+u.Path) != u.Path {
		return "", ErrForeign
	}
	return "/get/" + below, nil
}

// inPlace tells an orderly answer that is no file: a list of errors, or a document where a file was due.
func inPlace(err error) bool {
	e, ok := errors.AsType[*upstream.Error](err)
	if !ok {
		return false
	}
	return e.Kind == upstream.Refused || e.Kind == upstream.Garbled && (e.Code == "not-a-file" || e.Code == "empty")
}

// isPDF looks for the header and the end where readers look for them (ISO 32000-1, annex H: within the first and the last
// 1024 bytes). A file that was cut on its way has no end.
func isPDF(file []byte) bool {
	return bytes.Contains(file[:min(len(file), 1024)], []byte("%PDF-")) && bytes.Contains(file[max(0, len(file)-1024):], []byte("%%EOF"))
}
