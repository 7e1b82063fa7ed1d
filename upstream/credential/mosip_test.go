package credential_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

const bank = "mpartner-default-bank"

func generator(t *testing.T) (*contract.MOSIP, *credential.Client) {
	m := contract.StartMOSIP(t)
	return m, credential.New(m.Client("credential", "CREDENTIAL_URL"))
}

// until waits for a request to be at a word, and returns how it stands.
func until(t *testing.T, m *contract.MOSIP, c *credential.Client, requestID, word string) (got credential.Status) {
	t.Helper()
	m.Until(word, func() bool {
		var err error
		if got, err = c.Status(t.Context(), requestID); err != nil {
			t.Fatal(err)
		}
		return got.Word == word
	})
	return got
}

func TestShareReachesThePartner(t *testing.T) {
	t.Parallel()
	m, c := generator(t)
	one := m.Resident()
	pin, err := credential.NewPIN()
	if err != nil || len(pin) != 6 {
		t.Fatal(pin, err)
	}
	id, err := c.Request(t.Context(), credential.Request{
		ID: one.UIN, Type: credential.Share, Issuer: bank, Encrypt: true, EncryptionKey: pin, Attributes: []credential.Attribute{
			{Name: "fullName", Format: "fullName"}, {Name: "dateOfBirth", Format: "DD/MMM/YYYY"}, {Name: "phone", Masked: true},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := until(t, m, c, id, credential.Received)
	if _, card := got.CardURL(); got.RequestID != id || got.URL == "" || card {
		t.Error(got)
	}
	var kept []struct{ Request map[string]any }
	m.Control(http.MethodGet, "/sandbox/credentials", nil, &kept)
	if len(kept) != 1 {
		t.Fatal(kept)
	}
	if diff := cmp.Diff(map[string]any{
		"id": one.UIN, "credentialType": "vercred", "issuer": bank, "recepiant": nil, "user": nil, "encrypt": true,
		"encryptionKey": pin, "sharableAttributes": []any{"fullName", "dateOfBirth", "phone"},
		"additionalData": map[string]any{
			"formatingAttributes": map[string]any{"fullName": "fullName", "dateOfBirth": "DD/MMM/YYYY"}, "maskingAttributes": []any{"phone"},
		},
	}, kept[0].Request); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsEnd(t *testing.T) {
	t.Parallel()
	m, c := generator(t)
	one := m.Resident()
	for name, row := range map[string]struct {
		settings map[string]any
		request  credential.Request
		word     string
	}{
		"a card":            {nil, credential.VIDCard{VID: one.VIDs[0].VID, Type: "PERPETUAL"}.Request("mpartner-default-digitalcard"), "STORED"},
		"a printed card":    {nil, credential.Request{ID: one.UIN, Type: credential.PrintCard, Issuer: "mpartner-default-print"}, "CARD_DELIVERED"},
		"a silent partner":  {map[string]any{"partnerStatus": ""}, credential.Request{ID: one.UIN, Type: credential.Share, Issuer: bank}, "ISSUED"},
		"nobody":            {nil, credential.Request{ID: "4752553412", Type: credential.Share, Issuer: bank}, "FAILED"},
		"no policy":         {nil, credential.Request{ID: one.UIN, Type: credential.Share, Issuer: "unknown"}, "FAILED"},
		"an ad-hoc policy":  {map[string]any{"partnerStatus": "STORED"}, credential.Request{ID: one.UIN, Type: credential.Share, Issuer: "unknown", Attributes: []credential.Attribute{{Name: "email"}}}, "STORED"},
		"nothing is issued": {map[string]any{"failCredentials": true}, credential.Request{ID: one.UIN, Type: credential.Share, Issuer: bank}, "FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			m.Set(map[string]any{"partnerStatus": "RECEIVED", "failCredentials": false})
			if row.settings != nil {
				m.Set(row.settings)
			}
			id, err := c.Request(t.Context(), row.request)
			if err != nil {
				t.Fatal(err)
			}
			until(t, m, c, id, row.word)
		})
	}
}

func TestCancelAndRetrigger(t *testing.T) {
	t.Parallel()
	m, c := generator(t)
	m.Set(map[string]any{"credentialDelayMs": 600_000})
	id, err := c.Request(t.Context(), credential.Request{ID: m.Resident().UIN, Type: credential.Share, Issuer: bank})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := until(t, m, c, id, "CANCELLED"); got.URL != "" {
		t.Error(got)
	}
	if err := c.Cancel(t.Context(), id); !upstream.HasCode(err, credential.Processed) {
		t.Error(err)
	}
	m.Set(map[string]any{"credentialDelayMs": 0})
	if err := c.Retrigger(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	until(t, m, c, id, "RECEIVED")
	for _, change := range []error{c.Cancel(t.Context(), "unknown"), c.Retrigger(t.Context(), "unknown")} {
		if !upstream.HasCode(change, credential.NotFound) || upstream.KindOf(change) != upstream.Refused {
			t.Error(change)
		}
	}
}

func TestAnIDOfOnesOwnIsOneRequest(t *testing.T) {
	t.Parallel()
	m, c := generator(t)
	r := credential.Request{ID: m.Resident().UIN, Type: credential.PDFCard, Issuer: "mpartner-default-digitalcard",
		More: map[string]any{"templateTypeCode": credential.UINCardTemplate}}
	first := ""
	for range 2 {
		if err := c.RequestAs(t.Context(), "10001-PDF", r); err != nil {
			t.Fatal(err)
		}
		url, ready := until(t, m, c, "10001-PDF", credential.Stored).CardURL()
		if !ready || url == first {
			t.Errorf("a card at %q, the one before at %q", url, first)
		}
		first = url
	}
	var kept []any
	m.Control(http.MethodGet, "/sandbox/credentials", nil, &kept)
	if len(kept) != 1 {
		t.Errorf("%d requests", len(kept))
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	m, c := generator(t)
	m.Calls()
	for _, r := range []credential.Request{{ID: "1", Issuer: bank}, {ID: "1", Type: credential.Share}} {
		if _, err := c.Request(t.Context(), r); !upstream.HasCode(err, "IDR-IDC-002") {
			t.Error(err)
		}
	}
	stranger := credential.New(m.ClientAs("mosip-reg-client", "credential", m.Env["CREDENTIAL_URL"]))
	if _, err := stranger.Request(t.Context(), credential.Request{ID: "1", Type: credential.Share, Issuer: bank}); upstream.KindOf(err) != upstream.Denied {
		t.Error(err)
	}
	m.Fault("credential", map[string]any{"status": 503})
	_, err := c.Request(t.Context(), credential.Request{ID: "1", Type: credential.Share, Issuer: bank})
	if e, ok := errors.AsType[*upstream.Error](err); !ok || e.Kind != upstream.Unavailable || !e.Sent {
		t.Error(err)
	}
	if n := m.Calls()["credential"]; n != 4 {
		t.Errorf("4 requests were sent %d times", n)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	kinds, err := credential.NewService(m.ClientAs("mosip-resident-client", "credential", m.URL+"/v1/credentialservice")).Kinds(t.Context())
	if err != nil || len(kinds) != 3 || kinds[0].ID != "idtype1" || kinds[0].Issuers[0].Name != "MOSIP" {
		t.Error(kinds, err)
	}
	broken := contract.Serve(t, map[string]string{"GET /types": `{"response":null,"errors":[{"errorCode":"IDR-IDC-004"}]}`})
	if _, err := credential.NewService(broken.Client).Kinds(t.Context()); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
}
