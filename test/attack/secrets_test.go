package attack

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/ports"
)

// TestNothingSecretIsInLogsOrMetrics has a resident do everything once, in good times and in bad, at the level debug, and
// reads log, metrics, errors and addresses for what must be in none of them.
func TestNothingSecretIsInLogsOrMetrics(t *testing.T) {
	t.Parallel()
	metrics := fmt.Sprintf("localhost:%d", ports.Reserve(t))
	x := newThief(t, "METRICS_ADDR="+metrics)
	x.s.Settings(t, map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1})
	secrets := map[string]string{"a purpose": canary + " purpose", "a grievance": canary + " grievance", "an alternate address": canary + "@example.org",
		"a key": canary + " key"}
	for _, fault := range []map[string]any{{}, {"credential": map[string]any{"status": 500}, "keymanager": map[string]any{"garbage": true}, "datashare": map[string]any{"down": true}}} {
		x.s.Faults(t, fault)
		x.everything(secrets, fmt.Sprint(" ", len(fault)))
	}
	x.s.Faults(t, map[string]any{})
	address, err := url.Parse(x.s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range x.c.HTTP.Jar.Cookies(address) {
		secrets["the cookie "+cookie.Name] = cookie.Value
	}
	r := someone(t, x.s)
	secrets["the UIN"], secrets["the phone"], secrets["the e-mail"], secrets["the name"] = r.UIN, r.Phone, r.Email, r.Names["eng"]
	for _, v := range r.Vids {
		secrets["a VID of type "+v.Type+" that ends in "+v.VID[14:]] = v.VID
	}
	resp, err := http.Get("http://" + metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	measured, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(measured), "graphql_requests_total") {
		t.Fatalf("no metrics: %v", err)
	}
	if !strings.Contains(x.s.Log(), `"level":"DEBUG"`) {
		t.Fatal("the log is not at debug")
	}
	for what, secret := range secrets {
		if len(secret) < 6 {
			t.Errorf("%s is too short to be looked for", what)
			continue
		}
		for where, text := range map[string]string{"the log": x.s.Log(), "the metrics": string(measured)} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %s", what, where)
			}
		}
	}
	wantUnlogged(t, x.s)
	wantWholeLog(t, x.s)
}

// everything does all that leaves something to be kept secret, and notes what it was.
func (x thief) everything(secrets map[string]string, again string) {
	x.t.Helper()
	key := secrets["a key"] + again
	first := harness.At(x.c.Do(`mutation ($key: String!) { generateVid(input: {idempotencyKey: $key, type: TEMPORARY}) { event { eventId } vid { id } errors { code } } }`,
		map[string]any{"key": key}).Data, "generateVid")
	x.note(secrets, x.c.Do(`mutation ($id: ID!) { revealVid(input: {vidId: $id}) { value errors { code } } }`, map[string]any{"id": harness.At(first, "vid", "id")}), "revealVid")
	for _, name := range []string{"UIN", "phone", "email", "perpetualVID"} {
		x.note(secrets, x.c.Do(`mutation ($name: String!) { revealAttribute(input: {name: $name}) { value errors { code } } }`, map[string]any{"name": name}), "revealAttribute")
	}
	x.c.Do(`mutation ($id: ID!, $key: String!, $purpose: String!) { shareCredential(input: {idempotencyKey: $key, partnerId: $id, purpose: $purpose,
	  attributes: [{name: "fullName"}, {name: "perpetualVID"}], consent: {accepted: true, textVersion: "1"}}) { errors { code } } }`,
		map[string]any{"id": bank(x.c), "key": key, "purpose": secrets["a purpose"]})
	x.c.Do(`mutation ($id: EventID!, $key: String!, $text: String!, $mail: String) { reportGrievance(input: {idempotencyKey: $key, eventId: $id, message: $text, alternateEmail: $mail}) {
	  errors { code } } }`, map[string]any{"id": harness.At(first, "event", "eventId"), "key": key, "text": secrets["a grievance"], "mail": secrets["an alternate address"]})
	x.c.Do(`mutation ($id: ID!, $key: String!) { requestVidCard(input: {idempotencyKey: $key, vidId: $id}) { errors { code } } }`, map[string]any{"id": harness.At(first, "vid", "id"), "key": key})
	for mutation, document := range map[string]string{
		"fetchUinCard": `mutation ($key: String!) { fetchUinCard(input: {idempotencyKey: $key}) { card { file { url } } errors { code } } }`,
		"createPersonalizedCard": `mutation ($key: String!) { createPersonalizedCard(input: {idempotencyKey: $key, lang: "eng",
		  attributes: [{name: "fullName"}, {name: "UIN"}, {name: "photo"}]}) { card { file { url } } errors { code } } }`,
	} {
		link, _ := harness.At(x.c.Do(document, map[string]any{"key": key}).Data, mutation, "card", "file", "url").(string)
		if link == "" {
			continue
		}
		secrets["the link of "+mutation+again] = strings.TrimPrefix(link, "/files/")
		for range 2 {
			if _, err := send(x.t.Context(), x.c.HTTP, http.MethodGet, x.s.URL+link, nil, nil); err != nil {
				x.t.Error(err)
			}
		}
		if r, err := send(x.t.Context(), http.DefaultClient, http.MethodGet, x.s.URL+link, nil, nil); err != nil || r.status != http.StatusUnauthorized {
			x.t.Errorf("a link without its session: %d, %v", r.status, err)
		}
	}
}

// note adds what was revealed to the secrets.
func (x thief) note(secrets map[string]string, answer *harness.Answer, mutation string) {
	if value, _ := harness.At(answer.Data, mutation, "value").(string); value != "" {
		secrets["what "+mutation+" showed, "+fmt.Sprint(len(secrets))] = value
	}
}
