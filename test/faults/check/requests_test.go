package check_test

import (
	"slices"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/check"
	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// arrive has a write arrive, in seconds after the beginning.
func arrive(a *check.Account, second int, w ledger.Upstream) {
	w.At, w.VID = at(second), map[bool]string{true: w.VID}[w.Mutation == "revokeVid"]
	a.Arrivals = append(a.Arrivals, w)
}

// withRequests adds to an account: Ann shared (e10), shared and called it off (e11), asked for a VID's card (e15) and made
// one (e16); Bob called a share off too late (e13), one that nobody worked on was given up (e17), and one never came to
// upstream (e18), as a card that he made without an answer (e19).
func withRequests(a *check.Account) {
	const bank = "bank fullName"
	for _, r := range []struct{ who, mutation, key, event, input, request, detail, word string }{
		{ann, "shareCredential", "k10", "e10", bank, "r10", "RECEIVED", "RECEIVED"},
		{ann, "shareCredential", "k11", "e11", bank, "r11", "CANCELED", "CANCELLED"},
		{ann, "withdrawShare", "k12", "withdraw e11", "", "r11", "", ""},
		{bob, "shareCredential", "k13", "e13", bank, "r13", "RECEIVED", "RECEIVED"},
		{bob, "withdrawShare", "k14", "withdraw e13", "", "r13", "", ""},
		{ann, "requestVidCard", "k15", "e15", "9X9", "r15", "CARD_READY_TO_DOWNLOAD", "STORED"},
		{ann, "createPersonalizedCard", "k16", "e16", "fullName", "", "CARD_DOWNLOADED", ""},
		{bob, "shareCredential", "k17", "e17", bank, "r17", "FAILED", "CANCELLED"},
		{bob, "shareCredential", "k18", "e18", bank, "r18", "FAILED", ""},
		{bob, "createPersonalizedCard", "k19", "e19", "fullName", "", "FAILED", ""},
	} {
		line := ledger.Client{At: at(50), Phase: ledger.Sent, Resident: r.who, Mutation: r.mutation, Key: r.key, Input: r.input}
		answer := line
		answer.Phase, answer.At, answer.Event = ledger.Answered, at(52), r.event
		write := ledger.Upstream{Mutation: r.mutation, Resident: r.who, Input: r.input, Request: r.request}
		status := map[string]string{"FAILED": "FAILED", "CANCELED": "CANCELED"}[r.detail]
		if status == "" {
			status = "SUCCESS"
		}
		switch {
		case r.key == "k14":
			answer.Event, answer.Code = "e13", "CONFLICT"
		case r.mutation == "withdrawShare":
			answer.Event = "e11"
		case r.key == "k18" || r.key == "k19":
			answer.Phase, answer.Event = ledger.Silent, ""
		}
		a.Client = append(a.Client, line, answer)
		a.Store.Keys = append(a.Store.Keys, key(r.who, r.mutation, r.key, r.event))
		if r.detail != "" {
			a.Store.Events = append(a.Store.Events, ledger.Event{Resident: r.who, EventID: r.event, RequestType: types[r.mutation],
				Status: status, Detail: r.detail, CredentialRequestID: r.request})
		}
		if r.mutation == "shareCredential" {
			a.Store.Shares = append(a.Store.Shares, ledger.Kept{Resident: r.who, EventID: r.event})
		}
		if r.request != "" && r.key != "k18" {
			arrive(a, 51, write)
			if r.key != "k14" {
				a.Upstream = append(a.Upstream, write)
			}
		}
		if r.word != "" {
			a.Requests[r.request] = r.word
		}
	}
	givenUp := ledger.Upstream{Mutation: "withdrawShare", Resident: bob, Request: "r17"}
	a.Upstream, a.GaveUp = append(a.Upstream, givenUp), map[string]bool{"e17": true}
	arrive(a, 90, givenUp)
	a.Store.Cards = []ledger.Kept{{Resident: ann, EventID: "e16"}}
}

var types = map[string]string{"shareCredential": "SHARE_CRED_WITH_PARTNER", "requestVidCard": "VID_CARD_DOWNLOAD",
	"createPersonalizedCard": "DOWNLOAD_PERSONALIZED_CARD"}

// find answers the event with an id.
func find(a *check.Account, id string) *ledger.Event {
	return &a.Store.Events[slices.IndexFunc(a.Store.Events, func(e ledger.Event) bool { return e.EventID == id })]
}

// answered answers the last line of a key.
func answered(a *check.Account, key string) *ledger.Client {
	var last *ledger.Client
	for i := range a.Client {
		if a.Client[i].Key == key {
			last = &a.Client[i]
		}
	}
	return last
}

// again has what arrived for a request arrive once more, so long after.
func again(mutation, request string, later time.Duration) func(*check.Account) {
	return func(a *check.Account) {
		for _, one := range a.Arrivals {
			if one.Mutation == mutation && one.Request == request {
				one.At = one.At.Add(later)
				a.Arrivals = append(a.Arrivals, one)
				return
			}
		}
		panic("nothing to repeat")
	}
}

// without leaves the writes of a request out of what upstream accepted.
func without(mutation, request string) func(*check.Account) {
	return func(a *check.Account) {
		a.Upstream = slices.DeleteFunc(a.Upstream, func(w ledger.Upstream) bool { return w.Mutation == mutation && w.Request == request })
	}
}

// brokenRequests is how what withRequests adds can fail.
var brokenRequests = map[string]harm{
	"a share was lost":                            {without("shareCredential", "r10"), "I1: lost: shareCredential k10"},
	"a share was altered":                         {func(a *check.Account) { answered(a, "k10").Input, a.Upstream[2].Input = "bank fullName", "bank phone" }, "I1: altered"},
	"a share was taken twice":                     {func(a *check.Account) { a.Upstream = append(a.Upstream, a.Upstream[2]) }, "I1: duplicated: upstream accepted shareCredential k10 2 times"},
	"a share nobody asked for":                    {func(a *check.Account) { a.Upstream[2].Request = "r99" }, "I3: shareCredential of ANN"},
	"a withdrawal nobody asked for":               {func(a *check.Account) { a.GaveUp = nil }, "I3: withdrawShare of BOB"},
	"a VID's card was asked for under another id": {func(a *check.Account) { find(a, "e15").CredentialRequestID = "r98" }, "I3: requestVidCard of ANN"},
	"a silent share is told done":                 {func(a *check.Account) { find(a, "e18").Status = "SUCCESS" }, "I2: shareCredential k18 is SUCCESS"},
	"a share that was taken is told failed": {func(a *check.Account) {
		find(a, "e10").Status, find(a, "e10").Detail = "FAILED", "FAILED"
	}, "I2: shareCredential k10 is FAILED"},

	"a share arrived twice":      {again("shareCredential", "r10", time.Second), "I8: shareCredential of ANN"},
	"a VID's card arrived twice": {again("requestVidCard", "r15", 0), "I8: requestVidCard of ANN"},
	"a VID was asked for twice":  {again("generateVid", "", 0), "I8: generateVid of ANN"},
	"a VID was asked for again after the answer": {func(a *check.Account) {
		a.Arrivals[0].At = at(49)
	}, "I8: generateVid of ANN"},
	"a VID was asked for before the client did": {func(a *check.Account) { a.Arrivals[0].At = at(9) }, "I8: generateVid of ANN"},
	"two VIDs for one key, none for another": {func(a *check.Account) {
		later := a.Client[0]
		later.At, later.Key = at(60), "k20"
		a.Client = append(a.Client, later)
		a.Store.Keys = append(a.Store.Keys, key(ann, "generateVid", "k20", "e20"))
		again("generateVid", "", 0)(a)
	}, "I8: generateVid of ANN"},
	"calling off arrived twice":      {again("withdrawShare", "r11", time.Second), "I8: withdrawShare of ANN"},
	"calling off in vain came twice": {again("withdrawShare", "r13", time.Second), "I8: withdrawShare of BOB"},
	"a request that no event has": {func(a *check.Account) {
		arrive(a, 51, ledger.Upstream{Mutation: "shareCredential", Resident: ann, Request: "r97"})
	}, "I8: shareCredential of ANN with \"r97\""},
	"a revocation nobody asked for": {func(a *check.Account) {
		arrive(a, 51, ledger.Upstream{Mutation: "revokeVid", Resident: ann, VID: "v9"})
	}, "I8: revokeVid of ANN"},
	"a write that never arrived": {func(a *check.Account) { a.Arrivals = a.Arrivals[1:] }, "I8: generateVid of ANN was accepted 1 times and arrived 0"},

	"a VID that no event tells of": {func(a *check.Account) { find(a, "e1").Status = "FAILED" }, "I9: generateVid of ANN is upstream and 0 events"},
	"a VID that two events tell of": {func(a *check.Account) {
		twin := *find(a, "e1")
		twin.EventID = "e21"
		a.Store.Events = append(a.Store.Events, twin)
	}, "I9: generateVid of ANN is upstream and 2 events"},
	"an event that tells of no VID": {func(a *check.Account) { find(a, "e1").RefHash = "v8" }, "I9: generateVid e1 says"},

	"a share without what was shared": {func(a *check.Account) { a.Store.Shares = a.Store.Shares[1:] }, "I10: share e10 has 0 rows"},
	"what was shared without a share": {func(a *check.Account) {
		a.Store.Shares = append(a.Store.Shares, ledger.Kept{Resident: bob, EventID: "e96"})
	}, "I10: what BOB shared with event e96"},
	"what was shared under another's event":       {func(a *check.Account) { a.Store.Shares[0].Resident = bob }, "I10: what BOB shared with event e10"},
	"two shares with one request":                 {func(a *check.Account) { find(a, "e11").CredentialRequestID = "r10" }, "I10: SHARE_CRED_WITH_PARTNER e11 has no request"},
	"a share that is not what the generator says": {func(a *check.Account) { a.Requests["r10"] = "CANCELLED" }, "I10: SHARE_CRED_WITH_PARTNER e10 is RECEIVED"},
	"a share told failed that upstream has":       {func(a *check.Account) { a.Requests["r18"] = "RECEIVED" }, "I10: SHARE_CRED_WITH_PARTNER e18 is FAILED"},
	"a card ready that is not there":              {func(a *check.Account) { delete(a.Requests, "r15") }, "I10: VID_CARD_DOWNLOAD e15 is CARD_READY_TO_DOWNLOAD"},

	"called off twice":                 {func(a *check.Account) { a.Upstream = append(a.Upstream, a.Upstream[4]) }, "I11: upstream took 2 calls"},
	"given up and told as called off":  {func(a *check.Account) { find(a, "e17").Status = "CANCELED" }, "I11: share e17 is CANCELED and its resident"},
	"called off upstream and not told": {func(a *check.Account) { find(a, "e11").Status = "SUCCESS" }, "I11: share e11 was called off upstream"},
	"told called off and it was not":   {without("withdrawShare", "r11"), "I11: share e11 is CANCELED and nobody"},
	"called off and told too late":     {func(a *check.Account) { answered(a, "k12").Code = "CONFLICT" }, "I11: calling share e11 off was answered too late"},
	"too late and told called off":     {func(a *check.Account) { answered(a, "k14").Code = "" }, "I11: calling share e13 off was answered done"},
	"told both": {func(a *check.Account) {
		both := *answered(a, "k12")
		both.Code = "CONFLICT"
		a.Client = append(a.Client, both)
	}, "I11: calling share e11 off was answered done and too late"},
	"calling off stays open": {func(a *check.Account) {
		i := slices.IndexFunc(a.Store.Keys, func(k ledger.Key) bool { return k.Key == "k12" })
		a.Store.Keys[i].Finished = false
	}, "I11: calling share e11 off is not settled"},
	"calling off was answered with another share": {func(a *check.Account) { answered(a, "k12").Event = "e10" }, "I11: calling share e11 off was answered with another"},

	"a card ready that is not kept": {func(a *check.Account) { a.Store.Cards = nil }, "I12: card e16 is ready and kept 0"},
	"a card kept and told failed":   {func(a *check.Account) { find(a, "e16").Status = "FAILED" }, "I12: a card of ANN is kept"},
	"a card of somebody else":       {func(a *check.Account) { a.Store.Cards[0].Resident = bob }, "I12: a card of BOB is kept"},
	"a card without an event": {func(a *check.Account) {
		a.Store.Cards = append(a.Store.Cards, ledger.Kept{Resident: bob, EventID: "e19"})
	}, "I12: a card of BOB is kept"},
}
