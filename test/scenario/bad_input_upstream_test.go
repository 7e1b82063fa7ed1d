package scenario

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/test/harness"
)

// ailments are what can be wrong with a service.
var ailments = map[string]map[string]any{
	"down": {"down": true}, "500": {"status": 500}, "429": {"status": 429}, "404": {"status": 404}, "hang": {"hang": true}, "garbage": {"garbage": true},
}

// asksOf names the services that each mutation asks while its caller waits, beside Keycloak.
var asksOf = map[string][]string{
	"generateVid": {"vid"}, "revokeVid": {"vid"}, "revealVid": {"vid"}, "setAuthLocks": {"identity"}, "revealAttribute": {"identity"},
	"requestVidCard": {"vid", "identity", "credential"}, "fetchUinCard": {"identity", "credential"}, "withdrawShare": {"credential"},
	"shareCredential": {"partner", "credential"}, "createPersonalizedCard": {"identity", "keymanager"},
}

// ill is what becomes of mutations while MOSIP is ill.
type ill struct {
	t *testing.T
	s *harness.Server
	c *harness.Client
	// other is another resident's, who reveals VIDs: one alone may reveal ten values only.
	other *harness.Client
	send  map[string]func(key string) (query string, variables map[string]any)
}

func newIll(t *testing.T) *ill {
	s := harness.Start(t, "RATE_RESIDENT=0", "UPSTREAM_TIMEOUT=1s", "OUTCOME_GRACE=6s", "SHARE_GIVE_UP_AFTER=1h")
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	r := resident(t, s)
	c, other := s.SignIn(t, r.UIN), s.SignIn(t, another(t, s, r).UIN)
	vid, theirs, tax := perpetualID(t, c), firstVid(other), partnerIDs(c, "AUTH_PARTNER")["Example Tax Office"]
	share := harness.At(shared(c, shareInput(c, "a share to call off")), "share", "id")
	id := func(query string, id any) func(string) (string, map[string]any) {
		return func(key string) (string, map[string]any) { return query, map[string]any{"id": id, "key": key} }
	}
	return &ill{t, s, c, other, map[string]func(string) (string, map[string]any){
		"generateVid": func(key string) (string, map[string]any) {
			return generateMutation, map[string]any{"type": "TEMPORARY", "key": key}
		},
		"revokeVid": id(revokeVidInput, vid), "requestVidCard": id(vidCardInput, vid), "withdrawShare": id(withdrawInput, share),
		"revealVid": func(string) (string, map[string]any) { return revealVidInput, map[string]any{"id": theirs} },
		"setAuthLocks": func(key string) (string, map[string]any) {
			return lockInput, map[string]any{"key": key, "changes": []any{map[string]any{"type": "DEMO", "locked": true}}}
		},
		"revealAttribute": func(string) (string, map[string]any) { return attributeInput, map[string]any{"name": "phone"} },
		"fetchUinCard":    func(key string) (string, map[string]any) { return uinCardInput, map[string]any{"key": key} },
		"shareCredential": func(key string) (string, map[string]any) {
			input := shareInput(c, key)
			input["partnerId"] = tax // whose policy nobody has read yet
			input["attributes"] = []any{map[string]any{"name": "fullName"}}
			return shareInputMutation, map[string]any{"input": input}
		},
		"createPersonalizedCard": func(key string) (string, map[string]any) {
			return cardInputMutation, map[string]any{"input": cardInput(key, nil)}
		},
	}}
}

// told checks what a mutation says while a service is ill, and answers the event that records it.
func (i *ill) told(name, lang string, answer map[string]any) (event any) {
	i.t.Helper()
	data, _ := answer["data"].(map[string]any)
	if len(data) != 1 || answer["errors"] != nil {
		i.t.Errorf("%s: no answer: %v", name, answer)
	}
	for _, payload := range data {
		code, _ := harness.At(payload, "errors", 0, "code").(string)
		event = harness.At(payload, "event")
		status := harness.At(event, "status")
		switch {
		case !slices.Contains([]string{"UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT", "OUTCOME_UNKNOWN"}, code):
			i.t.Errorf("%s: code %q: %v", name, code, payload)
		case harness.At(payload, "errors", 0, "message") != sentenceIn(i.t, lang, code):
			i.t.Errorf("%s: the sentence is %v", name, harness.At(payload, "errors", 0, "message"))
		case harness.At(payload, "errors", 0, "path") != nil:
			i.t.Errorf("%s: it blames %v", name, harness.At(payload, "errors", 0, "path"))
		case event != nil && (code == "OUTCOME_UNKNOWN") != (status == "IN_PROGRESS"), event != nil && status == "SUCCESS":
			i.t.Errorf("%s: %s and the event is %v", name, code, status)
		}
	}
	return event
}

// RES-SER-401, 406, 407, 411, 412, 419, 420, 421, 423, 436, 441, 442, 444, 466, 467, 477, 479, 480, SYS-001: each service that a
// mutation asks, ill in each way. Nothing reaches MOSIP, so nothing may have happened; what is not known resolves by itself.
func TestEachMutationTellsEachOutage(t *testing.T) {
	t.Parallel()
	i := newIll(t)
	i.c.Settled()
	before, vids := len(i.s.CardRequests(t)), len(resident(t, i.s).Vids)
	locks := locksOf(i.c)
	languages := slices.Sorted(maps.Keys(tags))
	tried := 0
	for _, mutation := range slices.Sorted(maps.Keys(asksOf)) {
		for _, service := range asksOf[mutation] {
			for _, ailment := range slices.Sorted(maps.Keys(ailments)) {
				name := fmt.Sprintf("%s, %s %s", mutation, service, ailment)
				query, variables := i.send[mutation](name)
				lang := languages[tried%len(languages)]
				tried++
				c := i.c
				if mutation == "revealVid" {
					c = i.other
				}
				i.s.Faults(t, map[string]any{service: ailments[ailment]})
				i.told(name, lang, inLanguage(t, i.s, c, tags[lang], query, variables))
				i.s.Faults(t, map[string]any{})
			}
		}
	}
	t.Logf("%d outages", tried)
	harness.Within(t, 2*time.Minute, "what was not known is known", func() bool {
		var open int
		err := database(t, i.s).QueryRow(t.Context(), `select count(*) from event where status = 'IN_PROGRESS' and purpose is distinct from $1`,
			"Opening an account, за́втра, 明日").Scan(&open)
		return err == nil && open == 0
	})
	if after := len(i.s.CardRequests(t)); after != before {
		t.Errorf("the generator has %d requests, had %d", after, before)
	}
	if after := len(resident(t, i.s).Vids); after != vids {
		t.Errorf("the resident has %d VIDs, had %d", after, vids)
	}
	harness.Eventually(t, "the locks are as before", func() bool { return cmp.Equal(locks, locksOf(i.c)) })
	var lies int
	if err := database(t, i.s).QueryRow(t.Context(), `select count(*) from event where status = 'SUCCESS' and request_type <> 'AUTHENTICATION_REQUEST'`).Scan(&lies); err != nil || lies != 0 {
		t.Errorf("%d events say that something was done, %v", lies, err)
	}
}
