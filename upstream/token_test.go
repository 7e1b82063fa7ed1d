package upstream_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
)

const refusedTwice = `{"id":null,"response":null,"errors":[{"errorCode":"KER-ATH-401","message":"Authentication Failed"}]}` +
	`{"id":null,"response":null,"errors":[{"errorCode":"KER-ATH-401","message":"Authentication Failed"}]}`

func TestTokenIsRenewedOnceAfter401(t *testing.T) {
	source := &tokens{}
	var bodies []int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		bodies = append(bodies, r.ContentLength)
		if r.Header.Get("Cookie") != "Authorization=b" || r.Header.Get("Authorization") != "" {
			answering(401, refusedTwice)(w, r)
			return
		}
		answering(200, wellDone)(w, r)
	})
	got, err := write(t.Context(), s.client(func(o *upstream.Options) { o.Tokens = source }))
	if err != nil || got.Status != "fine" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !slices.Equal(source.dropped, []string{"a"}) || s.sends.Load() != 2 || bodies[0] != bodies[1] || bodies[1] == 0 {
		t.Errorf("dropped %v after %d sends with bodies %v", source.dropped, s.sends.Load(), bodies)
	}
}

func TestTokenNeverAcceptedIsDenied(t *testing.T) {
	source := &tokens{}
	s := serve(t, answering(401, refusedTwice))
	_, err := read(t.Context(), s.client(func(o *upstream.Options) { o.Tokens = source }))
	e, _ := errors.AsType[*upstream.Error](err)
	if e == nil || e.Kind != upstream.Denied || e.Code != "KER-ATH-401" || e.Sent {
		t.Errorf("%+v", e)
	}
	if s.sends.Load() != 2 || len(source.dropped) != 1 {
		t.Errorf("%d sends, dropped %v", s.sends.Load(), source.dropped)
	}
}

func TestForbiddenIsNotTriedAgain(t *testing.T) {
	source := &tokens{}
	s := serve(t, answering(403, `{"errors":[{"errorCode":"KER-ATH-403","message":"Forbidden"}]}`))
	_, err := read(t.Context(), s.client(func(o *upstream.Options) { o.Tokens = source }))
	if upstream.KindOf(err) != upstream.Denied || s.sends.Load() != 1 || source.dropped != nil {
		t.Errorf("%v after %d sends, dropped %v", err, s.sends.Load(), source.dropped)
	}
}
