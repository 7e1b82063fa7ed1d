package check

import (
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// wish is when a client asked for something first, and last had an answer; the zero time for never.
type wish struct {
	from, to time.Time
	input    string
	lines    []ledger.Client
}

// wishes reads what clients asked for and finds the event of each.
func (c *checker) wishes() {
	for _, line := range c.Client {
		i := intentOf(line)
		w := c.wished[i]
		if w == nil {
			w = &wish{from: line.At, input: line.Input}
			c.wished[i], c.order = w, append(c.order, i)
			if k, begun := c.keys[i]; begun && i.mutation == "withdrawShare" {
				share := strings.TrimPrefix(k.EventID, calledOff)
				c.off[share] = append(c.off[share], i)
			} else if begun {
				c.asked[k.EventID] = append(c.asked[k.EventID], i)
			}
		}
		w.lines = append(w.lines, line)
		w.to = time.Time{}
		if line.Phase == ledger.Answered {
			w.to = line.At
		}
	}
}

// mutationOf names the mutation that makes events of a type.
var mutationOf = map[string]string{
	"GENERATE_VID": "generateVid", "REVOKE_VID": "revokeVid", "AUTH_TYPE_LOCK_UNLOCK": "setAuthLocks",
	"SHARE_CRED_WITH_PARTNER": "shareCredential", "VID_CARD_DOWNLOAD": "requestVidCard",
}

// reference is by what upstream names what an event is about: a lock or a request for a credential by its request id, a
// VID by its hash.
type reference struct{ mutation, id string }

func referenceOf(e ledger.Event) reference {
	mutation := mutationOf[e.RequestType]
	switch mutation {
	case "setAuthLocks":
		return reference{mutation, e.RequestID}
	case "shareCredential", "requestVidCard":
		return reference{mutation, e.CredentialRequestID}
	}
	return reference{mutation, e.RefHash}
}

func referenceTo(w ledger.Upstream) reference {
	switch w.Mutation {
	case "generateVid", "revokeVid":
		return reference{w.Mutation, w.VID}
	case "withdrawShare":
		return reference{"shareCredential", w.Request}
	}
	return reference{w.Mutation, w.Request}
}

// link finds the event of every write and tells of writes without one (I3).
func (c *checker) link() {
	about := map[reference][]string{}
	for _, e := range c.Store.Events {
		c.events[e.EventID] = e
		if at := referenceOf(e); at.mutation != "" && at.id != "" {
			about[at] = append(about[at], e.EventID)
		}
	}
	for _, w := range c.Upstream {
		of, known := about[referenceTo(w)], 0
		for _, id := range of {
			e := c.events[id]
			switch {
			case e.Resident != w.Resident:
			case w.Mutation == "withdrawShare":
				if len(c.off[id]) > 0 || c.givenUp(e) {
					c.calls[id] = append(c.calls[id], w)
					known++
				}
			// A revocation that was refused is about the same VID as the one that was not.
			case (len(of) == 1 || e.Status == "SUCCESS") && len(c.asked[id]) > 0:
				c.writes[id] = append(c.writes[id], w)
				known++
			}
		}
		if known != 1 {
			c.report("I3", "%s of %s with %q has %d events of a client", w.Mutation, short(w.Resident), w.Input, known)
		}
	}
}

// givenUp says that the product itself may have called a share off, because nobody had worked on it for too long.
func (c *checker) givenUp(e ledger.Event) bool { return c.GaveUp[e.EventID] }
