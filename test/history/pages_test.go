package history

import (
	"slices"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const pageQuery = `query History($filter: ServiceHistoryFilter, $order: EventOrder!, $size: Int!, $after: Cursor) {
  viewer { serviceHistory(filter: $filter, order: $order, first: $size, after: $after) {
    nodes { eventId pinned } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`

const pageBackQuery = `query History($filter: ServiceHistoryFilter, $order: EventOrder!, $size: Int!, $before: Cursor) {
  viewer { serviceHistory(filter: $filter, order: $order, last: $size, before: $before) {
    nodes { eventId pinned } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`

// walk reads a whole history page by page and answers its EIDs in the order of the history.
func (p *person) walk(t *testing.T, filter map[string]any, order string, size int, backward bool) []string {
	t.Helper()
	var walked []string
	query, place, at, more := pageQuery, "after", "endCursor", "hasNextPage"
	if backward {
		query, place, at, more = pageBackQuery, "before", "startCursor", "hasPreviousPage"
	}
	variables := map[string]any{"filter": filter, "order": order, "size": size}
	for range 10_000 {
		found := harness.At(p.Must(query, variables), "viewer", "serviceHistory")
		var ids []string
		for i := range harness.At(found, "nodes").([]any) {
			ids = append(ids, harness.At(found, "nodes", i, "eventId").(string))
		}
		if backward {
			walked = append(ids, walked...)
		} else {
			walked = append(walked, ids...)
		}
		info := harness.At(found, "pageInfo")
		beyond := map[bool]string{false: "hasPreviousPage", true: "hasNextPage"}[backward]
		if harness.At(info, beyond) != (variables[place] != nil) {
			t.Fatalf("%s is %v at %v", beyond, harness.At(info, beyond), variables[place])
		}
		if harness.At(info, more) != true {
			return walked
		}
		variables[place] = harness.At(info, at)
	}
	t.Fatal("the history never ends")
	return nil
}

func TestEveryPageSizeWalksTheWholeHistoryOnceBothWays(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 230)
	p.exec(t, `update event set created_at = date_trunc('minute', created_at - interval '1 year')
		where token_id = $1 and right(event_id, 2)::int between 10 and 30`, p.tokenID)
	p.exec(t, `update event set created_at = '2026-01-01T00:00:00Z' where token_id = $1 and right(event_id, 1) = '7'`, p.tokenID) // ties
	p.exec(t, `update event set pinned = true where token_id = $1 and event_id like '%5_' and event_id <= '1000000000000060'`, p.tokenID)
	for order, by := range map[string]string{
		"NEWEST_FIRST": "pinned desc, created_at desc, event_id desc", "OLDEST_FIRST": "pinned desc, created_at, event_id",
	} {
		want := p.ids(t, `select event_id from event where token_id = $1 order by `+by, p.tokenID)
		if len(want) != 230 {
			t.Fatalf("%d events, want 230", len(want))
		}
		for _, size := range []int{7, 10, 100} { // pages that end among the pinned events, at their end, and beyond
			for _, backward := range []bool{false, true} {
				if got := p.walk(t, nil, order, size, backward); !slices.Equal(got, want) {
					t.Errorf("%s, pages of %d, backward %t: another history\n got %v\nwant %v", order, size, backward, got, want)
				}
			}
		}
	}
}

func TestFiltersCombine(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 400)
	p.exec(t, `update event set pinned = true where token_id = $1 and event_id in ('1000000000000019', '1000000000000038')`, p.tokenID)
	day := func(back int) string { return time.Now().UTC().AddDate(0, 0, -back).Format(time.DateOnly) }
	for name, test := range map[string]struct {
		filter map[string]any
		where  string
		some   bool
	}{
		"nothing":             {map[string]any{}, "true", true},
		"empty":               {map[string]any{"text": "", "statuses": []any{}, "serviceTypes": []any{}}, "true", true},
		"text":                {map[string]any{"text": "039"}, "event_id like '%039%'", true},
		"the whole EID":       {map[string]any{"text": "1000000000000021"}, "event_id = '1000000000000021'", true},
		"a wildcard":          {map[string]any{"text": "%"}, "false", false},
		"another wildcard":    {map[string]any{"text": "_"}, "false", false},
		"text that is none":   {map[string]any{"text": "\u0000"}, "false", false},
		"a group":             {map[string]any{"serviceTypes": []any{"ID_MANAGEMENT_REQUEST"}}, "request_type in ('GENERATE_VID', 'AUTH_TYPE_LOCK_UNLOCK')", true},
		"two groups":          {map[string]any{"serviceTypes": []any{"ID_MANAGEMENT_REQUEST", "AUTHENTICATION_REQUEST"}}, "true", true},
		"a group without any": {map[string]any{"serviceTypes": []any{"DATA_SHARE_REQUEST"}}, "false", false},
		"statuses":            {map[string]any{"statuses": []any{"FAILED", "IN_PROGRESS"}}, "status in ('FAILED', 'IN_PROGRESS')", true},
		"days":                {map[string]any{"from": day(30), "to": day(10)}, "created_at >= '" + day(30) + " 00:00Z' and created_at < '" + day(9) + " 00:00Z'", true},
		"one day alone":       {map[string]any{"to": day(40)}, "created_at < '" + day(39) + " 00:00Z'", true},
		"pinned":              {map[string]any{"pinned": true}, "pinned", true},
		"not pinned":          {map[string]any{"pinned": false}, "not pinned", true},
		"all of it": {map[string]any{"text": "0", "serviceTypes": []any{"AUTHENTICATION_REQUEST"}, "statuses": []any{"FAILED"}, "from": day(60), "to": day(1), "pinned": false},
			"request_type = 'AUTHENTICATION_REQUEST' and status = 'FAILED' and created_at >= '" + day(60) + " 00:00Z' and created_at < '" + day(0) + " 00:00Z' and not pinned", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := *p
			p.Client = p.With(t)
			for order, by := range map[string]string{"NEWEST_FIRST": "pinned desc, created_at desc, event_id desc", "OLDEST_FIRST": "pinned desc, created_at, event_id"} {
				want := p.ids(t, `select event_id from event where token_id = $1 and `+test.where+` order by `+by, p.tokenID)
				if len(want) > 0 != test.some {
					t.Fatalf("%d events fit", len(want))
				}
				for _, backward := range []bool{false, true} {
					if got := p.walk(t, test.filter, order, 50, backward); !slices.Equal(got, want) {
						t.Errorf("%s, backward %t: %d events, want %d", order, backward, len(got), len(want))
					}
				}
			}
		})
	}
}

