package check

import "github.com/resident-graph/resident-graph/test/faults/ledger"

// repeatable are the mutations that upstream may see twice: a second lock comes to the same as the first.
var repeatable = map[string]bool{"setAuthLocks": true}

// intents checks what became of everything that clients wanted (I1, I2). Cards that are made here and shares that are
// called off have invariants of their own.
func (c *checker) intents() {
	for _, i := range c.order {
		switch i.mutation {
		case "withdrawShare":
		case "createPersonalizedCard":
			c.settled(i, c.wished[i].lines)
		default:
			c.acknowledged(i, c.wished[i].lines)
			c.settled(i, c.wished[i].lines)
		}
	}
}

// acknowledged checks that what a client was told had happened did happen, as it was asked for.
func (c *checker) acknowledged(i intent, lines []ledger.Client) {
	event, input := "", ""
	for _, line := range lines {
		input = line.Input
		if line.Phase == ledger.Answered && line.Code == "" && line.Event != "" {
			event = line.Event
		}
	}
	if event == "" {
		return
	}
	if c.keys[i].EventID != event {
		c.report("I1", "lost: %s %s was answered with an event that its key does not have", i.mutation, i.key)
		return
	}
	c.once("I1", i, event, input)
	if len(c.writes[event]) == 0 {
		c.report("I1", "lost: %s %s was acknowledged and upstream never accepted it", i.mutation, i.key)
	}
}

// once checks that upstream accepted a mutation at most once and unaltered.
func (c *checker) once(invariant string, i intent, event, input string) {
	writes := c.writes[event]
	if len(writes) > 1 && !repeatable[i.mutation] {
		c.report(invariant, "duplicated: upstream accepted %s %s %d times", i.mutation, i.key, len(writes))
	}
	for _, w := range writes {
		if w.Input != input {
			c.report(invariant, "altered: %s %s asked for %q and upstream accepted %q", i.mutation, i.key, input, w.Input)
		}
	}
}

// settled checks that an intent has one event, that it came to an end, and that the end is true.
func (c *checker) settled(i intent, lines []ledger.Client) {
	k, begun := c.keys[i]
	answers := map[string]bool{}
	final := ""
	for _, line := range lines {
		if line.Phase != ledger.Answered {
			continue
		}
		if line.Event != "" {
			answers[line.Event] = true
		}
		if line.Status == "SUCCESS" || line.Status == "FAILED" {
			if final != "" && final != line.Status {
				c.report("I2", "%s %s was answered %s and %s", i.mutation, i.key, final, line.Status)
			}
			final = line.Status
		}
	}
	if len(answers) > 1 {
		c.report("I2", "%s %s was answered with %d events", i.mutation, i.key, len(answers))
	}
	if !begun {
		if len(answers) > 0 {
			c.report("I2", "%s %s was answered and its key is gone", i.mutation, i.key)
		}
		return
	}
	e, there := c.events[k.EventID]
	if !there {
		c.report("I2", "%s %s has a key and no event", i.mutation, i.key)
		return
	}
	writes, told := len(c.writes[k.EventID]), mutationOf[e.RequestType] != ""
	c.once("I2", i, k.EventID, lines[0].Input)
	switch {
	case e.Status == "IN_PROGRESS" || !k.Finished:
		c.report("I2", "%s %s is not settled: %s %s", i.mutation, i.key, e.Status, e.Detail)
	case final != "" && final != e.Status:
		c.report("I2", "%s %s was answered %s and is %s", i.mutation, i.key, final, e.Status)
	case e.Status == "SUCCESS" && writes == 0 && told:
		c.report("I2", "%s %s is SUCCESS and upstream never accepted it", i.mutation, i.key)
	case e.Status == "FAILED" && writes > 0 && !c.failedThere(e):
		c.report("I2", "%s %s is FAILED and upstream accepted it", i.mutation, i.key)
	}
}
