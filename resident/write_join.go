package resident

import (
	"context"

	"github.com/resident-graph/resident-graph/store"
)

// underWay says that an event does already what a write asks for.
type underWay struct{ event *store.Event }

// Error tells a log; nobody else sees it.
func (u *underWay) Error() string { return "event " + u.event.EventID + " does this already" }

// another answers an underWay where same finds an event, which undoes what the transaction began.
func (w *write) another(ctx context.Context, tx store.Tx, e *store.Event) error {
	other, err := w.same(ctx, tx, e)
	if err != nil || other == nil {
		return err
	}
	return &underWay{other}
}

// join has a key stand for an event of another key, and answers it: pressed twice, a button does one thing.
func (s *Service) join(ctx context.Context, c claim, w write, e *store.Event) (*store.Event, error) {
	joined := false
	err := s.Store.InTx(ctx, func(tx store.Tx) (err error) {
		now := s.Now().UTC()
		if joined, err = tx.Begin(ctx, c.IdempotencyKey, c.hash, e.EventID, now); err != nil || !joined {
			return err
		}
		return tx.Finish(ctx, c.IdempotencyKey, now)
	})
	switch {
	case err != nil:
		return nil, err
	case !joined:
		return s.repeat(ctx, c, w)
	}
	return e, nil
}
