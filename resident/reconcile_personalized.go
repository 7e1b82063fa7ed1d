package resident

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// endPersonalized ends the cards whose making was interrupted: they are made here, so nobody else can tell of them, and
// none is ready that is not recorded.
func (r *Reconciler) endPersonalized(ctx context.Context, events []*store.OpenEvent) error {
	asOf := r.service.Now().UTC()
	for _, e := range events {
		_, err := r.resolve(ctx, &e.Event, asOf, FromResident, func(_ store.Tx, e *store.Event, b begun) (string, error) {
			if !b.accepted && b.late {
				return notDone(e), nil
			}
			return "", nil
		})
		if err != nil {
			return err
		}
		if due := e.CreatedAt.Add(r.config.Grace + time.Second); due.After(asOf) {
			if err := r.service.Store.CheckAgain(ctx, &e.Event, due); err != nil {
				return err
			}
		}
	}
	return nil
}
