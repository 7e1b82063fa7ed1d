// Package check compares the ledgers with one another and with the store, offline. It knows nothing of the product but
// what its contract promises.
//
//	I1  every acknowledged mutation was accepted upstream, as it was asked for and, where that matters, once
//	I2  every mutation without an answer was accepted once or not at all, and its event tells which
//	I3  nothing was accepted upstream that no client asked for
//	I4  every message that was answered 2xx is in the inbox once and worked on; no forged one is
//	I5  every follower saw its resident's changes, each once, in order, and nobody else's
//	I6  what a resident is shown equals what upstream accepted
//	I7  what was read of each lock meanwhile fits one order in which it was set
//	I8  what upstream cannot take twice arrived there at most once for each key
//	I9  every VID that was made or revoked is told by one event, and no event tells of another
//	I10 every share and card that was asked for is told by one event, whose end is the generator's word
//	I11 what was answered to calling a share off is what became of the share
//	I12 every card that was made here is kept under one event, and every event of one has its card
package check

import (
	"fmt"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// Account is everything that is known of a run.
type Account struct {
	Client     []ledger.Client
	Upstream   []ledger.Upstream
	Arrivals   []ledger.Arrival
	Publisher  []ledger.Publisher
	Subscriber []ledger.Subscriber
	Reads      []ledger.Reading
	Store      ledger.Store
	Requests   map[string]string // the generator's last word for each request for a credential, by its id
	// GaveUp are the shares that nobody worked on for so long that the product calls them off itself, by event id.
	GaveUp map[string]bool
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
	asked  map[string][]intent          // what clients asked for, by event id
	off    map[string][]intent          // calling off, by the event of the share
	calls  map[string][]ledger.Upstream // that called a share off, by its event
	wished map[intent]*wish
	order  []intent // of wished, as they were first asked for
}

// intent is what a client wants once, however often it asks.
type intent struct{ resident, mutation, key string }

// calledOff is what stands before the event of a share in the key of calling it off.
const calledOff = "withdraw "

// Faults answers every invariant that does not hold; none is what is hoped for.
func (a *Account) Faults() []Fault {
	c := &checker{Account: a, events: map[string]ledger.Event{}, writes: map[string][]ledger.Upstream{}, keys: map[intent]ledger.Key{},
		asked: map[string][]intent{}, off: map[string][]intent{}, calls: map[string][]ledger.Upstream{}, wished: map[intent]*wish{}}
	for _, k := range a.Store.Keys {
		c.keys[intent{k.Resident, k.Mutation, k.Key}] = k
	}
	c.wishes()
	c.link()
	c.intents()
	c.arrivals()
	c.vids()
	c.requests()
	c.withdrawals()
	c.cards()
	c.inbox()
	c.followers()
	c.screens()
	c.locks()
	return c.faults
}

func (c *checker) report(invariant, format string, args ...any) {
	c.faults = append(c.faults, Fault{invariant, fmt.Sprintf(format, args...)})
}

func intentOf(line ledger.Client) intent { return intent{line.Resident, line.Mutation, line.Key} }

// short keeps a hash readable.
func short(hash string) string { return hash[:min(8, len(hash))] }
