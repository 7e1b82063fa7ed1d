package history

import (
	"fmt"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestAnswersAtTheSameTimeAreAllKept(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	operator := p.server.Bearer(t, "resident-graph-operator")
	ticket := harness.At(p.report("asked-by-many", p.oneEvent(), "Look.", nil), "grievance", "ticketId")
	statuses := make(chan any, 8)
	for i := range cap(statuses) {
		go func() {
			statuses <- harness.At(operator.Do(answerMutation, map[string]any{"key": fmt.Sprint("same-time-", i), "ticket": ticket,
				"message": fmt.Sprint("Answer ", i)}).Data, "answerGrievance", "grievance", "status")
		}()
	}
	for range cap(statuses) {
		if status := <-statuses; status != "ANSWERED" {
			t.Errorf("an answer left the grievance %v", status)
		}
	}
	replies, _ := harness.At(p.Must(`{ viewer { grievances { nodes { replies { message } } } } }`, nil),
		"viewer", "grievances", "nodes", 0, "replies").([]any)
	seen := map[any]bool{}
	for _, reply := range replies {
		seen[harness.At(reply, "message")] = true
	}
	if len(replies) != cap(statuses) || len(seen) != cap(statuses) {
		t.Errorf("%d replies, %d of them different, want %d", len(replies), len(seen), cap(statuses))
	}
}

func TestGrievancesAtTheSameTimeAreCountedOneByOne(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	event := p.oneEvent()
	answers := make(chan any, 25)
	for i := range cap(answers) {
		go func() { answers <- p.report(fmt.Sprint("many-at-once-", i), event, "Not me.", nil) }()
	}
	reported, refused := 0, 0
	for range cap(answers) {
		answer := <-answers
		switch wait, _ := harness.At(answer, "errors", 0, "retryAfterSeconds").(float64); {
		case harness.At(answer, "grievance", "ticketId") != nil:
			reported++
		case harness.At(answer, "errors", 0, "code") == "RATE_LIMITED" && wait >= 1 && wait <= 1800:
			refused++
		default:
			t.Errorf("answered %v", answer)
		}
	}
	if reported != 10 || refused != 15 {
		t.Errorf("%d reported and %d refused, want 10 and 15", reported, refused)
	}
}
