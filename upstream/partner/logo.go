package partner

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// ErrForeignLogo says that a logo is at an address that is not asked.
var ErrForeignLogo = errors.New("a logo at an address that is not asked")

// LogoConfig says where logos may be.
type LogoConfig struct {
	// Hosts with their port are the only ones asked, wherever they are; when there are none, every host with a public
	// address is, over https.
	Hosts    []string
	MaxBytes int64         // of a logo; 512 KiB when 0
	Timeout  time.Duration // 3 s when 0
}

// Logo is a picture that a browser can show.
type Logo struct {
	MediaType string // image/png, image/jpeg, image/gif, image/webp or image/svg+xml
	Data      []byte
}

// Logos fetches partners' logos, so that residents' browsers need not tell partners that somebody looks at them. It
// sends no token and follows no redirect.
type Logos struct {
	http     *http.Client
	hosts    []string
	maxBytes int64
}

// NewLogos makes a client; its owner calls CloseIdleConnections at the end.
func NewLogos(c LogoConfig) *Logos {
	const timeout, maxBytes = 3 * time.Second, 512 << 10
	if c.Timeout <= 0 {
		c.Timeout = timeout
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = maxBytes
	}
	transport := upstream.Transport()
	if len(c.Hosts) == 0 {
		// No proxy: the address that is checked must be the one that is asked.
		transport.Proxy = nil
		transport.DialContext = (&net.Dialer{Timeout: time.Second, Control: publicOnly}).DialContext
	}
	return &Logos{hosts: c.Hosts, maxBytes: c.MaxBytes, http: &http.Client{
		Transport: transport, Timeout: c.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// CloseIdleConnections lets connections go that wait for another logo.
func (l *Logos) CloseIdleConnections() { l.http.CloseIdleConnections() }

// Logo fetches a partner's LogoURL. ErrForeignLogo: not asked; every other failure is an *upstream.Error: Garbled with
// code not-a-picture or too-large, Unavailable, or Timeout.
func (l *Logos) Logo(ctx context.Context, location string) (Logo, error) {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || u.User != nil || !l.allowed(u) {
		return Logo{}, ErrForeignLogo
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Logo{}, ErrForeignLogo
	}
	req.Header.Set("Accept", "image/*")
	resp, err := l.http.Do(req)
	if err != nil {
		if errors.Is(err, ErrForeignLogo) {
			return Logo{}, ErrForeignLogo
		}
		return Logo{}, trouble(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, l.maxBytes+1))
	switch {
	case err != nil:
		return Logo{}, trouble(err)
	case resp.StatusCode != http.StatusOK:
		return Logo{}, &upstream.Error{Service: "logo", Operation: "get", Kind: upstream.Unavailable, Code: "http-status"}
	case int64(len(body)) > l.maxBytes:
		return Logo{}, &upstream.Error{Service: "logo", Operation: "get", Kind: upstream.Garbled, Code: "too-large"}
	}
	media := picture(body)
	if media == "" {
		return Logo{}, &upstream.Error{Service: "logo", Operation: "get", Kind: upstream.Garbled, Code: "not-a-picture"}
	}
	return Logo{MediaType: media, Data: body}, nil
}

func (l *Logos) allowed(u *url.URL) bool {
	if len(l.hosts) == 0 {
		return u.Scheme == "https"
	}
	return (u.Scheme == "https" || u.Scheme == "http") &&
		slices.ContainsFunc(l.hosts, func(h string) bool { return strings.EqualFold(h, u.Host) })
}

func trouble(err error) error {
	kind, code := upstream.Unavailable, "unreachable"
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() || errors.Is(err, context.Canceled) {
		kind, code = upstream.Timeout, "deadline"
	}
	return &upstream.Error{Service: "logo", Operation: "get", Kind: kind, Code: code}
}

// publicOnly refuses addresses of this machine and its networks, after the name was resolved and before anything is
// sent: a partner's logo must not be a way to what only we can reach.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrForeignLogo
	}
	ip := at.Addr().Unmap()
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: carriers' and clouds' own
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) {
		return ErrForeignLogo
	}
	return nil
}

// picture says what a body is, by its bytes; what its sender calls it does not count. Empty: no picture.
func picture(body []byte) string {
	switch media := http.DetectContentType(body); media {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return media
	}
	start := strings.TrimSpace(strings.TrimPrefix(string(body[:min(len(body), 1024)]), "\ufeff"))
	if strings.HasPrefix(start, "<svg") || strings.HasPrefix(start, "<?xml") && strings.Contains(start, "<svg") {
		return "image/svg+xml"
	}
	return ""
}
