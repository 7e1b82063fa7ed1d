package check

import "github.com/resident-graph/resident-graph/test/faults/ledger"

// withdrawals checks that what was answered to calling a share off is true and stays so (I11).
func (c *checker) withdrawals() {
	for event, calls := range c.calls {
		if len(calls) > 1 {
			c.report("I11", "upstream took %d calls to leave share %s", len(calls), event)
		}
		if e := c.events[event]; e.Status != "CANCELED" && !c.givenUp(e) {
			c.report("I11", "share %s was called off upstream and is %s", event, e.Status)
		}
	}
	for _, e := range c.Store.Events {
		if e.RequestType != "SHARE_CRED_WITH_PARTNER" || e.Status != "CANCELED" {
			continue
		}
		if len(c.calls[e.EventID]) == 0 {
			c.report("I11", "share %s is CANCELED and nobody called it off upstream", e.EventID)
		}
		if len(c.off[e.EventID]) == 0 {
			c.report("I11", "share %s is CANCELED and its resident did not ask for that", e.EventID)
		}
	}
	for event, intents := range c.off {
		for _, i := range intents {
			c.withdrawal(c.events[event], i, len(intents) == 1)
		}
	}
}

// withdrawal checks one key. What a second key was told says nothing of the first.
func (c *checker) withdrawal(e ledger.Event, i intent, only bool) {
	if !c.keys[i].Finished {
		c.report("I11", "calling share %s off is not settled", e.EventID)
	}
	done, late := false, false
	for _, line := range c.wished[i].lines {
		if line.Phase != ledger.Answered {
			continue
		}
		done = done || line.Code == "" && line.Event != ""
		late = late || line.Code == "CONFLICT"
		if line.Event != "" && line.Event != e.EventID {
			c.report("I11", "calling share %s off was answered with another", e.EventID)
		}
	}
	switch {
	case done && late:
		c.report("I11", "calling share %s off was answered done and too late", e.EventID)
	case done && e.Status != "CANCELED":
		c.report("I11", "calling share %s off was answered done and it is %s", e.EventID, e.Status)
	case late && only && e.Status == "CANCELED":
		c.report("I11", "calling share %s off was answered too late and it is CANCELED", e.EventID)
	}
}
