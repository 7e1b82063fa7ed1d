package check_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/check"
	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

const ann, bob = "ANN", "BOB"

// sound answers an account in which everything is as it should be: Ann generated a VID and locked DEMO without an
// answer, Bob's lock was never sent, a message was delivered twice and another was forged; and what withRequests adds.
func sound() *check.Account {
	one := int64(1)
	line := func(phase, who, mutation, key, input string) ledger.Client {
		return ledger.Client{At: at(10), Phase: phase, Resident: who, Mutation: mutation, Key: key, Input: input}
	}
	read := func(from, to int, locked bool) ledger.Reading {
		return ledger.Reading{Resident: ann, Asked: at(from), Answered: at(to), Locks: map[string]bool{"DEMO": locked}}
	}
	answered := line(ledger.Answered, ann, "generateVid", "k1", "TEMPORARY")
	answered.Event, answered.Status = "e1", "SUCCESS"
	a := &check.Account{
		Client: []ledger.Client{
			line(ledger.Sent, ann, "generateVid", "k1", "TEMPORARY"), answered,
			line(ledger.Sent, ann, "setAuthLocks", "k2", "DEMO=true"), line(ledger.Silent, ann, "setAuthLocks", "k2", "DEMO=true"),
			line(ledger.Sent, bob, "setAuthLocks", "k3", "DEMO=true"), line(ledger.Silent, bob, "setAuthLocks", "k3", "DEMO=true"),
		},
		Upstream: []ledger.Upstream{
			{Mutation: "generateVid", Resident: ann, Input: "TEMPORARY", VID: "v1", Masked: "1X1"},
			{Mutation: "setAuthLocks", Resident: ann, Input: "DEMO=true", Request: "r2"},
		},
		Publisher: []ledger.Publisher{
			{Topic: "ACK", Hash: "h1", Status: 0, Signed: true}, {Topic: "ACK", Hash: "h1", Status: 202, Signed: true},
			{Topic: "ACK", Hash: "h1", Status: 202, Signed: true}, {Topic: "ACK", Hash: "forged", Status: 401},
		},
		Subscriber: []ledger.Subscriber{
			{Client: "s1", Resident: ann, From: &one},
			{Client: "s1", Resident: ann, Event: "e1", Status: "SUCCESS", Detail: "VID_GENERATED"},
			{Client: "s1", Resident: ann, Event: "e2", Status: "IN_PROGRESS", Detail: "NEW"},
			{Client: "s1", Resident: ann, Event: "e2", Status: "SUCCESS", Detail: "COMPLETED", At: at(30)},
		},
		Reads: []ledger.Reading{read(1, 9, false), read(11, 22, false), read(31, 33, true)},
		Store: ledger.Store{
			Events: []ledger.Event{
				{Resident: ann, EventID: "e1", RequestType: "GENERATE_VID", Status: "SUCCESS", Detail: "VID_GENERATED", RefHash: "v1"},
				{Resident: ann, EventID: "e2", RequestType: "AUTH_TYPE_LOCK_UNLOCK", Status: "SUCCESS", Detail: "COMPLETED", RequestID: "r2"},
				{Resident: bob, EventID: "e3", RequestType: "AUTH_TYPE_LOCK_UNLOCK", Status: "FAILED", Detail: "FAILED", RequestID: "r3"},
				{Resident: ann, EventID: "e4", RequestType: "AUTHENTICATION_REQUEST", Status: "SUCCESS", Detail: "Y", RequestID: "t1"},
			},
			Keys: []ledger.Key{key(ann, "generateVid", "k1", "e1"), key(ann, "setAuthLocks", "k2", "e2"), key(bob, "setAuthLocks", "k3", "e3")},
			Changes: []ledger.Change{
				change(ann, 1, "e1", "IN_PROGRESS", "NEW"), change(ann, 2, "e1", "SUCCESS", "VID_GENERATED"),
				change(ann, 3, "e2", "IN_PROGRESS", "NEW"), change(ann, 4, "e2", "SUCCESS", "COMPLETED"),
				change(bob, 1, "e3", "IN_PROGRESS", "NEW"), change(bob, 2, "e3", "FAILED", "FAILED"),
			},
			Deliveries: []ledger.Delivery{{Topic: "ACK", Hash: "h1", Applied: true}},
		},
		Requests: map[string]string{},
		Before:   map[string]ledger.Screen{ann: {Vids: map[string]int{"PERPETUAL 9X9": 1}, Locks: map[string]bool{"DEMO": false}}},
		After:    map[string]ledger.Screen{ann: {Vids: map[string]int{"PERPETUAL 9X9": 1, "TEMPORARY 1X1": 1}, Locks: map[string]bool{"DEMO": true}}},
	}
	arrive(a, 10, a.Upstream[0])
	withRequests(a)
	return a
}

// at answers a moment, in seconds after the beginning.
func at(second int) time.Time { return time.Unix(1_000_000+int64(second), 0) }

