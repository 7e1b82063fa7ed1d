package check

import "github.com/resident-graph/resident-graph/test/faults/ledger"

// state is one state of one event: an event is never in the same state twice.
type state struct{ resident, event, status, detail string }

// followers checks what every follower saw (I5).
func (c *checker) followers() {
	numbers, last, owner := map[state]int64{}, map[string]int64{}, map[string]string{}
	for _, change := range c.Store.Changes {
		if want := last[change.Resident] + 1; change.Seq != want {
			c.report("I5", "the changes of %s go from %d to %d", short(change.Resident), want-1, change.Seq)
		}
		last[change.Resident] = change.Seq
		owner[change.EventID] = change.Resident
		numbers[state{change.Resident, change.EventID, change.Status, change.Detail}] = change.Seq
	}
	seen, at := map[string]*int64{}, map[string]string{}
	for _, frame := range c.Subscriber {
		if frame.From != nil {
			from := *frame.From
			seen[frame.Client], at[frame.Client] = &from, frame.Resident
			continue
		}
		c.frame(frame, seen[frame.Client], numbers, owner)
	}
	for client, number := range seen {
		if want := last[at[client]]; *number < want {
			c.report("I5", "gap: %s saw the changes up to %d of %d", client, *number, want)
		}
	}
}

// frame checks that a frame is the one after the last that its follower saw.
func (c *checker) frame(f ledger.Subscriber, last *int64, numbers map[state]int64, owner map[string]string) {
	if last == nil {
		c.report("I5", "%s saw a frame before it followed", f.Client)
		return
	}
	number, known := numbers[state{f.Resident, f.Event, f.Status, f.Detail}]
	switch {
	case !known && owner[f.Event] != "" && owner[f.Event] != f.Resident:
		c.report("I5", "foreign: %s saw an event of another resident", f.Client)
		return
	case !known:
		c.report("I5", "%s saw a change that never was: %s %s %s", f.Client, f.Event, f.Status, f.Detail)
		return
	case number == *last:
		c.report("I5", "duplicate: %s saw change %d twice", f.Client, number)
	case number < *last:
		c.report("I5", "reorder: %s saw change %d after %d", f.Client, number, *last)
		return
	case number > *last+1:
		c.report("I5", "gap: %s saw change %d after %d", f.Client, number, *last)
	}
	*last = number
}
