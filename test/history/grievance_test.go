package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const (
	reportMutation = `mutation ($key: String!, $event: EventID!, $message: String!, $email: String, $phone: String) {
	  reportGrievance(input: {idempotencyKey: $key, eventId: $event, message: $message, alternateEmail: $email, alternatePhone: $phone}) {
	    grievance { id ticketId status message replies { message } event { eventId } } errors { code path retryAfterSeconds } } }`
	answerMutation = `mutation ($key: String!, $ticket: String!, $message: String!, $close: Boolean! = false) {
	  answerGrievance(input: {idempotencyKey: $key, ticketId: $ticket, message: $message, close: $close}) {
	    grievance { status message replies { message } } errors { code path } } }`
	queueQuery = `query ($status: GrievanceStatus! = OPEN, $first: Int! = 20, $after: Cursor) {
	  grievances(status: $status, first: $first, after: $after) {
	    nodes { ticketId eventId requestType eventStatus status message alternateEmail alternatePhone } pageInfo { hasNextPage endCursor } } }`
	eventChanges = `subscription ($after: Cursor) { eventChanged(after: $after) { cursor
	  event { eventId grievances { status replies { message } } } viewer { unreadCount } } }`
	complaint = "யார் இது? I was at home.\nMerci d'enquêter."
)

// oneEvent answers the resident's newest event.
func (p *person) oneEvent() string {
	id, _ := harness.At(p.Must(`{ viewer { serviceHistory(first: 1) { nodes { eventId } } } }`, nil),
		"viewer", "serviceHistory", "nodes", 0, "eventId").(string)
	return id
}

// report reports a grievance and answers its payload.
func (p *person) report(key, event, message string, more map[string]any) any {
	variables := map[string]any{"key": key, "event": event, "message": message}
	for name, value := range more {
		variables[name] = value
	}
	return harness.At(p.Must(reportMutation, variables), "reportGrievance")
}

func TestAGrievanceIsAnsweredBeforeTheResidentsEyes(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	operator := p.server.Bearer(t, "resident-graph-operator")
	event, from := p.oneEvent(), p.Settled()
	stream := p.Events(eventChanges, map[string]any{"after": from})

	reported := p.report("wrong-use-1", event, complaint, map[string]any{"email": "other@example.org", "phone": "+33 600-000-000"})
	ticket, _ := harness.At(reported, "grievance", "ticketId").(string)
	if harness.At(reported, "grievance", "status") != "OPEN" || harness.At(reported, "grievance", "event", "eventId") != event {
		t.Fatalf("reported: %v", reported)
	}
	if seen := stream.Next().Data; harness.At(seen, "eventChanged", "event", "grievances", 0, "status") != "OPEN" ||
		harness.At(seen, "eventChanged", "viewer", "unreadCount") != 0.0 {
		t.Errorf("pushed when it was reported: %v", seen)
	}

	queue := operator.Must(queueQuery, nil)
	waiting := harness.At(queue, "grievances", "nodes", 0)
	if harness.At(waiting, "ticketId") != ticket || harness.At(waiting, "message") != complaint || harness.At(waiting, "alternatePhone") != "+33 600-000-000" ||
		harness.At(waiting, "requestType") != "AUTHENTICATION_REQUEST" || harness.At(waiting, "eventId") != event {
		t.Errorf("in the queue: %v", queue)
	}
	for i, step := range []struct {
		close  bool
		status string
	}{{false, "ANSWERED"}, {true, "CLOSED"}} {
		text := fmt.Sprintf("Answer %d.", i+1)
		answered := operator.Must(answerMutation, map[string]any{"key": fmt.Sprint("answer-key-", i), "ticket": ticket, "message": text, "close": step.close})
		if harness.At(answered, "answerGrievance", "grievance", "status") != step.status {
			t.Errorf("answered: %v", answered)
		}
		seen := stream.Next().Data
		if harness.At(seen, "eventChanged", "event", "grievances", 0, "status") != step.status ||
			harness.At(seen, "eventChanged", "event", "grievances", 0, "replies", i, "message") != text ||
			harness.At(seen, "eventChanged", "viewer", "unreadCount") != 1.0 {
			t.Errorf("pushed when it was answered: %v", seen)
		}
	}
	late := operator.Must(answerMutation, map[string]any{"key": "answer-late", "ticket": ticket, "message": "Too late."})
	if harness.At(late, "answerGrievance", "errors", 0, "code") != "CONFLICT" {
		t.Errorf("a closed grievance was answered: %v", late)
	}
	if left := harness.At(operator.Must(queueQuery, nil), "grievances", "nodes").([]any); len(left) != 0 {
		t.Errorf("it waits still: %v", left)
	}
	stages, _ := harness.At(p.Must(`query ($id: EventID!) { viewer { event(eventId: $id) { timeline { name } } } }`, map[string]any{"id": event}),
		"viewer", "event", "timeline").([]any)
	if len(stages) != 1 {
		t.Errorf("a grievance is no stage of the event: %v", stages)
	}
	p.wantAudited(t, ticket, 3)
	p.wantSealed(t, "enquêter", "Answer 1", "other@example.org", "600-000")
}

// wantAudited waits until so many audit records name a ticket.
func (p *person) wantAudited(t *testing.T, ticket string, want int) {
	t.Helper()
	harness.Eventually(t, fmt.Sprintf("%d audit records of the ticket", want), func() bool {
		n := 0
		for _, record := range p.server.Audits(t) {
			if description, _ := record["description"].(string); strings.Contains(description, ticket) {
				n++
			}
		}
		return n == want
	})
}

