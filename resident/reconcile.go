package resident

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// Reconciler asks upstream about everything that is open, so that a lost delivery or a crash costs time and never truth.
// See docs/reconciliation.md.
type Reconciler struct {
	service *Service
	config  ReconcilerConfig
	// writing has room for writesAtOnce: after an outage there is much to write, and residents need the database too.
	writing *semaphore.Weighted
	lost    chan struct{}
}

// ReconcilerConfig says how long the reconciler waits before it decides.
type ReconcilerConfig struct {
	// ConfirmLocksAfter is how old a lock is that counts as confirmed because ID Repository holds it, though ID
	// Authentication never said so.
	ConfirmLocksAfter time.Duration
	// Grace is how long after its beginning a write may still arrive upstream; what is not there then never will be. It
	// must exceed everything that a call can take.
	Grace time.Duration
	// HistoryFirst is how long after a sign-in the resident's authentications are compared with ID Authentication's, and
	// HistoryLongest the longest pause between later comparisons.
	HistoryFirst, HistoryLongest time.Duration
}

const (
	atOnce       = 16  // calls to one service
	writesAtOnce = 6   // transactions, of all loops together
	takeAtOnce   = 500 // events
	lookEvery    = time.Second
	askWithin    = 30 * time.Second
	// giveUpAfter is how old a write is that is neither done nor undone upstream and is not tried any more, and one
	// without a key that counts as never sent where upstream does not know it.
	giveUpAfter = time.Hour
	// afterTrouble is how long a service in trouble is left alone, at least.
	afterTrouble = 10 * time.Second
)

// NewReconciler makes a reconciler.
func NewReconciler(s *Service, config ReconcilerConfig) *Reconciler {
	config.Grace = max(config.Grace, 3*s.Deadline)
	return &Reconciler{service: s, config: config, writing: semaphore.NewWeighted(writesAtOnce), lost: make(chan struct{}, 1)}
}

// asker asks one service about the open events of one resident.
type asker struct {
	name  string
	types []store.RequestType
	ask   func(ctx context.Context, events []*store.OpenEvent) error
}

// Run asks until ctx ends: each service beside the others, so that a slow one holds up its own events alone.
func (r *Reconciler) Run(ctx context.Context) error {
	askers := []asker{
		{"locks", []store.RequestType{store.AuthTypeLockUnlock}, r.askLocks},
		{"personalised cards", []store.RequestType{store.DownloadPersonalizedCard}, r.endPersonalized},
		{"vids", []store.RequestType{store.GenerateVid, store.RevokeVid}, r.askVids},
	}
	if r.service.Credentials != nil {
		askers = append(askers, asker{"credentials",
			[]store.RequestType{store.ShareCredWithPartner, store.VidCardDownload, store.GetMyID}, r.askCredentials},
			asker{"orders", []store.RequestType{store.OrderPhysicalCard}, r.askOrders})
	}
	if r.service.Registration != nil {
		askers = append(askers, asker{"registration", []store.RequestType{store.UpdateMyUIN}, r.askRegistration})
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, a := range askers {
		group.Go(func() error {
			return r.every(ctx, a.name, func() (bool, error) { return r.round(ctx, a) })
		})
	}
	group.Go(func() error {
		return r.every(ctx, "authentications", func() (bool, error) { return r.compareHistories(ctx) })
	})
	group.Go(func() error {
		return r.every(ctx, "unlocks", func() (bool, error) { return r.endUnlocks(ctx) })
	})
	group.Go(func() error { return r.watchHub(ctx) })
	return group.Wait()
}

// every does work again and again until ctx ends, at once while it says that there is more.
func (r *Reconciler) every(ctx context.Context, what string, work func() (more bool, err error)) error {
	for {
		more, err := work()
		if err != nil && ctx.Err() == nil {
			r.service.Log.WarnContext(ctx, "reconciler", "what", what, "error", err)
		}
		if more && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
	}
}

// round takes what is due and asks about it, resident by resident.
func (r *Reconciler) round(ctx context.Context, a asker) (more bool, err error) {
	events, err := r.service.Store.TakeOpen(ctx, a.types, takeAtOnce)
	if err != nil || len(events) == 0 {
		return false, err
	}
	failpoint("reconcile.taken")
	byResident := map[string][]*store.OpenEvent{}
	for _, e := range events {
		byResident[e.TokenID] = append(byResident[e.TokenID], e)
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, theirs := range byResident {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, askWithin)
			defer cancel()
			if err := a.ask(ctx, theirs); err != nil {
				r.failed(ctx, a.name, theirs, err)
			}
			return nil
		})
	}
	_ = group.Wait() // none answers an error
	return len(events) == takeAtOnce, nil
}

