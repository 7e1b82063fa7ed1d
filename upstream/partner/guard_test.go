package partner_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/upstream/partner"
)

// inside are addresses that no logo may be fetched from, in every notation that some resolver takes.
var inside = []string{
	"https://127.0.0.1/", "https://127.8.9.10/logo.png", "https://localhost/", "https://[::1]/", "https://0.0.0.0/", "https://[::]/",
	"https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[fe80::1]/",
	"https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/", "https://192.0.0.192/",
	"https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::127.0.0.1]/",
	"https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/",
	"https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0x7f.0.0.1/", "https://017700000001/",
	"https://127.0.0.1.:443/", "https://１２７.0.0.1/",
}

// malformed are addresses that are not asked at all.
var malformed = []string{
	"", "http://127.0.0.1/", "http://example.org/logo.png", "file:///etc/passwd", "ftp://example.org/a.png", "gopher://127.0.0.1:70/",
	"data:image/png;base64,AAAA", "//example.org/a.png", "/etc/passwd", "https://user:password@example.org/", "https://", "https:///a", "https://exa mple.org/",
	"http://127.0.0.1:1@example.org/", "javascript:alert(1)", "https://example.org:99999/", "https://%00/",
	"https://1.1.1.1:22/", "https://1.1.1.1:6379/", "https://127.0.0.1:8443/",
}

func TestNoLogoIsFetchedFromInside(t *testing.T) {
	f := fetcher()
	for _, address := range append(inside, malformed...) {
		_, err := f.Fetch(t.Context(), address)
		_, unresolved := errors.AsType[*net.DNSError](err)
		if !errors.Is(err, partner.ErrNoLogo) && !unresolved {
			t.Errorf("%s: %v", address, err)
		}
		if host := strings.TrimSuffix(strings.TrimPrefix(address, "https://"), "/"); err != nil && len(host) > 6 && !unresolved && strings.Contains(err.Error(), host) {
			t.Errorf("the error tells the address: %v", err)
		}
	}
}

func TestARedirectLeadsNowhereElse(t *testing.T) {
	trap := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked", r.URL) })
	target := ""
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	})
	f := fetcher(s)
	for _, target = range append(append([]string{trap.URL, "/again"}, inside...), malformed[1:]...) {
		_, err := f.Fetch(t.Context(), s.URL)
		_, unresolved := errors.AsType[*net.DNSError](err)
		// What is no address at all is not followed, by net/http itself.
		if !errors.Is(err, partner.ErrNoLogo) && !unresolved && (err == nil || !strings.Contains(err.Error(), "Location header")) {
			t.Errorf("to %s: %v", target, err)
		}
	}
}

// TestANameLeadsWhereItLeadsWhenItIsDialled has a name that leads elsewhere each time it is looked up, as one does whose
// owner waits for the check to be over.
func TestANameLeadsWhereItLeadsWhenItIsDialled(t *testing.T) {
	addresses := [][4]byte{{127, 0, 0, 1}, {10, 1, 2, 3}, {169, 254, 169, 254}, {192, 168, 0, 1}}
	var asked atomic.Int32
	resolver := nameServer(t, func() [4]byte { return addresses[int(asked.Add(1)-1)%len(addresses)] })
	f := partner.NewLogos(partner.LogoOptions{Timeout: 5 * time.Second, MaxBytes: maxBytes, Resolver: resolver})
	for range addresses {
		if _, err := f.Fetch(t.Context(), "https://logos.partner.example/a.png"); !errors.Is(err, partner.ErrNoLogo) {
			t.Errorf("a name that leads inside: %v", err)
		}
	}
	if n := asked.Load(); n != int32(len(addresses)) {
		t.Errorf("%d look-ups for %d fetches", n, len(addresses))
	}
	trusted := partner.NewLogos(partner.LogoOptions{Timeout: 5 * time.Second, MaxBytes: maxBytes, Resolver: resolver, Private: []string{"logos.partner.example:443"}})
	if _, err := trusted.Fetch(t.Context(), "https://logos.partner.example/a.png"); err == nil || errors.Is(err, partner.ErrNoLogo) {
		t.Errorf("a name that may lead inside is dialled, and nobody is there: %v", err)
	}
}

// nameServer answers a resolver whose server says which address a name has, for IPv4 (RFC 1035 §4).
func nameServer(t *testing.T, address func() [4]byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { server.Close(); <-done })
	go func() {
		defer close(done)
		for packet := make([]byte, 512); ; {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(reply(packet[:n], address), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// reply answers a question for an IPv4 address with one, and any other with none.
func reply(question []byte, address func() [4]byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5 // the root, type and class
	answer := append([]byte{}, question[:end]...)
	answer[2], answer[3] = 0x84, 0               // an authoritative answer without error
	copy(answer[6:12], []byte{0, 0, 0, 0, 0, 0}) // no records
	if question[end-3] != 1 {                    // not A
		return answer
	}
	answer[7] = 1
	a := address()
	return append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, a[0], a[1], a[2], a[3])
}
