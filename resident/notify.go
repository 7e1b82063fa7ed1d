package resident

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/riverqueue/river"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// Channel is a way to write to a resident.
type Channel string

// The channels.
const (
	Email Channel = "EMAIL"
	SMS   Channel = "SMS"
)

// notifyArgs is one message about one event over one channel. It holds nobody's address: the identity is read when the
// message goes out.
type notifyArgs struct {
	TokenID string      `json:"tokenId" river:"unique"`
	EventID string      `json:"eventId" river:"unique"`
	Message messageKind `json:"message" river:"unique"`
	Channel Channel     `json:"channel" river:"unique"`
	// Status is how the event stood, and At when.
	Status store.EventStatus `json:"status"`
	At     time.Time         `json:"at"`
}

// Kind names the job for River.
func (notifyArgs) Kind() string { return "notify" }

// messagesFor answers the jobs for a message of a kind about an event, one per channel; none for no kind.
func (o *Outgoing) messagesFor(e *store.Event, kind messageKind) []river.InsertManyParams {
	if kind == "" {
		return nil
	}
	var jobs []river.InsertManyParams
	for _, c := range o.config.Channels {
		jobs = append(jobs, river.InsertManyParams{
			Args:       notifyArgs{TokenID: e.TokenID, EventID: e.EventID, Message: kind, Channel: c, Status: e.Status, At: e.UpdatedAt},
			InsertOpts: &river.InsertOpts{Queue: notifyQueue, MaxAttempts: attemptsToDiscard, UniqueOpts: river.UniqueOpts{ByArgs: true}},
		})
	}
	return jobs
}

type notifyWorker struct {
	river.WorkerDefaults[notifyArgs]
	outgoing *Outgoing
}

// Work sends the message. Its record for the audit manager and the end of the job are one transaction.
func (w *notifyWorker) Work(ctx context.Context, job *river.Job[notifyArgs]) error {
	o, name := w.outgoing, "SEND_NOTIFICATION_SUCCESS"
	e, sent, err := o.send(ctx, job.Args)
	failpoint("outgoing.sent")
	if err != nil {
		err = o.again(ctx, job.JobRow, err, o.config.NotifyFor)
		if !over(job.JobRow, err) {
			return err
		}
		name = "SEND_NOTIFICATION_FAILURE"
	}
	if e == nil || err == nil && !sent {
		return err
	}
	record := o.service.auditOf(e)
	record.Reference += " " + string(job.Args.Channel)
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	settleErr := o.service.Store.InTx(settle, func(tx store.Tx) error {
		if addErr := o.queue.Add(settle, tx, o.auditJob(name, record)); addErr != nil || err != nil {
			return addErr
		}
		return store.Complete(settle, tx, job)
	})
	if settleErr != nil { // what is done is done: the record goes with the next batch
		o.service.Log.WarnContext(ctx, "message not audited yet", "event", e.EventID, "error", settleErr)
		o.auditSoon(name, record)
	}
	return err
}

// settleWithin bounds writing down that a message went out, also while the process ends.
const settleWithin = 3 * time.Second

// The shapes that an address must have to be written to: MOSIP's, with + and - also after a dot in the name.
var (
	phoneShape = regexp.MustCompile(`^\+*[0-9]{10}$`)
	emailShape = regexp.MustCompile(`^[\w+-]+(\.[\w+-]+)*@[\w-]+(\.[\w-]+)*(\.[a-zA-Z]{2,})$`)
)

// send writes to the resident at the address that their identity holds now. It answers false when there is none, or no
// text for them: that is nobody's fault. The event is nil when it is gone.
func (o *Outgoing) send(ctx context.Context, args notifyArgs) (e *store.Event, sent bool, err error) {
	s := o.service
	if e, err = s.Store.Event(ctx, args.TokenID, args.EventID); err != nil {
		return nil, false, err
	}
	uin, err := s.uinOf(ctx, e)
	if err != nil {
		return e, false, err
	}
	who, err := s.Identity.Read(ctx, uin)
	if turnedDown(err) {
		return e, false, fmt.Errorf("%w: %w", errHopeless, err)
	}
	if err != nil {
		return e, false, err
	}
	address, shape := who.Email, emailShape
	if args.Channel == SMS {
		address, shape = who.Phone, phoneShape
	}
	if !shape.MatchString(address) {
		return e, false, nil
	}
	m, err := o.compose(ctx, e, args, who)
	if err != nil || m.body == "" {
		return e, false, err
	}
	// Not cut off when the process ends: what went out without an answer would go out again.
	return e, true, o.dispatch(context.WithoutCancel(ctx), args.Channel, address, m)
}

func (o *Outgoing) dispatch(ctx context.Context, channel Channel, address string, m message) error {
	var err error
	if channel == SMS {
		err = o.messages.SMS(ctx, address, m.body)
	} else {
		err = o.messages.Email(ctx, address, m.subject, m.body)
	}
	if turnedDown(err) { // the notifier will not take this address or text, whenever it is asked
		return fmt.Errorf("%w: %w", errHopeless, err)
	}
	return err
}

// uinOf opens the UIN that an event was made with.
func (s *Service) uinOf(ctx context.Context, e *store.Event) (string, error) {
	if len(e.IndividualID) == 0 {
		return "", fmt.Errorf("%w: an event without an id", errHopeless)
	}
	uin, err := s.Vault.Open(ctx, e.IndividualID)
	if errors.Is(err, errNotSealed) || errors.Is(err, store.ErrNotFound) { // the second: its key was dropped
		err = fmt.Errorf("%w: %w", errHopeless, err)
	}
	if err != nil {
		return "", err
	}
	return string(uin), nil
}

// languagesOf answers in which languages a resident is written to.
func (o *Outgoing) languagesOf(who *identity.Identity) []string {
	if preferred := codesIn(who.PreferredLanguage); len(preferred) > 0 {
		return preferred
	}
	if len(o.config.Languages) > 0 {
		return o.config.Languages
	}
	var captured []string
	for _, t := range who.FullName {
		captured = append(captured, t.Lang)
	}
	return captured
}
