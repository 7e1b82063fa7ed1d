package configserver_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

func TestFile(t *testing.T) {
	const policy = "{\n \"vidPolicies\": []\n}\n"
	s := contract.Serve(t, map[string]string{"GET /mosip-vid-policy.json": policy, "GET /amr-acr-mapping.json": `{"errors":[1]}`, "GET /identity-mapping.json": "<html>"})
	c := configserver.New(s.Client)
	if got, err := c.File(t.Context(), configserver.VidPolicy); err != nil || string(got) != strings.TrimSpace(policy) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := c.File(t.Context(), configserver.AmrAcrMapping); err != nil || string(got) != `{"errors":[1]}` {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := c.File(t.Context(), configserver.IdentityMapping); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
	_, err := c.File(t.Context(), "missing.json")
	if e, ok := errors.AsType[*upstream.Error](err); !ok || e.Code != "http-404" {
		t.Error(err)
	}
}
