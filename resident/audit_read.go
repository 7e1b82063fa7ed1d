package resident

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/resident-graph/resident-graph/store"
)

// Read is something that residents look at and MOSIP audits: the stem of its names in the table of audit events.
type Read string

// What is audited when it is read.
const (
	ReadProfile       Read = "GET_PROFILE" // with the photo
	ReadVids          Read = "GET_VIDS"
	ReadVidPolicies   Read = "GET_VID_POLICY"
	ReadAuthLocks     Read = "REQ_AUTH_LOCK_STATUS"
	ReadHistory       Read = "GET_SERVICE_HISTORY"
	ReadEvent         Read = "CHECK_AID_STATUS_REQUEST" // MOSIP's name for the page of an event
	ReadNotifications Read = "GET_NOTIFICATION"
	ReadUnreadCount   Read = "UNREAD_NOTIF_COUNT"
	ReadPartners      Read = "GET_PARTNERS_BY_PARTNER_TYPE"
	ReadAttributes    Read = "GET_INPUT_ATTRIBUTES"
)

// audited answers the name in the table of audit events for how a read ended; MOSIP has three words for a failure.
func (r Read) audited(err error) string {
	if err == nil {
		return string(r) + "_SUCCESS"
	}
	for _, ending := range []string{"_FAILURE", "_EXCEPTION"} {
		if _, ok := auditEvents()[string(r)+ending]; ok {
			return string(r) + ending
		}
	}
	return string(r) + "_FAILED"
}

// Reads are audited in batches: a page reads much and must not wait for it. What was read in the last moment before a
// crash is not in the trail; what was written always is.
const (
	readsAtMost = 10_000 // that wait for their batch
	readsAtOnce = 200
	// readsPerJob is how many records a process that is killed can leave to be written again, per job under way.
	readsPerJob = 20
	readsEvery  = time.Second
	flushWithin = 3 * time.Second
)

// AuditRead has a record written that somebody read something, or could not; about is the id of the event that it was,
// empty for anything else. A caller who is no resident is nil. It never waits, and does nothing where reads are not
// audited.
func (s *Service) AuditRead(who *Resident, what Read, about string, err error) {
	if !s.Outgoing.config.AuditReads {
		return
	}
	record := auditRecord{At: s.Now().UTC()}
	if who != nil {
		record = s.auditOfResident(who.TokenID, who.IndividualID, who.SignedInWith)
	}
	if err == nil { // else it is the caller's text, which may be anything
		record.Reference = about
	}
	s.Outgoing.auditSoon(what.audited(err), record)
}

// auditSoon puts a record into the next batch, if there is room.
func (o *Outgoing) auditSoon(name string, r auditRecord) {
	r.Name = name
	select {
	case o.reads <- r:
	default:
		if n := o.unaudited.Add(1); n&(n-1) == 0 { // the 1st, 2nd, 4th, 8th …: seen, and no way to fill a disk
			o.service.Log.Error("not audited: too many records wait", "name", name, "total", n)
		}
	}
}

// Unaudited answers how many records were given up since the start, because the database could not take them in time.
func (o *Outgoing) Unaudited() uint64 { return o.unaudited.Load() }

// flushReads makes jobs of the reads until ctx ends, and of the last ones then.
func (o *Outgoing) flushReads(ctx context.Context) {
	tick := time.NewTicker(readsEvery)
	defer tick.Stop()
	var batch []auditRecord
	for {
		incoming := o.reads
		if len(batch) >= readsAtOnce { // the database did not take them: they wait for the tick, and others in the channel
			incoming = nil
		}
		select {
		case r := <-incoming:
			if batch = append(batch, r); len(batch) < readsAtOnce {
				continue
			}
		case <-tick.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
			defer cancel()
			o.addReads(last, o.waiting(batch))
			return
		}
		if o.addReads(ctx, batch) {
			batch = nil
		}
	}
}

// waiting answers the batch and all that waits for one.
func (o *Outgoing) waiting(batch []auditRecord) []auditRecord {
	for {
		select {
		case r := <-o.reads:
			batch = append(batch, r)
		default:
			return batch
		}
	}
}

// addReads answers whether the batch is safe.
func (o *Outgoing) addReads(ctx context.Context, batch []auditRecord) bool {
	if len(batch) == 0 {
		return true
	}
	var jobs []river.InsertManyParams
	for left := batch; len(left) > 0; {
		n := min(readsPerJob, len(left))
		jobs = append(jobs, auditJobOf(auditArgs{Records: left[:n]}, time.Time{}))
		left = left[n:]
	}
	err := o.service.Store.InTx(ctx, func(tx store.Tx) error { return o.queue.Add(ctx, tx, jobs...) })
	if err != nil && ctx.Err() == nil {
		o.service.Log.WarnContext(ctx, "reads not audited yet", "records", len(batch), "error", err)
	}
	return err == nil
}
