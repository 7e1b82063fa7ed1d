package faults

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/faults/check"
	"github.com/resident-graph/resident-graph/test/faults/ledger"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// quietWithin is how long all that is open may take to come to its end.
const quietWithin = 3 * time.Minute

// token answers the owner key of a resident.
func (w *world) token(uin string) string {
	e := w.mosip.environment
	return keymanager.TokenID(uin, e["ONLINE_VERIFICATION_PARTNER_ID"], e["TOKEN_ID_UIN_SALT"], e["TOKEN_ID_PARTNER_CODE_SALT"])
}

// quiet waits until nothing is left to be done.
func (w *world) quiet() {
	w.t.Helper()
	w.within(quietWithin, "nothing is open and no message waits", func() bool {
		return w.number(`select (select count(*) from event where status = 'IN_PROGRESS') +
			(select count(*) from idempotency where finished_at is null) +
			(select count(*) from delivery where applied_at is null and parked is null)`) == 0
	})
}

// account waits until all is quiet and answers what the ledgers and the store hold then.
func (w *world) account() *check.Account {
	w.t.Helper()
	w.quiet()
	for _, f := range w.followers {
		w.within(quietWithin, f.name+" has seen everything", func() bool {
			return f.count() >= int64(w.number(`select coalesce(max(seq), 0) from event_change where token_id = $1`, w.token(f.person.uin)))
		})
	}
	time.Sleep(200 * time.Millisecond) // for what comes once too often
	a := &check.Account{Store: w.store(), GaveUp: w.gaveUp, Before: map[string]ledger.Screen{}, After: map[string]ledger.Screen{}}
	for _, p := range w.people {
		a.Before[p.hash], a.After[p.hash] = p.before, p.screen()
	}
	for _, f := range w.followers {
		f.stop()
	}
	a.Client = lines[ledger.Client](w, "client")
	a.Upstream = lines[ledger.Upstream](w, "upstream")
	a.Arrivals = lines[ledger.Arrival](w, "arrivals")
	a.Requests = map[string]string{}
	for _, r := range w.server.CardRequests(w.t) {
		a.Requests[r.RequestID] = r.Status
	}
	a.Publisher = append(lines[ledger.Publisher](w, "publisher"), lines[ledger.Publisher](w, "forger")...)
	a.Reads = lines[ledger.Reading](w, "reader")
	a.Subscriber = lines[ledger.Subscriber](w, "subscriber")
	return a
}

func lines[T any](w *world, name string) []T {
	w.t.Helper()
	all, err := ledger.Read[T](filepath.Join(w.dir, name+".jsonl"))
	w.must(err)
	return all
}

// store reads the tables, with residents under their names in the ledgers.
func (w *world) store() ledger.Store {
	w.t.Helper()
	names := map[string]string{}
	for _, p := range w.people {
		names[w.token(p.uin)] = p.hash
	}
	s := ledger.Store{
		Events: rows[ledger.Event](w, `select token_id, event_id, request_type, status, status_detail, coalesce(ref_hash, ''),
			coalesce(request_id, ''), coalesce(credential_request_id, '') from event`),
		Keys:       rows[ledger.Key](w, `select token_id, mutation, key, event_id, finished_at is not null from idempotency`),
		Changes:    rows[ledger.Change](w, `select token_id, seq, event_id, status, status_detail from event_change order by token_id, seq`),
		Deliveries: rows[ledger.Delivery](w, `select topic, encode(body_hash, 'hex'), applied_at is not null, parked is not null from delivery`),
		Shares:     rows[ledger.Kept](w, `select token_id, event_id from share`),
		Cards:      rows[ledger.Kept](w, `select token_id, substr(key, 6) from file where key like 'card/%'`),
	}
	for i := range s.Events {
		s.Events[i].Resident = names[s.Events[i].Resident]
	}
	for i := range s.Keys {
		s.Keys[i].Resident = names[s.Keys[i].Resident]
	}
	for i := range s.Changes {
		s.Changes[i].Resident = names[s.Changes[i].Resident]
	}
	for _, kept := range [][]ledger.Kept{s.Shares, s.Cards} {
		for i := range kept {
			kept[i].Resident = names[kept[i].Resident]
		}
	}
	for i := range s.Deliveries {
		s.Deliveries[i].Hash = strings.ToUpper(s.Deliveries[i].Hash)
	}
	return s
}

func rows[T any](w *world, query string) []T {
	w.t.Helper()
	found, err := w.db.Query(context.Background(), query)
	w.must(err)
	all, err := pgx.CollectRows(found, pgx.RowToStructByPos[T])
	w.must(err)
	return all
}

// hashOf answers a hash as the ledgers write it.
func hashOf(sum [32]byte) string { return strings.ToUpper(hex.EncodeToString(sum[:])) }