// wantSealed fails when what was written can be read in the table.
func (p *person) wantSealed(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		var n int
		if err := p.db.QueryRow(t.Context(), `select count(*) from grievance where position(convert_to($1, 'UTF8') in sealed) > 0
			or row_to_json(grievance)::text like '%' || $1 || '%'`, text).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Errorf("%q lies open in the table", text)
		}
	}
}

func TestADoubleClickMakesOneGrievance(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	event := p.oneEvent()
	tickets := make(chan any, 20)
	for range cap(tickets) {
		go func() {
			tickets <- harness.At(p.report("clicked-often", event, "Not me.", nil), "grievance", "ticketId")
		}()
	}
	first := <-tickets
	for range cap(tickets) - 1 {
		if next := <-tickets; next != first || first == nil {
			t.Errorf("one key made %v and %v", first, next)
		}
	}
	if refused := p.report("clicked-often", event, "Something else.", nil); harness.At(refused, "errors", 0, "code") != "IDEMPOTENCY_MISMATCH" {
		t.Errorf("the key took another input: %v", refused)
	}
	if n := len(harness.At(p.Must(`{ viewer { grievances { nodes { id } } } }`, nil), "viewer", "grievances", "nodes").([]any)); n != 1 {
		t.Errorf("%d grievances", n)
	}
}

func TestABadGrievanceIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	event := p.oneEvent()
	for name, test := range map[string]struct {
		event, message string
		more           map[string]any
		code, path     string
	}{
		"no text":         {event, " \n ", nil, "INVALID", "message"},
		"too long":        {event, strings.Repeat("அ", 1025), nil, "INVALID", "message"},
		"control":         {event, "a\x07b", nil, "INVALID", "message"},
		"e-mail":          {event, "x", map[string]any{"email": "nobody"}, "INVALID", "alternateEmail"},
		"long e-mail":     {event, "x", map[string]any{"email": strings.Repeat("a", 120) + "@example.org"}, "INVALID", "alternateEmail"},
		"phone":           {event, "x", map[string]any{"phone": "call me"}, "INVALID", "alternatePhone"},
		"long phone":      {event, "x", map[string]any{"phone": strings.Repeat("1", 65)}, "INVALID", "alternatePhone"},
		"unknown event":   {"1000000000000001", "x", nil, "NOT_FOUND", "eventId"},
		"no event at all": {"'; --", "x", nil, "NOT_FOUND", "eventId"},
	} {
		refused := p.report("bad-grievance", test.event, test.message, test.more)
		if harness.At(refused, "grievance") != nil || harness.At(refused, "errors", 0, "code") != test.code ||
			harness.At(refused, "errors", 0, "path", 1) != test.path {
			t.Errorf("%s: %v", name, refused)
		}
	}
	if good := p.report("bad-grievance", event, strings.Repeat("அ", 1024), nil); harness.At(good, "grievance", "ticketId") == nil {
		t.Errorf("what was refused used its key up: %v", good)
	}
	for i := range 9 { // the burst is ten
		p.report(fmt.Sprint("one-of-many-", i), event, "Again.", nil)
	}
	if refused := p.report("one-too-many", event, "Again.", nil); harness.At(refused, "errors", 0, "code") != "RATE_LIMITED" {
		t.Errorf("an eleventh at once: %v", refused)
	}
}

func TestTheQueueOfGrievancesIsPagedOldestFirst(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	operator := p.server.Bearer(t, "resident-graph-operator")
	event := p.oneEvent()
	var reported, queued, own []string
	for i := range 7 {
		ticket, _ := harness.At(p.report(fmt.Sprint("in-the-queue-", i), event, "Look.", nil), "grievance", "ticketId").(string)
		reported = append(reported, ticket)
	}
	read := func(c *harness.Client, query, root string) (found []string) {
		for after := any(nil); ; {
			list := harness.At(c.Must(query, map[string]any{"first": 3, "after": after}), strings.Split(root, ".")[0])
			if strings.Contains(root, ".") {
				list = harness.At(list, "grievances")
			}
			for _, g := range harness.At(list, "nodes").([]any) {
				ticket, _ := harness.At(g, "ticketId").(string)
				found = append(found, ticket)
			}
			if after = harness.At(list, "pageInfo", "endCursor"); harness.At(list, "pageInfo", "hasNextPage") != true {
				return found
			}
		}
	}
	queued = read(operator, queueQuery, "grievances")
	own = read(p.Client, `query ($first: Int!, $after: Cursor) { viewer { grievances(first: $first, after: $after) {
	  nodes { ticketId } pageInfo { hasNextPage endCursor } } } }`, "viewer.grievances")
	if !slices.Equal(queued, reported) {
		t.Errorf("the queue is %v, reported were %v", queued, reported)
	}
	if slices.Reverse(own); !slices.Equal(own, reported) {
		t.Errorf("the resident's list, turned round, is %v, reported were %v", own, reported)
	}
	one := operator.Must(`query ($ticket: String!) { grievance(ticketId: $ticket) { ticketId eventId } }`, map[string]any{"ticket": reported[3]})
	if harness.At(one, "grievance", "eventId") != event {
		t.Errorf("by its ticket: %v", one)
	}
}
