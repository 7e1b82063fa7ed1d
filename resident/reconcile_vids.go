package resident

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// clockSkew is how far ID Repository's clock may be behind ours.
const clockSkew = 5 * time.Second

// askVids compares the open VID events of a resident with the live VIDs.
func (r *Reconciler) askVids(ctx context.Context, events []*store.OpenEvent) error {
	s := r.service
	uin, err := s.uinOf(ctx, &events[0].Event)
	if err != nil {
		return err
	}
	asOf := s.Now().UTC()
	vids, err := s.Vids.List(ctx, uin)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.RequestType == store.RevokeVid {
			err = r.revoked(ctx, &e.Event, uin, vids, asOf)
		} else {
			err = r.generated(ctx, &e.Event, vids, asOf)
		}
		if err != nil {
			return err
		}
		if due := e.CreatedAt.Add(r.config.Grace + time.Second); due.After(asOf) { // by then it can be decided
			if err := s.Store.CheckAgain(ctx, &e.Event, due); err != nil {
				return err
			}
		}
	}
	return nil
}

// generated looks for the VID that an event made: one of its type that came into being with it and that no other event
// has made. When there is none and the call can no longer arrive, nothing was made.
func (r *Reconciler) generated(ctx context.Context, open *store.Event, vids []*vid.Vid, asOf time.Time) error {
	_, err := r.resolve(ctx, open, asOf, FromIDRepository, func(tx store.Tx, e *store.Event, b begun) (string, error) {
		claimed, err := tx.RefHashes(ctx, e.TokenID, store.GenerateVid)
		if err != nil {
			return "", err
		}
		from, to := e.CreatedAt.Add(-clockSkew), e.CreatedAt.Add(r.config.Grace+clockSkew)
		for _, v := range vids {
			mine := len(e.Attributes) > 0 && string(v.Type) == e.Attributes[0]
			if mine && !v.CreatedAt.Before(from) && v.CreatedAt.Before(to) && !claimed[v.Hash()] {
				refer(e, v)
				return "VID_GENERATED", nil
			}
		}
		if b.late {
			return notDone(e), nil
		}
		return "", nil
	})
	return err
}

// revoked says whether the VID of an event is gone. One that is still live when the call can no longer arrive is revoked
// again: the resident asked for it, and a VID is revoked once however often it is asked for.
func (r *Reconciler) revoked(ctx context.Context, open *store.Event, uin string, vids []*vid.Vid, asOf time.Time) error {
	var live *vid.Vid
	for _, v := range vids {
		if open.RefHash != nil && v.Hash() == *open.RefHash {
			live = v
		}
	}
	again := false
	_, err := r.resolve(ctx, open, asOf, FromIDRepository, func(tx store.Tx, e *store.Event, b begun) (string, error) {
		switch {
		case live == nil:
			return "VID_REVOKED", nil
		case !b.late:
			return "", nil
		case asOf.Sub(e.CreatedAt) > giveUpAfter:
			return notDone(e), nil
		}
		// Whoever takes the key sends: the resident's own repeat waits then.
		now := r.service.Now().UTC()
		var err error
		again, err = tx.RetakeEvent(ctx, e.TokenID, e.EventID, now.Add(-r.config.Grace), now)
		return "", err
	})
	if err != nil || !again {
		return err
	}
	failpoint("reconcile.revoking")
	if _, err := r.service.Vids.Revoke(ctx, uin, live.Number); err != nil && upstream.KindOf(err) != upstream.Refused {
		return err
	} else if err != nil {
		return nil //nolint:nilerr // the next look tells whether it is gone
	}
	_, err = r.resolve(ctx, open, asOf.Add(r.config.Grace+time.Hour), FromIDRepository, func(store.Tx, *store.Event, begun) (string, error) {
		return "VID_REVOKED", nil
	})
	return err
}
