package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const (
	pinInput  = `mutation ($event: EventID!) { pinEvent(input: {eventId: $event, pinned: true}) { event { pinned } errors { code message path upstreamCode } } }`
	readInput = `mutation ($event: EventID!) { markEventRead(input: {eventId: $event}) { event { read } errors { code message path upstreamCode } } }`
	seenInput = `mutation ($cursor: Cursor!) { markNotificationsSeen(input: {upTo: $cursor}) { unreadCount errors { code message path upstreamCode } } }`
	complain  = `mutation ($event: EventID!, $key: String!, $mail: String, $phone: String) { reportGrievance(input: {eventId: $event, idempotencyKey: $key,
	  message: "Not me.", alternateEmail: $mail, alternatePhone: $phone}) { grievance { ticketId } errors { code message path upstreamCode } } }`
)

// RES-SER-410, 459, 470, 473, 511: bad input about events.
func TestBadInputAboutEventsIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	own := harness.At(generate(c, "TEMPORARY", "an own event"), "event", "eventId")
	theirs := harness.At(generate(s.SignIn(t, another(t, s, r).UIN), "TEMPORARY", "another's event"), "event", "eventId")
	rows := map[string]badInput{}
	for what, event := range map[string]any{"another's": theirs, "nobody's": "1234567890123456", "malformed": "12345", "empty": "", "with a NUL": "123456789012345\x00",
		"in Arabic digits": "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", "a UIN": r.UIN} {
		for name, query := range map[string]string{"pinning": pinInput, "reading": readInput, "complaining": complain} {
			variables := map[string]any{"event": event}
			if query == complain {
				variables["key"] = key("complaint about " + what)
			}
			rows[name+" "+what] = badInput{query: query, variables: variables, code: "NOT_FOUND", path: "input.eventId"}
		}
	}
	for what, cursor := range map[string]any{"nonsense": "nonsense", "empty": "", "an event": own} {
		rows["seen up to "+what] = badInput{query: seenInput, variables: map[string]any{"cursor": cursor}, code: "INVALID", path: "input.upTo"}
	}
	for what, bad := range map[string][2]string{"no address": {"mail", "nobody"}, "a long address": {"mail", strings.Repeat("a", 120) + "@example.org"}, "an address with a line": {"mail", "a@example.org\r\nBcc: b@example.org"},
		"no number": {"phone", "call me"}, "a long number": {"phone", strings.Repeat("1", 65)}, "a number in Tamil digits": {"phone", "௧௨௩௪௫௬௭௮௯"}} {
		rows[what] = badInput{query: complain, variables: map[string]any{"event": own, "key": key(what), bad[0]: bad[1]}, code: "INVALID",
			path: map[string]string{"mail": "input.alternateEmail", "phone": "input.alternatePhone"}[bad[0]]}
	}
	refuseAll(t, s, c, rows)
	for i := range 3 {
		c.Must(pinInput, map[string]any{"event": harness.At(generate(c, "ONE_TIME_USE", fmt.Sprint("to be pinned ", i)), "event", "eventId")})
	}
	refuseAll(t, s, c, map[string]badInput{"the fourth pin": {query: pinInput, variables: map[string]any{"event": own}, code: "CONFLICT", sentence: "TOO_MANY_PINS", path: "input.pinned"}})
}

// RES-SER-410, 446, 447, 459, 470, 511, 515, 521: a query that cannot be answered says so in the errors of the response.
func TestBadInputOfQueriesIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	theirs := harness.At(generate(s.SignIn(t, another(t, s, r).UIN), "TEMPORARY", "another's event"), "event", "eventId")
	c.Settled()
	before := worldOf(t, s, database(t, s))
	queries := map[string][3]string{}
	for _, list := range []string{"vids", "serviceHistory", "accessLog", "notifications", "grievances", "shares"} {
		queries[list+", a page of none"] = [3]string{"viewer { " + list + "(first: 0) { nodes { id } } }", "viewer." + list, "INVALID"}
		queries[list+", a cursor of nothing"] = [3]string{"viewer { " + list + `(first: 5, after: "nonsense") { nodes { id } } }`, "viewer." + list, "INVALID"}
		queries[list+", no cursor"] = [3]string{"viewer { " + list + `(first: 5, after: "") { nodes { id } } }`, "viewer." + list, "INVALID"}
	}
	for name, filter := range map[string]string{"days the wrong way round": `from: "2026-03-02", to: "2026-03-01"`, "a long text": `text: "12345678901234567"`} {
		queries[name] = [3]string{"viewer { serviceHistory(filter: {" + filter + "}) { nodes { id } } }", "viewer.serviceHistory", "INVALID"}
	}
	queries["another's event"] = [3]string{fmt.Sprintf(`viewer { event(eventId: %q) { id } }`, theirs), "viewer.event", "NOT_FOUND"}
	queries["nobody's event"] = [3]string{`viewer { event(eventId: "1234567890123456") { id } }`, "viewer.event", "NOT_FOUND"}
	queries["a malformed event"] = [3]string{`viewer { event(eventId: "nonsense") { id } }`, "viewer.event", "NOT_FOUND"}
	queries["a node of nothing"] = [3]string{`node(id: "") { id }`, "node", "NOT_FOUND"}
	queries["shares with nobody"] = [3]string{`viewer { shares(partnerId: "Partner_none") { nodes { id } } }`, "viewer.shares", "NOT_FOUND"}
	queries["partners, a long text"] = [3]string{`partners(type: AUTH_PARTNER, search: "` + strings.Repeat("வ", 101) + `") { nodes { id } }`, "partners", "INVALID"}
	languages := slices.Sorted(maps.Keys(tags))
	for i, name := range slices.Sorted(maps.Keys(queries)) {
		query, lang := queries[name], languages[i%len(languages)]
		answer := inLanguage(t, s, c, tags[lang], "{ "+query[0]+" }", nil)
		list, _ := answer["errors"].([]any)
		path := strings.Trim(strings.ReplaceAll(fmt.Sprint(harness.At(list, 0, "path")), " ", "."), "[]")
		if len(list) != 1 || path != query[1] || harness.At(list, 0, "extensions", "code") != query[2] || harness.At(list, 0, "message") != sentenceIn(t, lang, query[2]) ||
			harness.At(list, 0, "extensions", "traceId") == nil {
			t.Errorf("%s: %v", name, answer)
		}
	}
	if after := worldOf(t, s, database(t, s)); after.Events != before.Events || !maps.Equal(after.Writes, before.Writes) {
		t.Errorf("something changed: %v, then %v", before, after)
	}
}

// RES-SER-517: the database does not have what it should.
func TestAHistoryThatCannotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	db := database(t, s)
	if _, err := db.Exec(t.Context(), "alter table event rename to event_away"); err != nil {
		t.Fatal(err)
	}
	answer := inLanguage(t, s, c, "ta", `{ viewer { serviceHistory(first: 5) { nodes { id } } vids(first: 1) { nodes { type } } } }`, nil)
	if _, err := db.Exec(t.Context(), "alter table event_away rename to event"); err != nil {
		t.Fatal(err)
	}
	if harness.At(answer, "errors", 0, "extensions", "code") != "INTERNAL" || harness.At(answer, "errors", 0, "message") != sentenceIn(t, "tam", "INTERNAL") ||
		harness.At(answer, "errors", 0, "extensions", "traceId") == nil || strings.Contains(fmt.Sprint(answer), "event_away") ||
		harness.At(answer, "data", "viewer", "vids", "nodes", 0, "type") == nil {
		t.Errorf("answered: %v", answer)
	}
}