func key(who, mutation, key, event string) ledger.Key {
	return ledger.Key{Resident: who, Mutation: mutation, Key: key, EventID: event, Finished: true}
}

func change(who string, seq int64, event, status, detail string) ledger.Change {
	return ledger.Change{Resident: who, Seq: seq, EventID: event, Status: status, Detail: detail}
}

func TestASoundAccountHasNoFaults(t *testing.T) {
	if faults := sound().Faults(); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}

// harm is one way in which an invariant can fail, and what the checker must say of it.
type harm struct {
	harm func(*check.Account)
	says string // how the fault begins
}

var broken = map[string]harm{
	"an acknowledged mutation was lost":   {func(a *check.Account) { a.Upstream = a.Upstream[1:] }, "I1: lost"},
	"an acknowledged event is gone":       {func(a *check.Account) { a.Store.Keys[0].EventID = "e2" }, "I1: lost"},
	"a mutation was accepted twice":       {func(a *check.Account) { a.Upstream = append(a.Upstream, a.Upstream[0]) }, "I1: duplicated"},
	"a mutation was altered":              {func(a *check.Account) { a.Upstream[0].Input = "PERPETUAL" }, "I1: altered"},
	"a silent mutation was altered":       {func(a *check.Account) { a.Upstream[1].Input = "DEMO=false" }, "I2: altered"},
	"a silent mutation is open":           {func(a *check.Account) { a.Store.Events[1].Status = "IN_PROGRESS" }, "I2: setAuthLocks k2 is not settled"},
	"a key is open":                       {func(a *check.Account) { a.Store.Keys[1].Finished = false }, "I2: setAuthLocks k2 is not settled"},
	"an accepted mutation is told failed": {func(a *check.Account) { a.Store.Events[1].Status = "FAILED" }, "I2: setAuthLocks k2 is FAILED"},
	"a mutation never sent is told done":  {func(a *check.Account) { a.Store.Events[2].Status = "SUCCESS" }, "I2: setAuthLocks k3 is SUCCESS"},
	"a retry was answered with another event": {func(a *check.Account) {
		again := a.Client[1]
		again.Event = "e9"
		a.Client = append(a.Client, again)
	}, "I2: generateVid k1 was answered with 2 events"},
	"a retry was answered another result": {func(a *check.Account) {
		again := a.Client[1]
		again.Status, again.Code = "FAILED", "UPSTREAM_UNAVAILABLE"
		a.Client = append(a.Client, again)
	}, "I2: generateVid k1 was answered SUCCESS and FAILED"},
	"a result was taken back": {func(a *check.Account) {
		a.Store.Events[0].Status = "FAILED"
	}, "I2: generateVid k1 was answered SUCCESS and is FAILED"},
	"a key without its event": {func(a *check.Account) { a.Store.Events = slices.Delete(a.Store.Events, 2, 3) }, "I2: setAuthLocks k3 has a key and no event"},
	"an answered key is gone": {func(a *check.Account) { a.Store.Keys = a.Store.Keys[1:] }, "I2: generateVid k1 was answered and its key is gone"},
	"a phantom": {func(a *check.Account) {
		a.Upstream = append(a.Upstream, ledger.Upstream{Mutation: "generateVid", Resident: bob, Input: "TEMPORARY", VID: "v2"})
	}, "I3: generateVid of BOB"},
	"a write that no client sent":  {func(a *check.Account) { a.Client = a.Client[:2] }, "I3: setAuthLocks of ANN"},
	"a write for another resident": {func(a *check.Account) { a.Upstream[0].Resident = bob }, "I3: generateVid of BOB"},
	"two events for one write": {func(a *check.Account) {
		twin := a.Store.Events[1]
		twin.EventID = "e5"
		a.Store.Events = append(a.Store.Events, twin)
		a.Store.Keys = append(a.Store.Keys, key(ann, "setAuthLocks", "k5", "e5"))
		a.Client = append(a.Client, ledger.Client{Phase: ledger.Sent, Resident: ann, Mutation: "setAuthLocks", Key: "k5", Input: "DEMO=true"})
	}, "I3: setAuthLocks of ANN"},
	"an answered message is lost": {func(a *check.Account) { a.Store.Deliveries = nil }, "I4: a message on ACK was answered 2xx and is in the inbox 0 times"},
	"an answered message is there twice": {func(a *check.Account) {
		a.Store.Deliveries = append(a.Store.Deliveries, a.Store.Deliveries[0])
	}, "I4: a message on ACK was answered 2xx and is in the inbox 2 times"},
	"an answered message waits for ever": {func(a *check.Account) { a.Store.Deliveries[0].Applied = false }, "I4: a message on ACK is in the inbox and nobody"},
	"a forged message was taken":         {func(a *check.Account) { a.Publisher[3].Status = 202 }, "I4: a forged message on ACK was answered 202"},
	"a forged message was kept": {func(a *check.Account) {
		a.Store.Deliveries = append(a.Store.Deliveries, ledger.Delivery{Topic: "ACK", Hash: "forged", Applied: true})
	}, "I4: a forged message on ACK is in the inbox"},
	"an authentication is there twice": {func(a *check.Account) {
		twin := a.Store.Events[3]
		twin.EventID = "e6"
		a.Store.Events = append(a.Store.Events, twin)
	}, "I4: one authentication"},
	"a frame was left out":             {func(a *check.Account) { a.Subscriber = slices.Delete(a.Subscriber, 2, 3) }, "I5: gap: s1 saw change 4 after 2"},
	"the last frame never came":        {func(a *check.Account) { a.Subscriber = a.Subscriber[:3] }, "I5: gap: s1 saw the changes up to 3 of 4"},
	"a frame came twice":               {func(a *check.Account) { a.Subscriber = slices.Insert(a.Subscriber, 2, a.Subscriber[1]) }, "I5: duplicate: s1"},
	"frames came in disorder":          {func(a *check.Account) { a.Subscriber = append(a.Subscriber, a.Subscriber[1]) }, "I5: reorder: s1"},
	"a frame of somebody else":         {func(a *check.Account) { a.Subscriber[2].Event = "e3" }, "I5: foreign: s1"},
	"a frame of a state never reached": {func(a *check.Account) { a.Subscriber[2].Status = "CANCELED" }, "I5: s1 saw a change that never was"},
	"a frame of nobody's follower": {func(a *check.Account) {
		a.Subscriber = append(a.Subscriber, ledger.Subscriber{Client: "s2", Resident: ann, Event: "e1"})
	}, "I5: s2 saw a frame before it followed"},
	"the numbers have a gap": {func(a *check.Account) { a.Store.Changes[5].Seq = 3 }, "I5: the changes of BOB go from 1 to 3"},
	"a VID is not shown":     {func(a *check.Account) { delete(a.After[ann].Vids, "TEMPORARY 1X1") }, "I6: ANN is shown the VIDs"},
	"a lock is shown wrong":  {func(a *check.Account) { a.After[ann].Locks["DEMO"] = false }, "I6: ANN is shown the locks"},
	"a lock stays pending": {func(a *check.Account) {
		now := a.After[ann]
		now.Pending = []string{"DEMO"}
		a.After[ann] = now
	}, "I6: ANN is shown a lock that is still pending"},
	"a lock was shown before it was asked for": {func(a *check.Account) { a.Reads[0].Locks["DEMO"] = true }, "I7: what ANN was shown of DEMO"},
	"a confirmed lock was shown open":          {func(a *check.Account) { a.Reads[2].Locks["DEMO"] = false }, "I7: what ANN was shown of DEMO"},
	"a lock came and went": {func(a *check.Account) {
		a.Reads[1].Locks["DEMO"] = true
		a.Reads = append(a.Reads, ledger.Reading{Resident: ann, Asked: at(25), Answered: at(26), Locks: map[string]bool{"DEMO": false}})
	}, "I7: what ANN was shown of DEMO"},
	"a screen was not looked at": {func(a *check.Account) { delete(a.After, ann) }, "I6: nobody looked"},
}

