package attack

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// hidden is the request that a smuggler wants to have answered: a mutation with the cookie of a victim. $COOKIE and
// $HOST are filled in.
const hidden = "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nCookie: $COOKIE\r\nContent-Type: application/json\r\nContent-Length: $LENGTH\r\n\r\n$MUTATION"

// smuggled are requests whose end two servers could see in different places, or that one of them must not take at all;
// $HIDDEN is the hidden request. Nothing but a 4xx or 5xx may come.
var smuggled = map[string]string{
	"CL.TE":                        "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: application/json\r\nContent-Length: $AFTER\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$HIDDEN",
	"TE.CL":                        "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n$HIDDEN",
	"TE.TE, one unknown":           "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$HIDDEN",
	"TE of another coding":         "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n$HIDDEN",
	"TE in a list":                 "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n$HIDDEN",
	"TE with a space":              "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n$HIDDEN",
	"TE in HTTP/1.0":               "POST /graphql HTTP/1.0\r\nHost: $HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$HIDDEN",
	"two different lengths":        "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0\r\nContent-Length: $AFTER\r\n\r\n$HIDDEN",
	"two lengths in one":           "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0, 5\r\n\r\n$HIDDEN",
	"a length with a sign":         "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Length: +0\r\n\r\n$HIDDEN",
	"a length below nothing":       "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Length: -1\r\n\r\n$HIDDEN",
	"a length in hexadecimal":      "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 0x0\r\n\r\n$HIDDEN",
	"a length beyond 64 bits":      "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 99999999999999999999\r\n\r\n$HIDDEN",
	"a chunk beyond 64 bits":       "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF0\r\n\r\n$HIDDEN",
	"a chunk of nonsense":          "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n$HIDDEN",
	"a chunk that is not ended":    "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n$HIDDEN",
	"two hosts":                    "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nHost: evil.example\r\n\r\n$HIDDEN",
	"no host":                      "GET /healthz HTTP/1.1\r\n\r\n$HIDDEN",
	"a host with a space":          "GET /healthz HTTP/1.1\r\nHost: $HOST evil.example\r\n\r\n$HIDDEN",
	"a header without a name":      "GET /healthz HTTP/1.1\r\nHost: $HOST\r\n: x\r\n\r\n$HIDDEN",
	"a header without a colon":     "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nnonsense\r\n\r\n$HIDDEN",
	"a header with NUL":            "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nX: a\x00b\r\n\r\n$HIDDEN",
	"a header with CR":             "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nX: a\rCookie: b\r\n\r\n$HIDDEN",
	"a header folded at the start": "GET /healthz HTTP/1.1\r\n Host: $HOST\r\n\r\n$HIDDEN",
	"a header name with a space":   "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nX Y: b\r\n\r\n$HIDDEN",
	"a version of nothing":         "GET /healthz HTTP/9.9\r\nHost: $HOST\r\n\r\n$HIDDEN",
	"a path with a space":          "GET /heal thz HTTP/1.1\r\nHost: $HOST\r\n\r\n$HIDDEN",
	"a method of nonsense":         "GE(T /healthz HTTP/1.1\r\nHost: $HOST\r\n\r\n$HIDDEN",
	"oversized headers":            "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n$HIDDEN",
	"many headers":                 "GET /healthz HTTP/1.1\r\nHost: $HOST\r\n" + strings.Repeat("X: a\r\n", 20_000) + "\r\n$HIDDEN",
	"an oversized path":            "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: $HOST\r\n\r\n$HIDDEN",
	"HTTP/2 in clear text":         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
	"a tunnel":                     "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\nConnection: close\r\n\r\n$HIDDEN",
}

// allowedHere are requests that are answered; what is hidden must not be.
var allowedHere = map[string]string{
	"an upgrade to HTTP/2":          "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
	"a cookie in a folded header":   "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\nX: a\r\n Cookie: $COOKIE\r\nContent-Type: application/json\r\nContent-Length: $LENGTH\r\n\r\n$MUTATION",
	"a cookie in a trailer":         "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\nTrailer: Cookie\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n$CHUNK\r\n$MUTATION\r\n0\r\nCookie: $COOKIE\r\n\r\n",
	"a body on GET":                 "GET /healthz HTTP/1.1\r\nHost: $HOST\r\nContent-Length: $AFTER\r\nConnection: close\r\n\r\n$HIDDEN",
	"another host in the address":   "POST http://evil.example/graphql HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	"a refused body that goes on":   "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: text/plain\r\nContent-Length: $AFTER\r\nConnection: close\r\n\r\n$HIDDEN",
	"a body that is expected first": "POST /graphql HTTP/1.1\r\nHost: $HOST\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: $AFTER\r\nConnection: close\r\n\r\n$HIDDEN",
}

var statusLine = regexp.MustCompile(`HTTP/1\.[01] (\d{3})`)

// TestNothingIsSmuggled writes each over a bare socket.
func TestNothingIsSmuggled(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	c := s.SignIn(t, someone(t, s).UIN)
	before := c.Settled()
	host, cookie, tried := strings.TrimPrefix(s.URL, "http://"), cookieHeader(t, s, c), 0
	for refused, requests := range map[bool]map[string]string{true: smuggled, false: allowedHere} {
		for name, request := range requests {
			tried++
			came := converseRaw(t, host, fill(t, request, host, cookie, tried), time.Second)
			if strings.Contains(came, `"eventId":"`) {
				t.Errorf("%s: the hidden mutation is executed", name)
			}
			if strings.Contains(came, canary) {
				t.Errorf("%s: what was sent is echoed: %.300s", name, came)
			}
			for i, m := range statusLine.FindAllStringSubmatch(came, -1) {
				if refused && m[1] < "400" || m[1] == "101" {
					t.Errorf("%s: answer %d is %s", name, i+1, m[1])
				}
				if i > 0 && m[1] != "417" && !strings.HasPrefix(came, "HTTP/1.1 100") {
					t.Errorf("%s: there are several answers on the connection: %.60s", name, came)
					break
				}
			}
			if came == "" && name != "a chunk beyond 64 bits" {
				t.Logf("%s: closed without an answer", name)
			}
		}
	}
	if c.Settled() != before {
		t.Error("the history moved: something was executed")
	}
	openly := strings.Replace(hidden, "Content-Type", "Connection: close\r\nContent-Type", 1)
	if came := converseRaw(t, host, fill(t, openly, host, cookie, tried+1), 30*time.Second); !strings.Contains(came, `"eventId":"`) {
		t.Errorf("the hidden request does nothing even when it is sent openly: %.300s", came)
	}
	t.Logf("%d forms", tried)
}

// fill puts the hidden request and its parts into a request.
func fill(t testing.TB, request, host, cookie string, number int) string {
	t.Helper()
	mutation := string(operation(t, fmt.Sprintf("# %s\n"+forgeable, canary, number), nil))
	parts := strings.NewReplacer("$HOST", host, "$COOKIE", cookie, "$LENGTH", fmt.Sprint(len(mutation)), "$CHUNK", fmt.Sprintf("%x", len(mutation)), "$MUTATION", mutation)
	inner := parts.Replace(hidden)
	return parts.Replace(strings.NewReplacer("$HIDDEN", inner, "$AFTER", fmt.Sprint(len(inner))).Replace(request))
}

// converseRaw writes text to a socket and answers all that comes within a time, or until the server closes it.
func converseRaw(t testing.TB, host, text string, within time.Duration) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(within))
	_, _ = io.WriteString(conn, text) // a server that refuses early may close before all is written
	came, _ := io.ReadAll(conn)       // the deadline ends what is kept open
	return string(came)
}
