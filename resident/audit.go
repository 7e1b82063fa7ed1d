package resident

import (
	"context"
	_ "embed"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/audit"
)

// AuditHost is this server in audit records.
type AuditHost struct{ Name, IP string }

// auditRecord is what happened, as a job keeps it: no names, and no id of a person but as a hash.
type auditRecord struct {
	Name      string    `json:"name"` // in the table of audit events
	At        time.Time `json:"at"`
	User      string    `json:"user,omitempty"`
	IDHash    string    `json:"idHash,omitempty"`
	IDType    string    `json:"idType,omitempty"`
	Reference string    `json:"reference,omitempty"` // an event id or a code
	// TokenID and EventID name the event whose id the record is about, where IDHash is still to be found.
	TokenID string `json:"tokenId,omitempty"`
	EventID string `json:"eventId,omitempty"`
}

// auditArgs is records to be written, in their order.
type auditArgs struct {
	Records []auditRecord `json:"records"`
}

// Kind names the job for River.
func (auditArgs) Kind() string { return "audit" }

//go:embed audit_events.tsv
var auditTable string

// auditEvent is a row of the table of audit events: MOSIP's names and ids, by which operators look for them.
type auditEvent struct {
	id       string
	outcome  audit.EventType
	title    string
	moduleID string
	module   string
}

// auditEvents reads the table: name, event id, type, event name, module id, module name.
var auditEvents = sync.OnceValue(func() map[string]auditEvent {
	rows := map[string]auditEvent{}
	lines := strings.Split(strings.TrimSpace(auditTable), "\n")
	for _, line := range lines[1:] {
		c := strings.Split(line, "\t")
		rows[c[0]] = auditEvent{id: c[1], outcome: audit.EventType(c[2]), title: c[3], moduleID: c[4], module: c[5]}
	}
	return rows
})

// auditName answers the audit event for what an event has come to; "" for none. was is its status before.
func auditName(e *store.Event, was store.EventStatus) string {
	switch {
	case e.Status == was:
		return ""
	case e.RequestType == store.ShareCredWithPartner && e.Status == store.Failed && e.ErrorCode != nil:
		return "CREDENTIAL_REQ_EXCEPTION" // nobody called back: it was never taken
	case e.RequestType == store.OrderPhysicalCard && e.Status == store.Failed && e.ErrorCode != nil:
		return "SEND_PHYSICAL_CARD_EXCEPTION" // not paid, or never taken
	case e.RequestType == store.ShareCredWithPartner && e.Status == store.Canceled:
		return "CREDENTIAL_CANCEL_REQ_SUCCESS"
	}
	names := map[store.RequestType][2]string{ // with success, without
		store.GenerateVid:              {"GENERATE_VID_SUCCESS", "VID_GENERATION_FAILURE"},
		store.RevokeVid:                {"REVOKE_VID_SUCCESS", "VID_REVOKE_EXCEPTION"},
		store.AuthTypeLockUnlock:       {"AUTH_TYPE_CALL_BACK_SUCCESS", "REQUEST_FAILED"},
		store.ShareCredWithPartner:     {"CREDENTIAL_STATUS_UPDATE_CALL_BACK_SUCCESS", "CREDENTIAL_STATUS_UPDATE_CALL_BACK_FAILURE"},
		store.VidCardDownload:          {"CREDENTIAL_STATUS_UPDATE_CALL_BACK_SUCCESS", "CREDENTIAL_STATUS_UPDATE_CALL_BACK_FAILURE"},
		store.OrderPhysicalCard:        {"CREDENTIAL_STATUS_UPDATE_CALL_BACK_SUCCESS", "CREDENTIAL_STATUS_UPDATE_CALL_BACK_FAILURE"},
		store.DownloadPersonalizedCard: {"DOWNLOAD_PERSONALIZED_CARD_SUCCESS", "DOWNLOAD_PERSONALIZED_CARD_FAILURE"},
		store.UpdateMyUIN:              {"REG_PROC_WORK_FLOW_CALL_BACK_SUCCESS", "REG_PROC_WORK_FLOW_CALL_BACK_FAILURE"},
	}[e.RequestType]
	switch e.Status {
	case store.Success:
		return names[0]
	case store.Failed:
		return names[1]
	}
	return ""
}

