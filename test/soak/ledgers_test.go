package soak

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/upstream"
)

// open counts what is not closed yet.
const open = `select
	(select count(*) from event where status = 'IN_PROGRESS') +
	(select count(*) from idempotency where finished_at is null) +
	(select count(*) from delivery where applied_at is null) +
	(select count(*) from river_job where state <> 'completed')`

// wantClosed looks whether every ledger is closed, once everything has come to rest.
func wantClosed(t *testing.T, w *world, people []*person) {
	t.Helper()
	harness.Eventually(t, "what was asked for is done", func() bool { return w.number(t, open) == 0 })
	for _, name := range []string{"open_events", "waiting_jobs", "parked_jobs", "parked_deliveries", "unaudited_records_total"} {
		harness.Eventually(t, name+" is 0", func() bool { // what was read is told for some seconds
			n, known := w.read(t)["resident_graph_"+name]
			return known && n == 0
		})
	}
	// A job that was done twice would have called twice.
	sent := w.Calls(t)["notification"]
	if jobs := w.number(t, `select count(*) from river_job where kind = 'notify'`); jobs != sent {
		t.Errorf("%d messages were sent for %d that were due", sent, jobs)
	}
	records := w.number(t, `select coalesce(sum(jsonb_array_length(args->'records')), 0) from river_job where kind = 'audit'`)
	if written := w.Calls(t)["audit"]; records != written {
		t.Errorf("%d records were written for %d that were due", written, records)
	}
	living := map[string][]string{}
	for _, r := range w.Residents(t) {
		for _, v := range r.Vids {
			living[r.UIN] = append(living[r.UIN], upstream.RefHash(v.VID))
		}
	}
	for _, p := range people {
		p.wantUpstreamState(t, living[p.uin])
	}
}

// wantUpstreamState looks whether the history and the answers equal what MOSIP holds.
func (p *person) wantUpstreamState(t *testing.T, living []string) {
	t.Helper()
	w := p.world
	if n := w.number(t, `select count(*) from event where event_id = any($1) and status <> 'SUCCESS'`, p.events); n > p.troubles {
		t.Errorf("%d of %d writes failed, and %d upstreams were not reached", n, len(p.events), p.troubles)
	}
	if p.troubles > p.asked/20 {
		t.Errorf("%d upstreams were not reached in %d requests", p.troubles, p.asked)
	}
	stands, _ := harness.At(p.ask(p.http, standing, nil), "viewer", "authLocks").([]any)
	for _, l := range stands {
		kind, _ := harness.At(l, "type").(string)
		if asked, ok := p.locked[kind]; ok && (harness.At(l, "locked") != asked || harness.At(l, "pending") != nil) {
			t.Errorf("%s was asked to be locked: %t, and is %v", kind, asked, l)
		}
	}
	if n := w.number(t, `select count(*) from event where token_id = $1 and partner_id = 'mpartner-default-health'`, p.token); n != p.partners {
		t.Errorf("%d authentications at the partner, want %d", n, p.partners)
	}
	rows, err := w.db.Query(context.Background(), `select ref_hash, request_type = 'GENERATE_VID' from event
		where event_id = any($1) and ref_hash is not null and status = 'SUCCESS'`, p.events)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	var hash string
	var generated bool
	if _, err := pgx.ForEachRow(rows, []any{&hash, &generated}, func() error {
		if made[hash]--; generated {
			made[hash] += 2
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for hash, n := range made {
		if lives := slices.Contains(living, hash); lives != (n == 1) || n != 0 && n != 1 {
			t.Errorf("a VID was generated %d times more than revoked, and lives: %t", n, lives)
		}
	}
}

// wantSeen looks whether each of a person's subscribers saw every change once and in order.
func (p *person) wantSeen(t *testing.T) (frames, kills int) {
	t.Helper()
	w := p.world
	rows, err := w.db.Query(context.Background(), `select event_id, status, status_detail from event_change
		where token_id = $1 and seq > $2 order by seq`, p.token, p.before)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f frame, err error) {
		return f, row.Scan(&f.eventID, &f.status, &f.detail)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.subscribers {
		harness.Eventually(t, "the last change arrives", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.frames) >= len(want)
		})
		s.mu.Lock()
		cursors := map[string]bool{}
		got := slices.Clone(s.frames)
		for i := range got {
			cursors[got[i].cursor] = true
			got[i].cursor = ""
		}
		if !slices.Equal(got, want) || len(cursors) != len(want) {
			t.Errorf("a subscriber saw %d changes with %d cursors, want %d in their order", len(got), len(cursors), len(want))
		}
		if len(s.faults) > 0 {
			t.Errorf("%d connections broke by themselves: %v", len(s.faults), s.faults[0])
		}
		frames, kills = frames+len(got), kills+s.kills
		s.mu.Unlock()
	}
	return frames, kills
}
