// Package check compares four ledgers with one another and with the store, offline. It knows nothing of the product but
// what its contract promises.
//
//	I1  every acknowledged mutation was accepted upstream, as it was asked for and, where that matters, once
//	I2  every mutation without an answer was accepted once or not at all, and its event tells which
//	I3  nothing was accepted upstream that no client asked for
//	I4  every message that was answered 2xx is in the inbox once and worked on; no forged one is
//	I5  every follower saw its resident's changes, each once, in order, and nobody else's
//	I6  what a resident is shown equals what upstream accepted
//	I7  what was read of each lock meanwhile fits one order in which it was set
package check

import (
	"fmt"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// Account is everything that is known of a run.
type Account struct {
	Client     []ledger.Client
	Upstream   []ledger.Upstream
	Publisher  []ledger.Publisher
	Subscriber []ledger.Subscriber
	Reads      []ledger.Reading
	Store      ledger.Store
	// Before and After are what residents were shown at the start and at the end.
	Before, After map[string]ledger.Screen
}

// Fault is an invariant that does not hold.
type Fault struct{ Invariant, What string }

// String answers one line.
func (f Fault) String() string { return f.Invariant + ": " + f.What }

// checker collects faults over one account.
type checker struct {
	*Account
	faults []Fault
	events map[string]ledger.Event      // by event id
	writes map[string][]ledger.Upstream // by event id
	keys   map[intent]ledger.Key
}

// intent is what a client wants once, however often it asks.
type intent struct{ resident, mutation, key string }

// Faults answers every invariant that does not hold; none is what is hoped for.
func (a *Account) Faults() []Fault {
	c := &checker{Account: a, events: map[string]ledger.Event{}, writes: map[string][]ledger.Upstream{}, keys: map[intent]ledger.Key{}}
	for _, k := range a.Store.Keys {
		c.keys[intent{k.Resident, k.Mutation, k.Key}] = k
	}
	c.link()
	c.intents()
	c.inbox()
	c.followers()
	c.screens()
	c.locks()
	return c.faults
}

func (c *checker) report(invariant, format string, args ...any) {
	c.faults = append(c.faults, Fault{invariant, fmt.Sprintf(format, args...)})
}

// link finds the event of every write and tells of writes without one (I3).
func (c *checker) link() {
	byRequest, byVID := map[string][]string{}, map[[2]string][]string{}
	for _, e := range c.Store.Events {
		c.events[e.EventID] = e
		if e.RequestType == "AUTH_TYPE_LOCK_UNLOCK" {
			byRequest[e.RequestID] = append(byRequest[e.RequestID], e.EventID)
		}
		if e.RefHash != "" {
			byVID[[2]string{mutationOf[e.RequestType], e.RefHash}] = append(byVID[[2]string{mutationOf[e.RequestType], e.RefHash}], e.EventID)
		}
	}
	asked := map[string]bool{}
	for _, line := range c.Client {
		if k, begun := c.keys[intentOf(line)]; begun && line.Phase == ledger.Sent {
			asked[k.EventID] = true
		}
	}
	for _, w := range c.Upstream {
		of := byVID[[2]string{w.Mutation, w.VID}]
		if w.Mutation == "setAuthLocks" {
			of = byRequest[w.Request]
		}
		known := 0
		for _, id := range of {
			// A revocation that was refused is about the same VID as the one that was not.
			if e := c.events[id]; e.Resident == w.Resident && (len(of) == 1 || e.Status == "SUCCESS") && asked[id] {
				c.writes[id] = append(c.writes[id], w)
				known++
			}
		}
		if known != 1 {
			c.report("I3", "%s of %s with %q has %d events of a client", w.Mutation, short(w.Resident), w.Input, known)
		}
	}
}

// mutationOf names the mutation that makes events of a type.
var mutationOf = map[string]string{
	"GENERATE_VID": "generateVid", "REVOKE_VID": "revokeVid", "AUTH_TYPE_LOCK_UNLOCK": "setAuthLocks",
}

func intentOf(line ledger.Client) intent { return intent{line.Resident, line.Mutation, line.Key} }

// short keeps a hash readable.
func short(hash string) string { return hash[:min(8, len(hash))] }
