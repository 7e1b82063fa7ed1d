package partner_test

import (
	"errors"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := partner.New(m.Client("partner", "PARTNER_URL"))
	m.Calls()
	got, err := c.Policy(t.Context(), "mpartner-default-tax", "vercred")
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "mpolicy-default-tax" || got.Name == "" || !got.Published || got.ValidTill.Year() != 2036 || got.TransactionsAllowed != 2 ||
		len(got.Attributes) != 5 || got.Attributes[0] != (partner.PolicyAttribute{Name: "fullName"}) {
		t.Errorf("%+v", got)
	}
	if n := m.Calls()["partner"]; n != 1 {
		t.Errorf("%d calls", n)
	}
	for _, none := range [][2]string{{"mpartner-default-tax", "euin"}, {"nobody", "vercred"}, {"../x", "vercred"}} {
		if _, err := c.Policy(t.Context(), none[0], none[1]); !errors.Is(err, partner.ErrNoPolicy) {
			t.Errorf("%v: %v", none, err)
		}
	}
	// RESIDENT alone is not enough.
	denied := partner.New(m.ClientAs("mosip-ida-client", "partner", m.Env["PARTNER_URL"]))
	if _, err := denied.Policy(t.Context(), "mpartner-default-tax", "vercred"); upstream.KindOf(err) != upstream.Denied {
		t.Error(err)
	}
	s := contract.Serve(t, map[string]string{"GET /partners/a/credentialtype/b/policies": `{"response":{"policyId":""},"errors":[]}`})
	if _, err := partner.New(s.Client).Policy(t.Context(), "a", "b"); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
	s = contract.Serve(t, map[string]string{"GET /partners/a/credentialtype/b/policies": `{"response":{"policyId":"p","status":"DRAFTED","validTill":null,
		"policies":{"shareableAttributes":[{"attributeName":"name","encrypted":true,"format":"firstName"}],"dataSharePolicies":null}},"errors":[]}`})
	if got, err := partner.New(s.Client).Policy(t.Context(), "a", "b"); err != nil || got.Published || !got.ValidTill.IsZero() ||
		got.Attributes[0] != (partner.PolicyAttribute{Name: "name", Format: "firstName", Encrypted: true}) {
		t.Errorf("%+v, %v", got, err)
	}
}
