package resident

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/ida"
)

const (
	// historyPage is how many authentications are asked for first, historyMost at most. One call answers them: while
	// pages are read one after the other, a new authentication moves the others to another page.
	historyPage, historyMost = 50, 5000
	// historySlack is how much later than its own time an authentication may appear in the history.
	historySlack = 10 * time.Minute
	// historyLost is how old an authentication is whose message must have been lost.
	historyLost = 20 * time.Second
)

// compareHistories compares the authentications of residents with a session with ID Authentication's.
func (r *Reconciler) compareHistories(ctx context.Context) (more bool, err error) {
	s := r.service
	due, err := s.Store.TakeHistory(ctx, takeAtOnce, r.config.HistoryFirst, r.config.HistoryLongest)
	if err != nil || len(due) == 0 {
		return false, err
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, check := range due {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, askWithin)
			defer cancel()
			if err := r.compareHistory(ctx, check); err != nil {
				s.Log.DebugContext(ctx, "authentications not compared", "error", err)
			}
			return nil
		})
	}
	_ = group.Wait() // none answers an error
	return len(due) == takeAtOnce, nil
}

// compareHistory adds the authentications of one resident whose messages never came.
func (r *Reconciler) compareHistory(ctx context.Context, check *store.HistoryCheck) error {
	s, asOf := r.service, r.service.Now().UTC()
	uin, err := s.Vault.Open(ctx, check.IndividualID)
	if err != nil {
		return err
	}
	since := time.Time{}
	if check.EqualUntil != nil {
		since = check.EqualUntil.Add(-historySlack)
	}
	theirs, err := r.historySince(ctx, string(uin), since)
	if err != nil {
		return err
	}
	added, lost, err := r.addMissing(ctx, check, theirs, asOf)
	if err != nil {
		return err
	}
	if added > 0 {
		s.wake(ctx, check.TokenID)
		s.Log.InfoContext(ctx, "authentications found in the history", "added", added)
	}
	if lost {
		r.hasten(ctx)
	}
	return s.Store.HistoryEqual(ctx, check.TokenID, asOf)
}

// historySince answers the transactions since a time, newest first; of a resident who was never compared the newest.
func (r *Reconciler) historySince(ctx context.Context, uin string, since time.Time) ([]ida.Transaction, error) {
	for size := historyPage; ; size *= 10 {
		all, err := r.service.IDA.AuthTransactions(ctx, uin, 1, min(size, historyMost))
		if upstream.HasCode(err, "IDA-MLC-018") { // not known there yet, so never used
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		n := 0
		for n < len(all) && !all[n].At.Before(since) {
			n++
		}
		whole := len(all) < size || n < len(all) || size >= historyMost
		if whole {
			return all[:n], nil
		}
	}
}

// addMissing adds what the history has more often than we do. lost says that some message is surely lost.
func (r *Reconciler) addMissing(ctx context.Context, check *store.HistoryCheck, theirs []ida.Transaction, asOf time.Time) (added int, lost bool, err error) {
	if len(theirs) == 0 {
		return 0, false, nil
	}
	names := r.partnersByName(ctx)
	err = r.write(ctx, func(tx store.Tx) error {
		if err := tx.LockResident(ctx, check.TokenID); err != nil {
			return err
		}
		oldest := theirs[len(theirs)-1].At
		for _, t := range theirs {
			if t.At.Before(oldest) {
				oldest = t.At
			}
		}
		ours, err := tx.Authentications(ctx, check.TokenID, oldest)
		if err != nil {
			return err
		}
		for i := len(theirs) - 1; i >= 0; i-- { // oldest first, so that changes come in their order
			t := theirs[i]
			if t.At.IsZero() {
				continue // nothing tells it from others
			}
			key := keyOf(t)
			if ours[key] > 0 {
				ours[key]--
				continue
			}
			e, err := r.missed(check, t, names[t.EntityName])
			if err != nil {
				return err
			}
			if _, err := tx.InsertEvent(ctx, e, FromIDAuthentication); err != nil {
				return err
			}
			added++
			lost = lost || asOf.Sub(t.At) > historyLost && check.EqualUntil != nil
		}
		return nil
	})
	return added, lost, err
}

// keyOf answers what tells a transaction from others in the history.
func keyOf(t ida.Transaction) store.Authentication {
	return store.Authentication{At: t.At.UTC().Truncate(time.Second), LoginMode: strings.Join(t.AuthTypes, ","),
		Succeeded: t.Success, PartnerName: t.EntityName, RefHash: t.IDHash}
}

// missed makes the event of a transaction whose message never came. The history does not give IDA's key, so the event
// waits for the message to bring it.
func (r *Reconciler) missed(check *store.HistoryCheck, t ida.Transaction, partnerID string) (*store.Event, error) {
	data := authenticationData{RequestTime: upstream.WireTime{Time: t.At}, AuthType: strings.Join(t.AuthTypes, ","), Status: "N",
		IDType: t.IDType, PartnerName: t.EntityName, PartnerID: partnerID, TokenID: check.TokenID, IndividualID: t.IDHash}
	if t.Success {
		data.Status = "Y"
	}
	return r.service.authenticationEvent(data, "")
}

// partnersByName answers the partners' ids by their names, which is all that the history gives of them. A name that two
// share tells neither, and without Partner Management the event has the name alone.
func (r *Reconciler) partnersByName(ctx context.Context) map[string]string {
	partners, err := r.service.References.Partners(ctx)
	if err != nil {
		return nil
	}
	names := make(map[string]string, len(partners))
	for _, p := range partners {
		if _, taken := names[p.Name]; taken {
			names[p.Name] = ""
			continue
		}
		names[p.Name] = p.Key
	}
	return names
}
