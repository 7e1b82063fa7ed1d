package resident

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// Reads are audited in batches: a page reads much and must not wait for it. What was read in the last moment before a
// crash is not in the trail; what was written always is.
const (
	readsAtMost   = 10_000 // that wait for their batch
	readsPerBatch = 200
	readsEvery    = time.Second
	flushWithin   = 3 * time.Second
)

// AuditRead has a record written that the resident read something; name is one of the table of audit events, such as
// GET_VIDS_SUCCESS. It never waits, and does nothing where reads are not audited.
func (s *Service) AuditRead(who *Resident, name string) {
	if !s.Outgoing.config.AuditReads {
		return
	}
	s.Outgoing.auditSoon(name, s.auditOfResident(who.TokenID, who.IndividualID, who.SignedInWith))
}

// AuditReadOf has a record written under the name for what a read came to, as AuditRead does.
func (s *Service) AuditReadOf(who *Resident, err error, succeeded, failed string) {
	if err != nil {
		succeeded = failed
	}
	s.AuditRead(who, succeeded)
}

// auditSoon puts a record into the next batch, if there is room.
func (o *Outgoing) auditSoon(name string, r auditRecord) {
	r.Name = name
	select {
	case o.reads <- r:
	default:
		o.service.Log.Warn("not audited: too many records wait", "name", name)
	}
}

// flushReads makes jobs of the reads until ctx ends, and of the last ones then.
func (o *Outgoing) flushReads(ctx context.Context) {
	tick := time.NewTicker(readsEvery)
	defer tick.Stop()
	var batch []auditRecord
	for {
		select {
		case r := <-o.reads:
			if batch = append(batch, r); len(batch) < readsPerBatch {
				continue
			}
		case <-tick.C:
		case <-ctx.Done():
			for {
				select {
				case r := <-o.reads:
					batch = append(batch, r)
					continue
				default:
				}
				break
			}
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
			defer cancel()
			o.addReads(last, batch)
			return
		}
		if o.addReads(ctx, batch) || len(batch) >= readsAtMost {
			batch = nil
		}
	}
}

// addReads answers whether the batch is safe.
func (o *Outgoing) addReads(ctx context.Context, batch []auditRecord) bool {
	if len(batch) == 0 {
		return true
	}
	err := o.service.Store.InTx(ctx, func(tx store.Tx) error {
		return o.queue.Add(ctx, tx, auditJobOf(auditArgs{Records: batch}, time.Time{}))
	})
	if err != nil && ctx.Err() == nil {
		o.service.Log.WarnContext(ctx, "reads not audited yet", "records", len(batch), "error", err)
	}
	return err == nil
}
