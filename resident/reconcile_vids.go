package resident

import (
	"context"
	"slices"
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
// has made. When there is none and the call can no longer arrive, nothing was made. A VID stays nobody's while another
// event of the type may be the one that has just made it.
func (r *Reconciler) generated(ctx context.Context, open *store.Event, vids []*vid.Vid, asOf time.Time) error {
	waits := false
	_, err := r.resolve(ctx, open, asOf, FromIDRepository, func(tx store.Tx, e *store.Event, b begun) (string, error) {
		// In this order: a write that ends meanwhile is still among the open ones, or has its VID.
		all, err := tx.OpenWrites(ctx, e.TokenID, store.GenerateVid)
		if err != nil {
			return "", err
		}
		claimed, err := tx.RefHashes(ctx, e.TokenID, store.GenerateVid)
		if err != nil {
			return "", err
		}
		made, underWay := r.madeBy(e, all, vids, claimed, asOf)
		waits = made != nil && underWay
		switch {
		case waits:
			return "", nil
		case made != nil:
			refer(e, made)
			return "VID_GENERATED", nil
		case b.late:
			return notDone(e), nil
		}
		return "", nil
	})
	if err != nil || !waits {
		return err
	}
	return r.service.Store.CheckAgain(ctx, open, asOf.Add(clockSkew))
}

// madeBy answers the VID that is an event's when each open event of its type, from the oldest, has the oldest VID that can
// be its own: so no VID is left over that one of them could have made. underWay says that the call of another is not
// answered yet.
func (r *Reconciler) madeBy(e *store.Event, open []*store.OpenWrite, vids []*vid.Vid, claimed map[string]bool, asOf time.Time) (made *vid.Vid, underWay bool) {
	for _, o := range open {
		if len(e.Attributes) == 0 || !slices.Equal(o.Attributes, e.Attributes) {
			continue
		}
		from, to := o.CreatedAt.Add(-clockSkew), o.CreatedAt.Add(r.config.Grace+clockSkew)
		for _, v := range slices.Backward(vids) { // the oldest first
			if string(v.Type) == o.Attributes[0] && !v.CreatedAt.Before(from) && v.CreatedAt.Before(to) && !claimed[v.Hash()] {
				claimed[v.Hash()] = true
				if o.EventID == e.EventID {
					made = v
				}
				break
			}
		}
		underWay = underWay || o.EventID != e.EventID && o.StatusDetail != Unknown && o.FinishedAt == nil &&
			o.StartedAt != nil && asOf.Sub(*o.StartedAt) <= r.config.Grace
	}
	return made, underWay
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