// auditOf answers a record about an event, of now. Whose id it is about is found when the record is written: Key Manager
// may have to be asked for it, and no transaction is to wait for that.
func (s *Service) auditOf(e *store.Event) auditRecord {
	return auditRecord{At: s.Now().UTC(), User: upstream.RefHash(e.TokenID), Reference: e.EventID, TokenID: e.TokenID, EventID: e.EventID}
}

// auditOfResident answers a record about a signed-in resident, of now.
func (s *Service) auditOfResident(tokenID, individualID string, kind store.IDKind) auditRecord {
	return auditRecord{At: s.Now().UTC(), User: upstream.RefHash(tokenID), IDHash: upstream.RefHash(individualID), IDType: string(kind)}
}

// auditJob answers the job that writes a record under a name of the table.
func (o *Outgoing) auditJob(name string, r auditRecord) river.InsertManyParams {
	r.Name = name
	return auditJobOf(auditArgs{Records: []auditRecord{r}}, time.Time{})
}

func auditJobOf(args auditArgs, at time.Time) river.InsertManyParams {
	return river.InsertManyParams{Args: args,
		InsertOpts: &river.InsertOpts{Queue: auditQueue, MaxAttempts: attemptsToDiscard, ScheduledAt: at}}
}

// audited adds the job that writes a record. It is safe once nil is answered.
func (o *Outgoing) audited(ctx context.Context, name string, r auditRecord) error {
	return o.service.Store.InTx(ctx, func(tx store.Tx) error { return o.queue.Add(ctx, tx, o.auditJob(name, r)) })
}

type auditWorker struct {
	river.WorkerDefaults[auditArgs]
	outgoing *Outgoing
}

// Work writes the records of a job. What is left when the audit manager fails in between becomes a job of its own, so
// that nothing is written twice.
func (w *auditWorker) Work(ctx context.Context, job *river.Job[auditArgs]) error {
	o := w.outgoing
	for i, r := range job.Args.Records {
		err := o.writeRecord(ctx, r)
		if err == nil {
			continue
		}
		if i == 0 {
			return o.again(ctx, job.JobRow, err, o.config.AuditFor)
		}
		rest := auditArgs{Records: job.Args.Records[i:]}
		after := context.WithoutCancel(ctx)
		return o.service.Store.InTx(after, func(tx store.Tx) error {
			if err := o.queue.Add(after, tx, auditJobOf(rest, o.service.Now().Add(time.Second))); err != nil {
				return err
			}
			return store.Complete(after, tx, job)
		})
	}
	return nil
}

// identified answers a record with the hash of the id that its event was made with. An event that is gone, or whose id
// nobody will open, leaves the record without.
func (o *Outgoing) identified(ctx context.Context, r auditRecord) (auditRecord, error) {
	if r.EventID == "" {
		return r, nil
	}
	e, err := o.service.Store.Event(ctx, r.TokenID, r.EventID)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	uin, err := o.service.uinOf(ctx, e)
	switch {
	case err == nil:
		r.IDHash, r.IDType = upstream.RefHash(uin), string(store.UIN)
	case !errors.Is(err, errHopeless) && upstream.KindOf(err) != upstream.Refused:
		return r, err
	}
	return r, nil
}

func (o *Outgoing) writeRecord(ctx context.Context, r auditRecord) error {
	r, err := o.identified(ctx, r)
	if err != nil {
		return err
	}
	row := auditEvents()[r.Name]
	description := row.title
	if r.Reference != "" {
		description += " (" + r.Reference + ")"
	}
	return o.records.Record(ctx, audit.Entry{
		EventID: row.id, EventName: row.title, EventType: row.outcome, At: r.At,
		HostName: o.config.Host.Name, HostIP: o.config.Host.IP, SessionUser: r.User, IDHash: r.IDHash, IDType: r.IDType,
		ModuleName: row.module, ModuleID: row.moduleID, Description: description,
	})
}

// auditNameOfParked names the audit event for a delivery that could not be applied.
var auditNameOfParked = map[string]string{
	AuthTypeTopic: "AUTH_TYPE_CALL_BACK_FAILURE", CredentialTopic: "CREDENTIAL_STATUS_UPDATE_CALL_BACK_FAILURE",
	WorkflowTopic: "REG_PROC_WORK_FLOW_CALL_BACK_FAILURE",
}
