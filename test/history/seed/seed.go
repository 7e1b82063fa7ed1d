// Package seed fills a database with a service history that is as long as a country's, in one pass of SQL: what no
// sandbox could act out.
package seed

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// History says how long the histories are.
type History struct {
	// Events of all residents together.
	Events int
	// Owner is the token id of the one resident with a long history of Own events; the others have a hundred each.
	Owner string
	Own   int
}

// The events of a resident are a few hours to days apart and end now: nine of ten are authentications, one of twenty is
// a lock that moved by itself, and every second one of those is unread; a few are open. Each has one change, locks two.
const (
	makeSource = `create temporary table seed as
		select token, n, step, (1000000000000000 + g)::text as event_id, n % 20 as kind,
			now() - (total - n) * step as at, g
		from (select g, g < $2 as own, case when g < $2 then $3 else '90' || (g - $2) % $4 end as token,
				case when g < $2 then g else (g - $2) / $4 end + 1 as n,
				case when g < $2 then $2 else ($1 - $2) / $4 + 1 end as total,
				case when g < $2 then interval '4 hours' else interval '16 days' end as step
			from generate_series(0, $1 - 1) g) rows`

	fillEvents = `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, read,
			async, news, signed_in_with, login_mode, partner_id, partner_name, attributes, ref_hash, request_id)
		select token, event_id,
			case kind when 0 then 'AUTH_TYPE_LOCK_UNLOCK' when 1 then 'GENERATE_VID' else 'AUTHENTICATION_REQUEST' end,
			case when n % 200 = 0 then 'IN_PROGRESS' when n % 7 = 0 then 'FAILED' else 'SUCCESS' end,
			case kind when 0 then 'COMPLETED' when 1 then 'VID_GENERATED' else 'Y' end, at, at + interval '1 second', kind <> 0 or n % 40 = 0, kind = 0, n + n / 20, 'UIN', 'OTP-AUTH',
			case when kind > 1 then 'mpartner-default-health' end, case when kind > 1 then 'Health' end,
			case kind when 0 then '{BIO_FACE}' else '{}' end::text[],
			case when kind > 1 then upper(encode(sha256((g % 5)::text::bytea), 'hex')) end, gen_random_uuid()::text
		from seed`

	fillChanges = `insert into event_change (token_id, seq, event_id, status, status_detail, source, at)
		select token, n + n / 20, event_id, case when n % 7 = 0 then 'FAILED' else 'SUCCESS' end,
			case kind when 0 then 'COMPLETED' when 1 then 'VID_GENERATED' else 'Y' end, 'ID_AUTHENTICATION', at from seed
		union all
		select token, n + n / 20 - 1, event_id, 'IN_PROGRESS', 'NEW', 'RESIDENT', at - interval '1 second'
		from seed where kind = 0`

	fillLocks = `insert into auth_lock (token_id, event_id, type, locked, before, requested_at, confirmed_at)
		select token, event_id, 'BIO_FACE', n % 40 = 0, n % 40 <> 0, at, at from seed where kind = 0`

	fillResidents = `insert into resident_state (token_id, seq)
		select token, max(n + n / 20) from seed group by token
		on conflict (token_id) do update set seq = excluded.seq`
)

// Fill writes the histories into a database that has the schema and no events of these residents, and gathers the
// statistics for the planner.
func Fill(ctx context.Context, database string, h History) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	residents := max((h.Events-h.Own)/100, 1)
	if _, err := conn.Exec(ctx, makeSource, h.Events, h.Own, h.Owner, residents); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	for _, sql := range []string{`set work_mem = '128MB'`, fillEvents, fillChanges, fillLocks, fillResidents,
		`drop table seed`, `analyze event`, `analyze event_change`, `analyze auth_lock`, `analyze resident_state`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("seed: %.30s: %w", sql, err)
		}
	}
	return nil
}
