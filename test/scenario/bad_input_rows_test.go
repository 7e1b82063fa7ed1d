package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
)

// badInput is something that is refused, and all that is told about it. What is not named must be null.
type badInput struct {
	query     string
	variables map[string]any
	faults    map[string]any // what is wrong with whom meanwhile
	code      string
	sentence  string // its key in resident/messages; the code's own when empty
	path      string // with dots
	upstream  string // MOSIP's own code
	failed    bool   // it had begun: the history holds one event more, FAILED with these codes
}

// tags are the languages of the sentences, as a browser names them.
var tags = map[string]string{"eng": "en", "fra": "fr", "ara": "ar", "hin": "hi", "tam": "ta", "kan": "kn", "spa": "es"}

// sentenceIn answers a sentence from the file that translators write.
func sentenceIn(t testing.TB, lang, key string) string {
	t.Helper()
	return textOf(t, "messages", lang, key)
}

// textOf answers a text from a file that translators write, of messages or labels.
func textOf(t testing.TB, kind, lang, key string) string {
	t.Helper()
	raw, err := os.ReadFile("../../resident/" + kind + "/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	sentences := map[string]string{}
	if err := json.Unmarshal(raw, &sentences); err != nil {
		t.Fatal(err)
	}
	if sentences[key] == "" {
		t.Fatalf("%s has no sentence %s", lang, key)
	}
	return sentences[key]
}

// world is what can be changed: by table what is kept, and what was asked of MOSIP that changes something there.
type world struct {
	Kept   map[string]string
	Events int
	Writes map[string]int
}

// keptTables hold what residents did. Who was told of it, and records of reads, are jobs; a key may be claimed again.
var keptTables = []string{"event_change", "auth_lock", "share", "grievance", "file", "resident_state"}

func worldOf(t *testing.T, s *harness.Server, db *pgxpool.Pool) world {
	t.Helper()
	w := world{Kept: map[string]string{}, Writes: map[string]int{}}
	for _, table := range keptTables {
		var sum string
		if err := db.QueryRow(t.Context(), "select coalesce(md5(string_agg(x::text, '|' order by x::text)), '') from "+table+" x").Scan(&sum); err != nil {
			t.Fatal(err)
		}
		w.Kept[table] = sum
	}
	if err := db.QueryRow(t.Context(), "select count(*) from event").Scan(&w.Events); err != nil {
		t.Fatal(err)
	}
	for endpoint, n := range s.Endpoints(t, "/") {
		method, path, _ := strings.Cut(endpoint, " ")
		changes := method != "GET" && !strings.Contains(path, "/idvid/") || strings.Contains(path, "/cancel/") // an identity is read by POST
		if changes && (strings.HasPrefix(path, "/idrepository/") || strings.HasPrefix(path, "/v1/credentialrequest/")) {
			w.Writes[endpoint] = n
		}
	}
	return w
}

// refuses sends what is refused, in one language after the other, and checks all that is told, and that nothing changed
// beyond the record of the refusal itself.
func (b badInput) refuses(t *testing.T, s *harness.Server, c *harness.Client, name, lang string) {
	t.Helper()
	db := database(t, s)
	before := worldOf(t, s, db)
	s.Faults(t, b.faults)
	answer := inLanguage(t, s, c, tags[lang], b.query, b.variables)
	s.Faults(t, map[string]any{})
	key := b.sentence
	if key == "" {
		key = b.code
	}
	want := map[string]any{"code": b.code, "message": sentenceIn(t, lang, key), "path": nil, "upstreamCode": nil}
	if b.path != "" {
		steps := []any{}
		for step := range strings.SplitSeq(b.path, ".") {
			steps = append(steps, step)
		}
		want["path"] = steps
	}
	if b.upstream != "" {
		want["upstreamCode"] = b.upstream
	}
	if list, _ := answer["errors"].([]any); len(list) > 0 {
		t.Errorf("%s: an error of the whole response: %v", name, list)
		return
	}
	data, _ := answer["data"].(map[string]any)
	for _, payload := range data {
		if diff := cmp.Diff(any([]any{want}), harness.At(payload, "errors")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		event, recorded := harness.At(payload, "event").(map[string]any)
		if recorded != b.failed || recorded && event["status"] != "FAILED" {
			t.Errorf("%s: the event is %v", name, event)
		}
	}
	after := worldOf(t, s, db)
	if b.failed {
		if after.Events != before.Events+1 {
			t.Errorf("%s: %d events after, %d before", name, after.Events, before.Events)
		}
		return
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s: something changed: %s", name, diff)
	}
}

// refuseAll tries all, each in the next language.
func refuseAll(t *testing.T, s *harness.Server, c *harness.Client, all map[string]badInput) {
	t.Helper()
	c.Settled()
	languages := slices.Sorted(maps.Keys(tags))
	for i, name := range slices.Sorted(maps.Keys(all)) {
		all[name].refuses(t, s, c, name, languages[i%len(languages)])
	}
}

// another answers a resident with everything who is not this one.
func another(t *testing.T, s *harness.Server, r harness.Resident) harness.Resident {
	t.Helper()
	for _, one := range s.Residents(t) {
		if one.UIN != r.UIN && one.Status == "ACTIVATED" && one.Email != "" && one.Phone != "" && len(one.Vids) > 0 {
			return one
		}
	}
	t.Fatal("the sandbox has one resident with everything")
	return harness.Resident{}
}

// key answers an idempotency key that nobody else uses.
func key(of string) string { return fmt.Sprintf("bad input, %s", of) }
