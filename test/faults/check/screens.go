package check

import (
	"maps"
	"strings"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// screens checks that what residents are shown at the end is what upstream accepted since the start (I6).
func (c *checker) screens() {
	want := map[string]*ledger.Screen{}
	for resident, before := range c.Before {
		want[resident] = &ledger.Screen{Vids: maps.Clone(before.Vids), Locks: maps.Clone(before.Locks)}
	}
	types := map[string]string{} // of the VIDs that were made here
	for _, w := range c.Upstream {
		screen := want[w.Resident]
		if screen == nil {
			continue // nobody looked at it
		}
		switch w.Mutation {
		case "generateVid":
			types[w.VID] = w.Input
			screen.Vids[w.Input+" "+w.Masked]++
		case "revokeVid":
			forget(screen.Vids, types[w.VID], w.Masked)
		case "setAuthLocks":
			for word := range strings.FieldsSeq(w.Input) {
				name, value, _ := strings.Cut(word, "=")
				screen.Locks[name] = value == "true"
			}
		}
	}
	for resident, screen := range want {
		now, looked := c.After[resident]
		switch {
		case !looked:
			c.report("I6", "nobody looked at the screen of %s", short(resident))
			continue
		case len(now.Pending) > 0:
			c.report("I6", "%s is shown a lock that is still pending", short(resident))
		}
		if !maps.Equal(now.Vids, screen.Vids) {
			c.report("I6", "%s is shown the VIDs %v, upstream has %v", short(resident), now.Vids, screen.Vids)
		}
		if !maps.Equal(now.Locks, screen.Locks) {
			c.report("I6", "%s is shown the locks %v, upstream has %v", short(resident), now.Locks, screen.Locks)
		}
	}
}

// forget takes a VID away. Of one that was there before only the mask is known.
func forget(vids map[string]int, kind, masked string) {
	for name := range vids {
		if name == kind+" "+masked || kind == "" && strings.HasSuffix(name, " "+masked) {
			if vids[name]--; vids[name] == 0 {
				delete(vids, name)
			}
			return
		}
	}
}
