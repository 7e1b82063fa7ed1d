package check

import "github.com/resident-graph/resident-graph/test/faults/ledger"

// vids checks from both sides, and whether or not a client still knows of it, that every VID that was made or revoked
// has one event of success, and every such event its VID (I9).
func (c *checker) vids() {
	accepted := map[reference]int{}
	for _, w := range c.Upstream {
		if w.Mutation == "generateVid" || w.Mutation == "revokeVid" {
			accepted[referenceTo(w)]++
		}
	}
	told := map[reference][]ledger.Event{}
	for _, e := range c.Store.Events {
		if (e.RequestType == "GENERATE_VID" || e.RequestType == "REVOKE_VID") && e.Status == "SUCCESS" {
			told[referenceOf(e)] = append(told[referenceOf(e)], e)
		}
	}
	for _, w := range c.Upstream {
		if at := referenceTo(w); accepted[at] > 0 && len(told[at]) != 1 {
			c.report("I9", "%s of %s is upstream and %d events tell of it", w.Mutation, short(w.Resident), len(told[at]))
		}
	}
	for at, events := range told {
		if accepted[at] != 1 {
			c.report("I9", "%s %s says that a VID is done, and upstream has %d", at.mutation, events[0].EventID, accepted[at])
		}
	}
}
