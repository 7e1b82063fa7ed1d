package check

import "github.com/resident-graph/resident-graph/test/faults/ledger"

// words are how an event ends with the generator's last word; "" is a request that it does not know.
var words = map[string]map[string][]string{
	"SHARE_CRED_WITH_PARTNER": {
		"RECEIVED": {"RECEIVED"}, "STORED": {"STORED"}, "HANDED_OVER": {"ISSUED"}, "CANCELED": {"CANCELLED"}, "FAILED": {"", "FAILED"},
	},
	"VID_CARD_DOWNLOAD": {
		"STORED": {"STORED"}, "CARD_READY_TO_DOWNLOAD": {"STORED"}, "CARD_DOWNLOADED": {"STORED"}, "FAILED": {"", "FAILED"},
	},
}

// requests checks that every share and every card of a VID ended as the generator says, and that a share has what was
// agreed to (I10).
func (c *checker) requests() {
	rows := map[string]int{}
	for _, row := range c.Store.Shares {
		rows[row.EventID]++
		if e, there := c.events[row.EventID]; !there || e.Resident != row.Resident || e.RequestType != "SHARE_CRED_WITH_PARTNER" {
			c.report("I10", "what %s shared with event %s has no such event", short(row.Resident), row.EventID)
		}
	}
	ids := map[string]int{}
	for _, e := range c.Store.Events {
		ends := words[e.RequestType]
		if ends == nil || len(c.asked[e.EventID]) == 0 {
			continue // not begun here
		}
		if ids[e.CredentialRequestID]++; e.CredentialRequestID == "" || ids[e.CredentialRequestID] > 1 {
			c.report("I10", "%s %s has no request of its own", e.RequestType, e.EventID)
		}
		if e.RequestType == "SHARE_CRED_WITH_PARTNER" && rows[e.EventID] != 1 {
			c.report("I10", "share %s has %d rows of what was shared", e.EventID, rows[e.EventID])
		}
		if !c.fits(e, ends[e.Detail]) {
			c.report("I10", "%s %s is %s and the generator says %q", e.RequestType, e.EventID, e.Detail, c.Requests[e.CredentialRequestID])
		}
	}
}

func (c *checker) fits(e ledger.Event, words []string) bool {
	word := c.Requests[e.CredentialRequestID]
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return e.Status == "FAILED" && word == "CANCELLED" && c.givenUp(e)
}

// failedThere says that upstream accepted the request of an event and failed to do it, or was told to leave it.
func (c *checker) failedThere(e ledger.Event) bool {
	word := c.Requests[e.CredentialRequestID]
	return words[e.RequestType] != nil && (word == "FAILED" || word == "CANCELLED" && c.givenUp(e))
}
