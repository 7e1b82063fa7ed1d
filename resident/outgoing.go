package resident

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/audit"
	"github.com/resident-graph/resident-graph/upstream/notification"
)

// Outgoing is what follows from an outcome and never changes it: messages to residents and audit records. Both are jobs
// that become visible with the outcome and are worked on by any replica.
type Outgoing struct {
	service  *Service
	config   OutgoingConfig
	queue    *store.Queue
	messages *notification.Client
	records  *audit.Client
	reads    chan auditRecord
	// unaudited counts what found no room in reads.
	unaudited atomic.Uint64
}

// OutgoingConfig says how residents are written to and how long a job is tried.
type OutgoingConfig struct {
	// Languages are those of messages to residents who prefer none.
	Languages []string
	Channels  []Channel
	Zone      *time.Location // of dates and times in messages
	TrackURL  string         // of an event's page; the event id is appended
	NotifyFor time.Duration
	AuditFor  time.Duration
	// AuditReads has reads audited too, and not only what residents do.
	AuditReads bool
	Host       AuditHost
}

const (
	notifyQueue = "notify"
	auditQueue  = "audit"
	// attemptsToDiscard bounds attempts at what is wrong with the job itself; trouble of a service does not count.
	attemptsToDiscard = 12
	// keepParked is how long a job that nobody can finish stays to be looked at.
	keepParked  = 30 * 24 * time.Hour
	jobTimeout  = 30 * time.Second
	longestWait = 5 * time.Minute
	stopWithin  = 5 * time.Second
)

// NewOutgoing makes the jobs of a service; they are worked on while Run runs.
func NewOutgoing(ctx context.Context, s *Service, config OutgoingConfig, messages *notification.Client, records *audit.Client) (*Outgoing, error) {
	o := &Outgoing{service: s, config: config, messages: messages, records: records, reads: make(chan auditRecord, readsAtMost)}
	workers := river.NewWorkers()
	river.AddWorker(workers, &notifyWorker{outgoing: o})
	river.AddWorker(workers, &auditWorker{outgoing: o})
	var err error
	o.queue, err = s.Store.NewQueue(ctx, &river.Config{
		Logger: slog.New(quiet{s.Log.Handler()}), Workers: workers,
		Queues: map[string]river.QueueConfig{
			notifyQueue: {MaxWorkers: 8},
			auditQueue:  {MaxWorkers: 8},
		},
		FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 100 * time.Millisecond,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: 4 * jobTimeout,
		CompletedJobRetentionPeriod: time.Hour, CancelledJobRetentionPeriod: keepParked, DiscardedJobRetentionPeriod: keepParked,
		ErrorHandler: &parkedJobs{log: s.Log},
	})
	return o, err
}

// Run works on jobs until ctx ends, and then finishes those under way.
func (o *Outgoing) Run(ctx context.Context) error {
	if err := o.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	o.flushReads(ctx) // until ctx ends
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return o.queue.Stop(stop)
}

// errHopeless is work that no later attempt will do.
var errHopeless = errors.New("cannot be done")

// again answers what becomes of a job whose work failed. A service in trouble is waited for, longer each time, until the
// job is too old; it costs no attempt. What is hopeless is parked at once, and anything else after some attempts.
func (o *Outgoing) again(ctx context.Context, job *rivertype.JobRow, err error, giveUp time.Duration) error {
	age := o.service.Now().Sub(job.CreatedAt)
	switch {
	case errors.Is(err, errHopeless):
		parked(ctx, o.service.Log, job, err)
		return river.JobCancel(err)
	case age > giveUp:
		parked(ctx, o.service.Log, job, err)
		return river.JobCancel(fmt.Errorf("given up after %s: %w", giveUp, err))
	case upstream.KindOf(err) != 0 && !turnedDown(err), ctx.Err() != nil:
		o.service.Log.DebugContext(ctx, "job put off", "kind", job.Kind, "job", job.ID, "error", err)
		return river.JobSnooze(min(max(age/2, time.Second), longestWait))
	}
	return err
}

// over says whether an answer of again ends the job without success.
func over(job *rivertype.JobRow, err error) bool {
	_, cancelled := errors.AsType[*rivertype.JobCancelError](err)
	_, snoozed := errors.AsType[*rivertype.JobSnoozeError](err)
	return cancelled || err != nil && !snoozed && job.Attempt >= job.MaxAttempts
}

// parked tells the log of a job that nobody will finish.
func parked(ctx context.Context, log *slog.Logger, job *rivertype.JobRow, err error) {
	log.ErrorContext(ctx, "job parked", "kind", job.Kind, "job", job.ID, "attempts", job.Attempt, "error", err)
}

// parkedJobs hears of jobs that fail, the cancelled ones left out.
type parkedJobs struct{ log *slog.Logger }

// HandleError implements river.ErrorHandler.
func (p *parkedJobs) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if over(job, err) {
		parked(ctx, p.log, job, err)
	}
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (p *parkedJobs) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	p.log.ErrorContext(ctx, "panic in a job", "kind", job.Kind, "job", job.ID, "panic", fmt.Sprintf("%T", value), "trace", trace)
	return nil
}

// quiet keeps River's news of its own doings out of the log: they come every second.
type quiet struct{ slog.Handler }

// Enabled lets warnings and errors through.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }

// advance moves an event as move does and has its news go out with it.
func (s *Service) advance(ctx context.Context, tx store.Tx, e *store.Event, word, source string) (bool, error) {
	was := e.Status
	if err := cardOfRevoked(ctx, tx, e, word); err != nil {
		return false, err
	}
	moved, err := s.move(ctx, tx, e, word, source)
	if err != nil || !moved {
		return moved, err
	}
	if e.Status != store.InProgress { // whoever found out, a repeat of the request has its answer
		for _, begun := range []string{e.EventID, withdrawalOf(e.EventID)} {
			if err := tx.FinishEvent(ctx, e.TokenID, begun, e.UpdatedAt); err != nil {
				return true, err
			}
		}
	}
	jobs := s.Outgoing.messagesFor(e, kindOf(e, was, source))
	if name := auditName(e, was); name != "" {
		jobs = append(jobs, s.Outgoing.auditJob(name, s.auditOf(e)))
	}
	failpoint("outgoing.adding")
	return true, s.Outgoing.queue.Add(ctx, tx, jobs...)
}

// received has the news of an event go out that upstream has accepted and that is not done yet.
func (s *Service) received(ctx context.Context, tx store.Tx, e *store.Event) error {
	if e.RequestType == store.OrderPhysicalCard && e.StatusDetail == ordered {
		return nil // a card is on order once it is paid for
	}
	jobs := s.Outgoing.messagesFor(e, requestReceived)
	name := map[store.RequestType]string{store.AuthTypeLockUnlock: "REQ_AUTH_LOCK_UNLOCK_SUCCESS",
		store.ShareCredWithPartner: "CREDENTIAL_REQ_SUCCESS", store.OrderPhysicalCard: "SEND_PHYSICAL_CARD_SUCCESS"}[e.RequestType]
	if name != "" {
		jobs = append(jobs, s.Outgoing.auditJob(name, s.auditOf(e)))
	}
	if e.RequestType == store.VidCardDownload {
		jobs = append(jobs, s.Outgoing.auditJob("RID_DIGITAL_CARD_REQ_SUCCESS", s.auditOf(e)))
	}
	return s.Outgoing.queue.Add(ctx, tx, jobs...)
}