func TestMidnightBelongsToOneDay(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 3)
	p.exec(t, `update event set created_at = '2026-03-12T00:00:00Z' where token_id = $1`, p.tokenID)
	for day, want := range map[string]int{"2026-03-11": 0, "2026-03-12": 3, "2026-03-13": 0} {
		if got := p.walk(t, map[string]any{"from": day, "to": day}, "NEWEST_FIRST", 10, false); len(got) != want {
			t.Errorf("%s has %d events, want %d", day, len(got), want)
		}
	}
}

func TestACursorIsGoodForItsListAlone(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 30)
	other := signIn(t, p.server, 1)
	data := p.Must(`{ viewer { serviceHistory(first: 3, filter: {statuses: [SUCCESS]}) { pageInfo { endCursor } }
		notifications(first: 1) { pageInfo { endCursor } } changeCursor } }`, nil)
	history := harness.At(data, "viewer", "serviceHistory", "pageInfo", "endCursor")
	bell := harness.At(data, "viewer", "notifications", "pageInfo", "endCursor")
	for _, test := range []struct {
		of     *person
		cursor any
		field  string
		code   string
	}{
		{p, history, `serviceHistory(first: 3, filter: {statuses: [SUCCESS]}, after: $c)`, ""},
		{p, history, `serviceHistory(last: 3, filter: {statuses: [SUCCESS]}, before: $c)`, ""},
		{p, history, `serviceHistory(first: 3, filter: {statuses: [FAILED]}, after: $c)`, "INVALID"},
		{p, history, `serviceHistory(first: 3, filter: {statuses: [SUCCESS]}, order: OLDEST_FIRST, after: $c)`, "INVALID"},
		{p, history, `serviceHistory(first: 3, after: $c)`, "INVALID"},
		{p, history, `serviceHistory(last: 3, before: $c)`, "INVALID"},
		{p, history, `notifications(first: 3, after: $c)`, "INVALID"},
		{p, bell, `notifications(first: 3, after: $c)`, ""},
		{p, bell, `notifications(first: 3, unreadOnly: true, after: $c)`, "INVALID"},
		{p, bell, `serviceHistory(first: 3, after: $c)`, "INVALID"},
		{p, harness.At(data, "viewer", "changeCursor"), `notifications(first: 3, after: $c)`, "INVALID"},
		{other, history, `serviceHistory(first: 3, filter: {statuses: [SUCCESS]}, after: $c)`, "INVALID"},
		{other, bell, `notifications(first: 3, after: $c)`, "INVALID"},
	} {
		answer := test.of.Do(`query ($c: Cursor) { viewer { found: `+test.field+` { nodes { eventId } } } }`, map[string]any{"c": test.cursor})
		if code := answer.Code("viewer.found"); code != test.code || test.code == "" && len(answer.Errors) > 0 {
			t.Errorf("%s answers %q, want %q: %+v", test.field, code, test.code, answer.Errors)
		}
	}
}

func TestWhatContradictsItselfIsInvalid(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 5)
	for _, arguments := range []string{
		`first: 2, last: 2`, `first: 20, last: 2`, `last: 0`, `last: 101`, `last: -1`, `first: 0`, `first: 101`, `before: "x"`,
		`last: 2, after: "x"`, `last: 2, before: "x"`, `first: 2, before: "x"`, `after: "x"`, `after: ""`,
		`filter: {from: "2026-03-02", to: "2026-03-01"}`, `filter: {from: "2026-02-30"}`, `filter: {from: "0000-01-01"}`,
		`filter: {to: "9999-12-31"}`, `filter: {text: "12345678901234567"}`,
	} {
		answer := p.Do(`{ viewer { serviceHistory(`+arguments+`) { nodes { eventId } } } }`, nil)
		if len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "INVALID" {
			t.Errorf("%s answers %+v", arguments, answer.Errors)
		}
	}
	// Neither the default of first nor a variable that was left out contradicts last.
	p.Must(`query ($first: Int) { viewer { serviceHistory(first: $first, last: 2) { nodes { eventId } } } }`, nil)
}
