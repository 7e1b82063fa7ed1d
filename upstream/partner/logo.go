package partner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Logo is a partner's picture. Its ETag (RFC 9110 §8.8.3) follows from the bytes.
type Logo struct {
	MediaType string
	Body      []byte
	ETag      string
}

// ErrNoLogo says that there is no acceptable logo behind an address, and that asking again at once changes nothing.
var ErrNoLogo = errors.New("no acceptable logo")

// pictures are what a logo may be, told by its first bytes and never by its name. SVG is none: it is a document that can
// hold scripts.
var pictures = []string{"image/png", "image/jpeg", "image/webp"}

// LogoOptions says how logos are fetched.
type LogoOptions struct {
	Timeout  time.Duration // of one fetch with its redirects
	MaxBytes int
	// Private are the hosts, as host:port, that may have private addresses; Plain those that may be asked without TLS.
	Private, Plain []string
	Resolver       *net.Resolver // nil: the machine's
}

// Logos fetches logos from wherever Partner Management says that they are: from public addresses over TLS, with nothing
// of ours in the request.
type Logos struct {
	options LogoOptions
	http    *http.Client
}

// redirects is how many a logo may be away.
const redirects = 3

// NewLogos makes a fetcher.
func NewLogos(o LogoOptions) *Logos {
	l := &Logos{options: o}
	l.http = &http.Client{
		Timeout:   o.Timeout,
		Transport: guarded(o.Private, o.Resolver),
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			req.Header.Del("Referer")
			if len(via) > redirects {
				return fmt.Errorf("%w: too many redirects", ErrNoLogo)
			}
			return l.allowed(req.URL)
		},
	}
	return l
}

// allowed says whether an address may be asked at all; to where its name leads is seen when it is dialled.
func (l *Logos) allowed(u *url.URL) error {
	plain := u.Scheme == "http" && slices.Contains(l.options.Plain, hostPort(u))
	_, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	if u.Scheme != "https" && !plain || u.Hostname() == "" || u.User != nil || err != nil {
		return fmt.Errorf("%w: not an https address", ErrNoLogo)
	}
	return nil
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Hostname() + ":" + port
}

// Fetch returns the logo at an address. ErrNoLogo: an address that is not allowed, an answer other than 200, too many
// bytes, or no picture; any other error: the host cannot be reached now. No error holds the address.
func (l *Logos) Fetch(ctx context.Context, address string) (*Logo, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: not an address", ErrNoLogo)
	}
	if err := l.allowed(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: not an address", ErrNoLogo)
	}
	req.Header.Set("User-Agent", "resident-graph")
	req.Header.Set("Accept", "image/png, image/jpeg, image/webp")
	resp, err := l.http.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("logo: %w", err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode >= http.StatusInternalServerError:
		return nil, fmt.Errorf("logo: status %d", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: status %d", ErrNoLogo, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(l.options.MaxBytes)+1))
	if err != nil {
		return nil, fmt.Errorf("logo: %w", err)
	}
	if len(body) > l.options.MaxBytes {
		return nil, fmt.Errorf("%w: too large", ErrNoLogo)
	}
	mediaType := http.DetectContentType(body)
	if !slices.Contains(pictures, mediaType) {
		return nil, fmt.Errorf("%w: not a PNG, JPEG or WebP", ErrNoLogo)
	}
	sum := sha256.Sum256(body)
	return &Logo{MediaType: mediaType, Body: body, ETag: `"` + hex.EncodeToString(sum[:16]) + `"`}, nil
}
