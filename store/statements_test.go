package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/history/seed"
)

const (
	owner = "1000000000000000000000000000000000" // the resident with a long history
	own   = 10_000
	page  = 101 // the longest page and the one more that tells of the next
)

var (
	listed   = []string{"AUTHENTICATION_REQUEST", "GENERATE_VID", "AUTH_TYPE_LOCK_UNLOCK"}
	statuses = []string{"SUCCESS", "FAILED", "IN_PROGRESS", "CANCELED"}
	anEvent  = "1000000000005000"
	now      = time.Now().UTC()
	ever     = []any{owner, listed, statuses, now.AddDate(-90, 0, 0), now.AddDate(90, 0, 0)}
)

// history answers the arguments of a page of the middle of the history, or, with an empty place, of its start.
func history(from any, id string) []any {
	return append(append([]any{}, ever...), "", true, from, id, true, from, id, page)
}

// statements has the arguments with which each statement on the large tables is tried. What a page may sort is the
// pinned events and the page.
var statements = map[string][]any{
	"newestForward":                   history(now.AddDate(-1, 0, 0), anEvent),
	"newestBackward":                  history(now.AddDate(-1, 0, 0), anEvent),
	"oldestForward":                   history(now.AddDate(-3, 0, 0), anEvent),
	"oldestBackward":                  history(now.AddDate(-1, 0, 0), anEvent),
	"selectEvent":                     {owner, anEvent},
	"lockEvent":                       {owner, anEvent},
	"lockEventsByRequestID":           {"none", listed},
	"lockEventsByCredentialRequestID": {"none", listed},
	"lockEventsByAID":                 {"none", listed},
	"insertEvent": {owner, "9999999999999999", "GENERATE_VID", "IN_PROGRESS", "NEW", now, now, true, false, false, "UIN", "OTP",
		nil, nil, nil, []string{}, nil, nil, nil, nil, nil, nil, nil, nil, "RESIDENT"},
	"updateEvent":               {owner, anEvent, "SUCCESS", "Y", now, true, nil, nil, nil, nil, "RESIDENT"},
	"countUnread":               {owner},
	"selectNotifications":       {owner, 5000, page},
	"selectUnreadNotifications": {owner, 5000, page},
	"readEvent":                 {owner, anEvent},
	"countPins":                 {owner},
	"pinEvent":                  {owner, anEvent, true},
	"insertChange":              {owner, anEvent, "SUCCESS", "Y", "RESIDENT", now},
	"selectChanges":             {owner, 5000, 100},
	"selectChangesOf":           {owner, hundredEvents()},
	"countAuthentications":      {owner, []string{"none"}},
	"ringEvent":                 {owner, anEvent, "SUCCESS", "Y", "OPERATOR", now},
	"selectGrievanceQueue":      {"OPEN", now.AddDate(-1, 0, 0), "00000000-0000-0000-0000-000000000000", page},
	"selectCase":                {"00000000-0000-0000-0000-000000000000"},
	"selectShare":               {owner, anEvent},
	"selectShares":              {owner, "", now, anEvent, page},
	"selectOld":                 {now.AddDate(-4, 0, 0), 1000},
	"deleteEvent":               {owner, anEvent},
	"deleteChanges":             {owner, anEvent},
	"forgetIdempotency":         {now.AddDate(0, 0, -2), 1000},
	"selectVidCards":            {owner, []string{"none"}},
	"selectOpenVidCard":         {owner, "none", anEvent},
	"selectVidRevoked":          {owner, "none"},
	"deleteCardFiles":           {owner, anEvent},
	"selectSealedEvents":        {owner, anEvent, 1000},
	"resealEvent":               {owner, anEvent, []byte("old"), []byte("new")},
	"Backlog":                   {},
	"TakeOpen":                  {listed, 100},
	"CheckAgain":                {owner, anEvent, now},
	"CheckAt":                   {owner, anEvent, now},
	"Hasten.2":                  {time.Minute},
	"OpenWrites":                {owner, "GENERATE_VID"},
	"RefHashes":                 {owner, "GENERATE_VID"},
	"Authentications":           {owner, now.AddDate(0, -1, 0)},
	"AdoptAuthentication":       {owner, "none"},
	"AdoptAuthentication.2":     {owner, now, "OTP-AUTH", true, "Health", "none", "none", nil},
}

