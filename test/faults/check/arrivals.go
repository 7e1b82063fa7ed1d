package check

import (
	"cmp"
	"slices"
	"time"
)

// call is what several requests may be that upstream cannot tell apart: VIDs of one type for one resident, or anything
// with one request id.
type call struct{ resident, mutation, about string }

// arrivals checks that no call that upstream cannot take twice arrived twice for one key (I8). A revocation names its VID,
// and a VID is revoked once however often it is asked for: one may arrive again, if somebody asked for it.
func (c *checker) arrivals() {
	came := map[call][]time.Time{}
	for _, a := range c.Arrivals {
		at := call{a.Resident, a.Mutation, a.Request}
		switch a.Mutation {
		case "generateVid":
			at.about = a.Input
		case "revokeVid":
			at.about = a.VID
		}
		came[at] = append(came[at], a.At)
	}
	allowed := c.allowed()
	for at, times := range came {
		if at.mutation == "revokeVid" && len(allowed[at]) > 0 {
			continue
		}
		if n := surplus(times, allowed[at]); n > 0 {
			c.report("I8", "%s of %s with %q arrived %d times for %d keys, %d too many", at.mutation, short(at.resident), at.about,
				len(times), len(allowed[at]), n)
		}
	}
	c.unannounced(came)
}

// unannounced tells of writes that were accepted and never arrived: then the account itself is wrong.
func (c *checker) unannounced(came map[call][]time.Time) {
	accepted := map[call]int{}
	for _, w := range c.Upstream {
		at := call{w.Resident, w.Mutation, w.Request}
		switch w.Mutation {
		case "setAuthLocks":
			continue // takes any number
		case "generateVid":
			at.about = w.Input
		case "revokeVid":
			at.about = w.VID
		}
		accepted[at]++
	}
	for at, n := range accepted {
		if n > len(came[at]) {
			c.report("I8", "%s of %s was accepted %d times and arrived %d times", at.mutation, short(at.resident), n, len(came[at]))
		}
	}
}

// allowed answers for each call the keys that may have sent it once.
func (c *checker) allowed() map[call][]*wish {
	keys := map[call][]*wish{}
	for _, i := range c.order {
		k, begun := c.keys[i]
		if !begun {
			continue
		}
		at, w := call{i.resident, i.mutation, ""}, c.wished[i]
		switch e := c.events[k.EventID]; i.mutation {
		case "generateVid":
			at.about = w.input
		case "revokeVid":
			at.about = e.RefHash
		case "shareCredential", "requestVidCard":
			at.about = e.CredentialRequestID
		case "withdrawShare":
			at.about = c.events[k.EventID[len(calledOff):]].CredentialRequestID
		}
		keys[at] = append(keys[at], w)
	}
	for event := range c.GaveUp {
		e := c.events[event]
		at := call{e.Resident, "withdrawShare", e.CredentialRequestID}
		keys[at] = append(keys[at], &wish{})
	}
	return keys
}

// surplus answers how many arrivals are left when each key takes at most one that came while its client was asking. The
// key whose client ceased first takes an arrival: no other choice leaves fewer.
func surplus(came []time.Time, keys []*wish) (left int) {
	slices.SortFunc(came, time.Time.Compare)
	free := slices.Clone(keys)
	for _, at := range came {
		best := -1
		for n, k := range free {
			if k.from.After(at) || !k.to.IsZero() && k.to.Before(at) {
				continue
			}
			if best < 0 || ends(k).Compare(ends(free[best])) < 0 {
				best = n
			}
		}
		if best < 0 {
			left++
			continue
		}
		free = slices.Delete(free, best, best+1)
	}
	return left
}

// ends answers when a client ceased to ask; far from now for one that had no answer.
func ends(w *wish) time.Time {
	return cmp.Or(w.to, time.Unix(1<<40, 0))
}