// failed has events asked about again that could not be: soon when a service is in trouble, so that what is open is
// settled soon after it is back; else when their turn comes.
func (r *Reconciler) failed(ctx context.Context, what string, events []*store.OpenEvent, err error) {
	s, log := r.service, r.service.Log.DebugContext
	if errors.Is(err, errHopeless) {
		log = s.Log.ErrorContext // an operator must look
	}
	log(ctx, "open event not asked about", "what", what, "event", events[0].EventID, "checks", events[0].Checks, "error", err)
	if upstream.KindOf(err) == 0 || upstream.KindOf(err) == upstream.Refused {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline)
	defer cancel()
	for _, e := range events {
		at := s.Now().Add(afterTrouble + rand.N(afterTrouble))
		if err := s.Store.CheckAgain(ctx, &e.Event, at); err != nil {
			return // then when its turn comes
		}
	}
}

// begun says how a write stands as seen from here.
type begun struct {
	accepted bool // upstream answered it, or it needed no call
	late     bool // nothing of it can still be on its way
}

// decide answers the word to which an open event moves, "" for none yet. It runs in the transaction that moves the event.
type decide func(tx store.Tx, e *store.Event, b begun) (word string, err error)

// resolve moves an open event to what upstream holds, unless its first call is still under way. asOf is when upstream
// was asked. The event's key is settled with it. It answers whether the event moved.
func (r *Reconciler) resolve(ctx context.Context, open *store.Event, asOf time.Time, source string, what decide) (moved bool, err error) {
	s := r.service
	err = r.write(ctx, func(tx store.Tx) error {
		if err := tx.LockResident(ctx, open.TokenID); err != nil {
			return err
		}
		e, err := tx.LockEvent(ctx, open.TokenID, open.EventID)
		if err != nil || e.Status != store.InProgress {
			return err
		}
		b, err := r.begunOf(ctx, tx, e, asOf)
		if err != nil || !b.accepted && !b.late && e.StatusDetail != Unknown {
			return err
		}
		word, err := what(tx, e, b)
		if err != nil || word == "" {
			return err
		}
		if moved, err = s.advance(ctx, tx, e, word, source); err != nil {
			return err
		}
		if moved && e.Status != store.InProgress && e.RequestType == store.AuthTypeLockUnlock {
			if err := tx.SettleAuthLocks(ctx, e.TokenID, e.EventID, e.UpdatedAt, e.Status == store.Failed); err != nil {
				return err
			}
		}
		failpoint("reconcile.resolving")
		return tx.FinishEvent(ctx, e.TokenID, e.EventID, s.Now().UTC()) // upstream has it, or never will
	})
	if err == nil && moved {
		failpoint("reconcile.resolved")
		s.wake(ctx, open.TokenID)
	}
	return moved, err
}

// write runs do in a transaction, when there is room for one.
func (r *Reconciler) write(ctx context.Context, do func(store.Tx) error) error {
	if err := r.writing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer r.writing.Release(1)
	return r.service.Store.InTx(ctx, do)
}

// begunOf reads how the write of an event stands, and keeps it so until the transaction ends.
func (r *Reconciler) begunOf(ctx context.Context, tx store.Tx, e *store.Event, asOf time.Time) (begun, error) {
	key, err := tx.LockIdempotencyOf(ctx, e.TokenID, e.EventID)
	if errors.Is(err, store.ErrNotFound) { // imported, or the key was forgotten
		age := asOf.Sub(e.CreatedAt)
		// Nobody can send it any more, and nothing tells that it ever was, if it stands where it began.
		unsent := e.StatusDetail == machines[e.RequestType].start && age > giveUpAfter
		return begun{accepted: e.StatusDetail != Unknown && !unsent, late: age > r.config.Grace}, nil
	}
	if err != nil {
		return begun{}, err
	}
	age := asOf.Sub(key.StartedAt)
	return begun{accepted: key.FinishedAt != nil, late: age > r.config.Grace}, nil
}

// notDone marks an event as failed because upstream never did it.
func notDone(e *store.Event) string {
	code := string(UpstreamUnavailable)
	e.ErrorCode = &code
	return failedWord
}