func hundredEvents() (ids []string) {
	for i := range 100 {
		ids = append(ids, strconv.Itoa(1_000_000_000_005_000+i))
	}
	return ids
}

// seededEvents is 200,000 in every run of the tests, and as many as HISTORY_EVENTS says where there is time for it.
func seededEvents(t *testing.T) int {
	text := os.Getenv("HISTORY_EVENTS")
	if text == "" {
		return 200_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var large = regexp.MustCompile(`\b(event|event_change)\b`)

func TestNoStatementReadsMoreThanItNeeds(t *testing.T) {
	pool := open(t)
	events := seededEvents(t)
	begun := time.Now()
	if err := seed.Fill(t.Context(), database, seed.History{Events: events, Owner: owner, Own: own}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events seeded in %s", events, time.Since(begun).Round(time.Millisecond))
	found := readSource(t)
	for name, sql := range found {
		arguments, known := statements[name]
		switch {
		case !large.MatchString(sql):
			continue
		case !known:
			t.Errorf("%s reads events or changes and is not checked here", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			tx, err := pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(t.Context()) }()
			examine(t, tx, name, sql, arguments)
		})
	}
	for name := range statements {
		if found[name] == "" {
			t.Errorf("%s is checked and not used", name)
		}
	}
}

// plan is a node of what EXPLAIN answers.
type plan struct {
	NodeType   string  `json:"Node Type"`
	Relation   string  `json:"Relation Name"`
	Index      string  `json:"Index Name"`
	ActualRows float64 `json:"Actual Rows"`
	Loops      float64 `json:"Actual Loops"`
	Removed    float64 `json:"Rows Removed by Filter"`
	Plans      []*plan
}

func (p *plan) walk(visit func(*plan)) {
	visit(p)
	for _, child := range p.Plans {
		child.walk(visit)
	}
}

// examine runs a statement and reads its plan: events and changes are found by an index, one resident's in one
// partition, a sort is no longer than a page, and a page of the history reads no more than the page of each kind.
func examine(t *testing.T, tx pgx.Tx, name, sql string, arguments []any) {
	t.Helper()
	var text []byte
	if err := tx.QueryRow(t.Context(), "explain (analyze, timing off, format json) "+sql, arguments...).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var explained []struct{ Plan *plan }
	if err := json.Unmarshal(text, &explained); err != nil {
		t.Fatal(err)
	}
	partitions := map[string]bool{}
	explained[0].Plan.walk(func(p *plan) {
		ofEvents := regexp.MustCompile(`^event(_change)?_\d+$`).MatchString(p.Relation)
		if ofEvents && p.Loops > 0 {
			partitions[p.Relation] = true
		}
		switch {
		case ofEvents && p.NodeType == "Seq Scan":
			t.Errorf("reads all of %s", p.Relation)
		case strings.Contains(p.NodeType, "Sort") && p.Plans[0].ActualRows*p.Plans[0].Loops > 2*page:
			t.Errorf("sorts %.0f rows", p.Plans[0].ActualRows)
		case strings.HasSuffix(name, "ward") && ofEvents && p.Loops > 0:
			if !strings.HasSuffix(p.Index, "token_id_pinned_created_at_event_id_idx") || p.ActualRows > page || p.Removed > 0 {
				t.Errorf("reads %s by %q: %.0f rows, %.0f in vain", p.Relation, p.Index, p.ActualRows, p.Removed)
			}
		}
	})
	if most := 2; strings.Contains(sql, "token_id = $1") && len(partitions) > most {
		t.Errorf("one resident is looked for in %d partitions: %v", len(partitions), fmt.Sprint(partitions))
	}
}
