package session

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
)

// answerLimit bounds what we read from e-Signet; UserInfo carries a photograph.
const answerLimit = 8 << 20

var errRedirect = errors.New("redirect refused")

// endpoints calls e-Signet: no answer is longer than answerLimit, and none may redirect, since a redirected request
// would carry an assertion, a code or a token somewhere else.
type endpoints struct{ client *http.Client }

func newEndpoints(base *http.Client) *endpoints {
	client := *base
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirect }
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	client.Transport = limited{transport}
	return &endpoints{client: &client}
}

// context makes go-oidc and x/oauth2 use our client.
func (e *endpoints) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, e.client)
}

type limited struct{ next http.RoundTripper }

// RoundTrip passes the request on and cuts the answer at answerLimit.
func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, answerLimit), response.Body}
	return response, nil
}
