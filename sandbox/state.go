package sandbox

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// state keeps what the sandbox must still know after a restart: one row per
// record, by noun and key, written before the caller hears of it. Without a
// database it forgets, and nothing else changes.
type state struct {
	pool *pgxpool.Pool // nil: memory only
}

const stateSchema = `
create schema if not exists sandbox;
create table if not exists sandbox.record (
	noun  text  not null,
	key   text  not null,
	value bytea not null,
	primary key (noun, key)
)`

// openState makes the schema. A database that was filled under another seed
// holds residents nobody knows any more: it is emptied.
func openState(ctx context.Context, pool *pgxpool.Pool, seed string) (*state, error) {
	s := &state{pool: pool}
	if pool == nil {
		return s, nil
	}
	if _, err := pool.Exec(ctx, stateSchema); err != nil {
		return nil, fmt.Errorf("make the sandbox schema: %w", err)
	}
	old, err := s.load(ctx, "seed")
	if err != nil {
		return nil, err
	}
	if string(old["seed"]) == seed {
		return s, nil
	}
	if _, err := pool.Exec(ctx, `truncate sandbox.record`); err != nil {
		return nil, fmt.Errorf("empty the sandbox schema: %w", err)
	}
	return s, s.saveBytes(ctx, "seed", "seed", []byte(seed))
}

// save writes v as JSON under noun and key.
func (s *state) save(ctx context.Context, noun, key string, v any) error {
	if s.pool == nil {
		return nil
	}
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a %s: %w", noun, err)
	}
	return s.saveBytes(ctx, noun, key, value)
}

func (s *state) saveBytes(ctx context.Context, noun, key string, value []byte) error {
	if s.pool == nil {
		return nil
	}
	_, err := s.pool.Exec(ctx, `insert into sandbox.record (noun, key, value) values ($1, $2, $3)
		on conflict (noun, key) do update set value = excluded.value`, noun, key, value)
	if err != nil {
		return fmt.Errorf("save a %s: %w", noun, err)
	}
	return nil
}

// saveAll writes many records of a noun at once: all of them or none.
func (s *state) saveAll(ctx context.Context, noun string, records map[string]any) error {
	if s.pool == nil {
		return nil
	}
	keys, values := make([]string, 0, len(records)), make([][]byte, 0, len(records))
	for key, record := range records {
		value, err := json.Marshal(record)
		if err != nil {
			return fmt.Errorf("encode a %s: %w", noun, err)
		}
		keys, values = append(keys, key), append(values, value)
	}
	_, err := s.pool.Exec(ctx, `insert into sandbox.record (noun, key, value)
		select $1, r.key, r.value from unnest($2::text[], $3::bytea[]) as r (key, value)`, noun, keys, values)
	if err != nil {
		return fmt.Errorf("save %s records: %w", noun, err)
	}
	return nil
}

func (s *state) remove(ctx context.Context, noun, key string) error {
	if s.pool == nil {
		return nil
	}
	if _, err := s.pool.Exec(ctx, `delete from sandbox.record where noun = $1 and key = $2`, noun, key); err != nil {
		return fmt.Errorf("remove a %s: %w", noun, err)
	}
	return nil
}

// load returns every record of a noun by key; none without a database.
func (s *state) load(ctx context.Context, noun string) (map[string][]byte, error) {
	records := map[string][]byte{}
	if s.pool == nil {
		return records, nil
	}
	rows, err := s.pool.Query(ctx, `select key, value from sandbox.record where noun = $1`, noun)
	if err != nil {
		return nil, fmt.Errorf("load %s records: %w", noun, err)
	}
	var key string
	var value []byte
	_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		records[key] = append([]byte(nil), value...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load %s records: %w", noun, err)
	}
	return records, nil
}

// hubStore lends the hub a noun of the state.
type hubStore struct{ state *state }

func (h hubStore) Save(ctx context.Context, key string, value []byte) error {
	return h.state.saveBytes(ctx, "hub", key, value)
}

func (h hubStore) Delete(ctx context.Context, key string) error {
	return h.state.remove(ctx, "hub", key)
}

func (h hubStore) All(ctx context.Context) (map[string][]byte, error) {
	return h.state.load(ctx, "hub")
}
