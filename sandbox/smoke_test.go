package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestSmoke(t *testing.T) {
	s, err := sandbox.Start(context.Background(), sandbox.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/sandbox/residents?first=2", "/sandbox/", "/config/mosip-vid-policy.json", "/idrepository/v1/identity/idvid/1", "/.well-known/openid-configuration", "/sandbox/calls"} {
		r, err := http.Get(s.URL() + p)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		t.Log(r.Status, string(b[:min(len(b), 1500)]))
	}
	e, _ := json.MarshalIndent(s.Environment(), "", " ")
	t.Log(string(e))
	t.Log(s.Close())
}
