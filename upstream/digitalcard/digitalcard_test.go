package digitalcard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/digitalcard"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

// aid returns the registration id of the sandbox's first resident.
func aid(t *testing.T, m *contract.MOSIP) string {
	t.Helper()
	got, err := upstream.Do[struct {
		RID string `json:"rid"`
	}](t.Context(), m.Client("identity", "IDENTITY_URL"), upstream.Call{Method: "GET", Path: "/rid/" + m.Resident().UIN})
	if err != nil {
		t.Fatal(err)
	}
	return got.RID
}

func TestTheCardOfARegistrationIsThere(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c, rid := digitalcard.New(m.Client("digitalcard", "DIGITAL_CARD_URL")), aid(t, m)
	m.Calls()
	got, err := c.Card(t.Context(), rid)
	if err != nil || got.ID != rid || got.Status != digitalcard.Available || !strings.HasPrefix(got.URL, m.Env["DATA_SHARE_URL"]+"/get/") {
		t.Errorf("%+v, %v", got, err)
	}
	if n := m.Calls(); n["digitalcard"] != 1 || len(n) != 1 {
		t.Error(n)
	}
}

func TestACardNobodyAskedForIsBegun(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	m.Set(map[string]any{"holdCards": true})
	c, uin := digitalcard.New(m.Client("digitalcard", "DIGITAL_CARD_URL")), m.Resident().UIN
	for range 2 {
		if _, err := c.Card(t.Context(), uin); !errors.Is(err, digitalcard.ErrNotReady) {
			t.Fatal(err)
		}
	}
	var kept []any
	m.Control("GET", "/sandbox/credentials", nil, &kept)
	if n := len(kept); n != 1 {
		t.Errorf("%d requests", n)
	}
	m.Set(map[string]any{"holdCards": false})
	m.Until("the card", func() bool {
		got, err := c.Card(t.Context(), uin)
		return err == nil && got.ID == uin
	})
}

func TestTroubleOfTheService(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	// Its audience is shorter than that of other services.
	c := digitalcard.New(m.ClientAs("mosip-ida-client", "digitalcard", m.Env["DIGITAL_CARD_URL"]))
	if _, err := c.Card(t.Context(), "1"); upstream.KindOf(err) != upstream.Denied {
		t.Error(err)
	}
	if _, err := identity.New(m.ClientAs("mosip-ida-client", "identity", m.Env["IDENTITY_URL"])).Read(t.Context(), m.Resident().UIN); err != nil {
		t.Errorf("the same account elsewhere: %v", err)
	}
	for name, row := range map[string]struct {
		answer string
		kind   upstream.Kind
	}{
		"another service is down": {`{"response":null,"errors":[{"errorCode":"DCS-011","message":"Datashare response is null"}],"dataShare":null}`, upstream.Unavailable},
		"an exception":            {`{"response":null,"errors":[{"errorCode":"DCS-026","message":null}]}`, upstream.Unavailable},
		"a row without a URL":     {`{"response":{"id":"x","statusCode":"NEW","url":null},"errors":[]}`, upstream.Garbled},
	} {
		s := contract.Serve(t, map[string]string{"GET /x": row.answer})
		if _, err := digitalcard.New(s.Client).Card(t.Context(), "x"); upstream.KindOf(err) != row.kind || errors.Is(err, digitalcard.ErrNotReady) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