func TestEveryInvariantCanFail(t *testing.T) {
	all := maps.Clone(broken)
	maps.Copy(all, brokenRequests)
	for name, b := range all {
		t.Run(name, func(t *testing.T) {
			a := sound()
			b.harm(a)
			faults := a.Faults()
			if !slices.ContainsFunc(faults, func(f check.Fault) bool { return strings.HasPrefix(f.String(), b.says) }) {
				t.Errorf("the checker says %v, want %q", faults, b.says)
			}
		})
	}
}

func TestARevokedVidIsForgottenByTypeOrByMask(t *testing.T) {
	a := sound()
	a.Before[ann].Vids["TEMPORARY 2X2"] = 1
	a.Client = append(a.Client,
		ledger.Client{Phase: ledger.Sent, Resident: ann, Mutation: "revokeVid", Key: "k6", Input: "v1"},
		ledger.Client{Phase: ledger.Sent, Resident: ann, Mutation: "revokeVid", Key: "k7", Input: "v0"})
	for i, vid := range []string{"v1", "v0"} {
		event := "e6" + vid
		a.Store.Events = append(a.Store.Events, ledger.Event{Resident: ann, EventID: event, RequestType: "REVOKE_VID", Status: "SUCCESS", RefHash: vid})
		a.Store.Keys = append(a.Store.Keys, key(ann, "revokeVid", []string{"k6", "k7"}[i], event))
		a.Upstream = append(a.Upstream, ledger.Upstream{Mutation: "revokeVid", Resident: ann, Input: vid, VID: vid, Masked: []string{"1X1", "2X2"}[i]})
		arrive(a, 40, a.Upstream[len(a.Upstream)-1])
	}
	a.After[ann] = ledger.Screen{Vids: map[string]int{"PERPETUAL 9X9": 1}, Locks: map[string]bool{"DEMO": true}}
	if faults := a.Faults(); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}
