package store_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/store"
)

// unsealed are the columns of bytes that no Vault sealed: hashes, what the hub sent and its secret.
var unsealed = []string{"idempotency.input_hash", "delivery.body_hash", "delivery.body", "subscription.secret"}

// TestEveryColumnOfBytesIsSealedOrSaidNotToBe fails for a column that a rotation of the data key would forget.
func TestEveryColumnOfBytesIsSealedOrSaidNotToBe(t *testing.T) {
	pool := open(t)
	rows, err := pool.Query(t.Context(), `select c.table_name || '.' || c.column_name from information_schema.columns c
		join pg_class r on r.relname = c.table_name and not r.relispartition
		where c.table_schema = 'public' and c.data_type = 'bytea' and c.table_name not like 'river%'`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	for _, column := range found {
		sealed := slices.Contains(store.SealedColumns, store.SealedColumn(column))
		if sealed == slices.Contains(unsealed, column) {
			t.Errorf("%s: name it in store.SealedColumns with its statements, or here as not sealed", column)
		}
	}
	for _, column := range store.SealedColumns {
		if !slices.Contains(found, string(column)) {
			t.Errorf("there is no column %s", column)
		}
		p := &store.SealedProgress{KeyID: 1}
		s := store.New(pool)
		if _, err := s.SealedValues(t.Context(), column, p); err != nil {
			t.Errorf("%s is not read: %v", column, err)
		}
		p.TokenID = "none"
		if err := s.Reseal(t.Context(), column, []*store.SealedValue{{TokenID: "none", RowID: rowOf(column), Sealed: []byte("a"), Anew: []byte("b")}}, p); err != nil {
			t.Errorf("%s is not written: %v", column, err)
		}
		if kept, err := s.SealedProgress(t.Context(), column, 1); err != nil || kept.TokenID != "none" || kept.Finished {
			t.Errorf("%s: how far it is is not kept: %+v %v", column, kept, err)
		}
		if other, err := s.SealedProgress(t.Context(), column, 2); err != nil || other.TokenID != "" {
			t.Errorf("%s: the next rotation does not begin at the start: %+v %v", column, other, err)
		}
	}
}

// rowOf answers a second part of a key that is well-formed and nobody's.
func rowOf(c store.SealedColumn) string {
	switch c {
	case store.GrievanceSealed:
		return "00000000-0000-0000-0000-000000000000"
	case store.HistoryCheckIndividualID:
		return ""
	}
	return "none"
}
