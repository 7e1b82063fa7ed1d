package upstream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/audit"
	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/ida"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
	"github.com/resident-graph/resident-graph/upstream/masterdata"
	"github.com/resident-graph/resident-graph/upstream/notification"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// mosip is a running sandbox with one connection pool and one service token for all of its services.
type mosip struct {
	*testing.T
	url       string
	env       map[string]string
	transport *http.Transport
	tokens    *keycloak.Tokens
}

// resident is what the sandbox tells about one of its people.
type resident struct {
	UIN   string            `json:"uin"`
	Names map[string]string `json:"names"`
	Email string            `json:"email"`
	Phone string            `json:"phone"`
	VIDs  []struct {
		VID string `json:"vid"`
	} `json:"vids"`
}

func startMOSIP(t *testing.T) *mosip {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	m := &mosip{T: t, url: s.URL(), env: s.Environment(), transport: upstream.Transport()}
	m.tokens = keycloak.New(m.env["KEYCLOAK_TOKEN_URL"], m.env["KEYCLOAK_CLIENT_ID"], m.env["KEYCLOAK_CLIENT_SECRET"], m.transport)
	t.Cleanup(func() {
		m.transport.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func (m *mosip) client(service, variable string) *upstream.Client {
	return upstream.New(upstream.Options{
		Service: service, BaseURL: m.env[variable], Tokens: m.tokens, Transport: m.transport, Timeout: 5 * time.Second,
	})
}

// control asks the sandbox's own surface; out may be nil.
func (m *mosip) control(method, path string, in, out any) {
	m.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		m.Fatal(err)
	}
	req, err := http.NewRequestWithContext(m.Context(), method, m.url+path, bytes.NewReader(body))
	if err != nil {
		m.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		m.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		m.Fatalf("%s %s: %s", method, path, resp.Status)
	}
	if out != nil {
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			m.Fatal(err)
		}
	}
}

func (m *mosip) first() resident {
	m.Helper()
	var all []resident
	m.control("GET", "/sandbox/residents?first=1", nil, &all)
	return all[0]
}

func TestIdentityOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	one, c := m.first(), identity.New(m.client("identity", "IDENTITY_URL"))
	file, err := configserver.New(m.client("config", "CONFIG_SERVER_URL")).File(t.Context(), configserver.IdentityMapping)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.UseMapping(file); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{one.UIN, one.VIDs[0].VID} {
		got, err := c.Read(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got.UIN != one.UIN || got.Email != one.Email || got.Phone != one.Phone || !got.Active() || len(got.FullName) != len(one.Names) {
			t.Errorf("%s %s %s %v", got.UIN, got.Email, got.Phone, got.FullName)
		}
		for _, name := range got.FullName {
			if name.Value != one.Names[name.Lang] {
				t.Errorf("%+v is not among %v", name, one.Names)
			}
		}
	}
	if _, err := c.Read(t.Context(), "4752553412"); !upstream.HasCode(err, "IDR-IDC-007") {
		t.Error(err)
	}
}

func TestAuthLocksOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	one, c := m.first(), identity.New(m.client("identity", "IDENTITY_URL"))
	err := c.SetAuthTypes(t.Context(), one.UIN, "7b0d4b0e-3f5c-4c52-9d0d-1a2b3c4d5e6f", []identity.AuthChange{
		{Type: identity.BioFace, Locked: true}, {Type: identity.OTPEmail, UnlockFor: time.Minute}, {Type: identity.Demo},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.AuthTypes(t.Context(), one.UIN)
	if err != nil || len(got) != 6 {
		t.Fatal(got, err)
	}
	for i, status := range got {
		locked, timed := status.Type == identity.BioFace, status.Type == identity.OTPEmail
		if status.Type != identity.AuthTypes[i] || status.Locked != locked || timed != (status.UnlockFor > 50*time.Second && status.UnlockFor <= time.Minute) {
			t.Errorf("%+v", status)
		}
	}
	if err := c.SetAuthTypes(t.Context(), "8452182307681041", "r", []identity.AuthChange{{Type: identity.Demo}}); upstream.KindOf(err) != upstream.Refused {
		t.Errorf("a lock by a VID that does not exist: %v", err)
	}
}

func TestVIDsOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	one, c := m.first(), vid.New(m.client("vid", "VID_URL"))
	file, err := configserver.New(m.client("config", "CONFIG_SERVER_URL")).File(t.Context(), configserver.VidPolicy)
	if err != nil {
		t.Fatal(err)
	}
	policies, err := vid.ParsePolicies(file)
	if err != nil || len(policies) != 3 {
		t.Fatal(policies, err)
	}
	before, err := c.List(t.Context(), one.UIN)
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	perpetual := slices.IndexFunc(before, func(v *vid.Vid) bool { return v.Type == vid.Perpetual })
	if perpetual < 0 || before[perpetual].ExpiresAt != nil || before[perpetual].TransactionLimit != nil {
		t.Fatalf("%+v", before)
	}
	number, err := c.Create(t.Context(), one.UIN, vid.OneTimeUse)
	if err != nil {
		t.Fatal(err)
	}
	after, err := c.List(t.Context(), one.UIN)
	if err != nil || len(after) != len(before)+1 || after[0].Number != number || after[0].Type != vid.OneTimeUse || time.Since(after[0].CreatedAt).Abs() > time.Minute {
		t.Fatalf("%+v, %v", after, err)
	}
	if owner, err := c.UIN(t.Context(), number); err != nil || owner != one.UIN {
		t.Error(owner, err)
	}
	if restored, err := c.Revoke(t.Context(), one.UIN, number); err != nil || restored != "" {
		t.Error(restored, err)
	}
	if _, err := c.Revoke(t.Context(), one.UIN, number); !upstream.HasCode(err, "IDR-VID-001") {
		t.Error(err)
	}
	restored, err := c.Revoke(t.Context(), one.UIN, before[perpetual].Number)
	if err != nil || restored == "" {
		t.Errorf("nothing took the place of the perpetual VID: %q, %v", restored, err)
	}
	for range 6 {
		_, err = c.Create(t.Context(), one.UIN, vid.Temporary)
	}
	if !upstream.HasCode(err, vid.PolicyRefused) {
		t.Error(err)
	}
	if none, err := c.List(t.Context(), "4752553412"); err != nil || none == nil || len(none) != 0 {
		t.Error(none, err)
	}
}

func TestReferenceDataOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	partners, err := partner.New(m.client("partner", "PARTNER_URL")).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	types := map[partner.Type]int{}
	ordering, inactive := false, false
	for _, p := range partners {
		types[p.Type]++
		ordering = ordering || p.Type == partner.Print && p.OrderRedirectURL != ""
		inactive = inactive || !p.Active
		if p.Key == "" || p.Name == "" || p.LogoURL == "" {
			t.Errorf("%+v", p)
		}
	}
	if types[partner.Auth] == 0 || types[partner.OnlineVerification] == 0 || !ordering || !inactive {
		t.Errorf("%v, a place to order %v, an inactive one %v", types, ordering, inactive)
	}
	c := masterdata.New(m.client("masterdata", "MASTERDATA_URL"))
	for _, lang := range []string{"eng", "fra", "ara"} {
		if text, err := c.Template(t.Context(), lang, "gen-or-revoke-vid-success_SMS"); err != nil || text == "" {
			t.Error(lang, text, err)
		}
	}
	if _, err := c.Template(t.Context(), "eng", "no such code"); !errors.Is(err, masterdata.ErrNoTemplate) {
		t.Error(err)
	}
}

func TestRecordsAndMessagesOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	err := audit.New(m.client("audit", "AUDIT_URL")).Record(t.Context(), audit.Entry{
		EventID: "RES-SER-117", EventName: "Request to generate VID", EventType: audit.Success, At: time.Now(),
		SessionUser: strings.Repeat("long", 100), Description: strings.Repeat("é", 3000),
	})
	if err != nil {
		t.Error(err)
	}
	sender := notification.New(m.client("notification", "NOTIFICATION_URL"))
	if err := sender.SMS(t.Context(), "9123004567", "Hello"); err != nil {
		t.Error(err)
	}
	if err := sender.Email(t.Context(), "asha@example.org", "Hello", "<p>مرحبا</p>"); err != nil {
		t.Error(err)
	}
	if err := sender.Email(t.Context(), "asha@", "Hello", "x"); upstream.KindOf(err) != upstream.Refused {
		t.Error(err)
	}
	var records []map[string]string
	m.control("GET", "/sandbox/audits", nil, &records)
	if len(records) != 1 || records[0]["eventId"] != "RES-SER-117" {
		t.Error(records)
	}
	var box []struct {
		To, Cc           []string
		Subject, Content string
	}
	m.control("GET", "/sandbox/mailbox", nil, &box)
	if len(box) != 2 || box[0].Content != "<p>مرحبا</p>" || len(box[0].To) != 1 || len(box[0].Cc) != 0 {
		t.Errorf("%+v", box)
	}
}

func TestKeysAndHistoryOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	keys := keymanager.New(m.client("keymanager", "KEYMANAGER_URL"))
	hidden, err := keys.Encrypt(t.Context(), "RESIDENT", "resident_document", []byte("5341902761"))
	if err != nil || strings.Contains(hidden, "5341902761") {
		t.Fatal(hidden, err)
	}
	if plain, err := keys.Decrypt(t.Context(), "RESIDENT", "resident_document", hidden); err != nil || string(plain) != "5341902761" {
		t.Error(string(plain), err)
	}
	if _, err := keys.Decrypt(t.Context(), "RESIDENT", "resident_document", "bm90IGEgY2lwaGVy"); upstream.KindOf(err) != upstream.Refused {
		t.Error(err)
	}

	one := m.first()
	var made struct{ TokenID, TransactionID string }
	m.control("POST", "/sandbox/authenticate", map[string]any{"individualId": one.UIN, "partnerId": m.env["ONLINE_VERIFICATION_PARTNER_ID"], "authType": "FACE-AUTH"}, &made)
	if want := keymanager.TokenID(one.UIN, m.env["ONLINE_VERIFICATION_PARTNER_ID"], m.env["TOKEN_ID_UIN_SALT"], m.env["TOKEN_ID_PARTNER_CODE_SALT"]); made.TokenID != want {
		t.Errorf("IDA's token id is %s, ours %s", made.TokenID, want)
	}
	history, err := ida.New(m.client("ida", "IDA_INTERNAL_URL")).AuthTransactions(t.Context(), one.UIN, 1, 5)
	if err != nil || len(history) == 0 {
		t.Fatal(history, err)
	}
	newest := history[0]
	if !slices.Equal(newest.AuthTypes, []string{"FACE-AUTH"}) || !newest.Success || newest.IDHash != upstream.RefHash(one.UIN) || time.Since(newest.At).Abs() > time.Minute {
		t.Errorf("%+v", newest)
	}
}

func TestFaultsOfMOSIP(t *testing.T) {
	m := startMOSIP(t)
	one := m.first()
	vids, people := vid.New(m.client("vid", "VID_URL")), identity.New(m.client("identity", "IDENTITY_URL"))
	for name, row := range map[string]struct {
		fault map[string]any
		kind  upstream.Kind
	}{
		"down":    {map[string]any{"down": true}, upstream.Unavailable},
		"hang":    {map[string]any{"hang": true}, upstream.Timeout},
		"garbage": {map[string]any{"garbage": true}, upstream.Garbled},
		"503":     {map[string]any{"status": 503}, upstream.Unavailable},
	} {
		m.control("PUT", "/sandbox/faults", map[string]any{"vid": row.fault}, nil)
		started := time.Now()
		if _, err := vids.List(t.Context(), one.UIN); upstream.KindOf(err) != row.kind {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(started); took > 30*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if _, err := people.Read(t.Context(), one.UIN); err != nil {
			t.Errorf("%s of the VID service: the identity failed too: %v", name, err)
		}
	}
	m.control("PUT", "/sandbox/faults", map[string]any{}, nil)
	if _, err := vids.List(t.Context(), one.UIN); err != nil {
		t.Errorf("not well again: %v", err)
	}
	m.control("PUT", "/sandbox/settings", map[string]any{"tokenSeconds": 1}, nil)
	token, _ := m.tokens.Token(t.Context())
	m.tokens.Drop(token)
	for range 4 {
		if _, err := people.Read(t.Context(), one.UIN); err != nil {
			t.Errorf("with a token that lives one second: %v", err)
		}
		time.Sleep(600 * time.Millisecond)
	}
}
