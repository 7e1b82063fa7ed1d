package store

import (
	"context"
	"time"
)

// RequestType is what an event is, by MOSIP's names.
type RequestType string

// The thirteen request types.
const (
	AuthenticationRequest    RequestType = "AUTHENTICATION_REQUEST"
	ShareCredWithPartner     RequestType = "SHARE_CRED_WITH_PARTNER"
	DownloadPersonalizedCard RequestType = "DOWNLOAD_PERSONALIZED_CARD"
	OrderPhysicalCard        RequestType = "ORDER_PHYSICAL_CARD"
	GetMyID                  RequestType = "GET_MY_ID"
	UpdateMyUIN              RequestType = "UPDATE_MY_UIN"
	GenerateVid              RequestType = "GENERATE_VID"
	RevokeVid                RequestType = "REVOKE_VID"
	AuthTypeLockUnlock       RequestType = "AUTH_TYPE_LOCK_UNLOCK"
	VidCardDownload          RequestType = "VID_CARD_DOWNLOAD"
	SendOTP                  RequestType = "SEND_OTP"
	ValidateOTP              RequestType = "VALIDATE_OTP"
	Default                  RequestType = "DEFAULT"
)

// EventStatus is how an event stands.
type EventStatus string

// The states of an event. All but InProgress are final.
const (
	InProgress EventStatus = "IN_PROGRESS"
	Success    EventStatus = "SUCCESS"
	Failed     EventStatus = "FAILED"
	Canceled   EventStatus = "CANCELED"
)

// IDKind is the kind of id with which something was done.
type IDKind string

// The kinds of id.
const (
	UIN IDKind = "UIN"
	VID IDKind = "VID"
	AID IDKind = "AID"
)

// Event is one row of a resident's service history. StatusDetail keeps the upstream's own word beside Status.
type Event struct {
	TokenID      string
	EventID      string
	RequestType  RequestType
	Status       EventStatus
	StatusDetail string
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Read         bool
	Pinned       bool
	// Async events move by themselves. News is the number of the change that moved the event last; the store counts it.
	Async               bool
	News                int64
	SignedInWith        *IDKind
	LoginMode           *string
	PartnerID           *string
	PartnerName         *string
	Purpose             *string
	Attributes          []string
	RefHash             *string
	RefMasked           *string
	RequestID           *string
	CredentialRequestID *string
	AID                 *string
	IndividualID        []byte
	ErrorCode           *string
	UpstreamCode        *string
	// Locks is what a lock event asked for; read with the event, so that a page of events is one statement.
	Locks []AuthLock
}

const eventColumns = `token_id, event_id, request_type, status, status_detail, created_at, updated_at, read, pinned,
	async, news, signed_in_with, login_mode, partner_id, partner_name, purpose, attributes, ref_hash, ref_masked,
	request_id, credential_request_id, aid, individual_id, error_code, upstream_code,
	case when request_type = 'AUTH_TYPE_LOCK_UNLOCK' then (select jsonb_agg(l order by l.type) from auth_lock l
		where l.token_id = event.token_id and l.event_id = event.event_id) end as locks`

// The resident's row is locked by the numbering, so what is inserted twice at the same time takes turns, and the numbers
// of a resident become visible in their order.
const insertEvent = `with next as (` + nextSeq + `),
	added as (
		insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, read, pinned,
			async, signed_in_with, login_mode, partner_id, partner_name, purpose, attributes, ref_hash, ref_masked,
			request_id, credential_request_id, aid, individual_id, error_code, upstream_code, news)
		select $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24, seq from next
		on conflict do nothing returning news)
	insert into event_change (token_id, seq, event_id, status, status_detail, source, at)
	select $1, news, $2, $4, $5, $25, $7 from added`

const returnSeq = `update resident_state set seq = seq - 1 where token_id = $1`

// InsertEvent adds an event and its first change. It answers false, and adds nothing, when the event is there already:
// same event id, or the same authentication of the same resident.
func (t Tx) InsertEvent(ctx context.Context, e *Event, source string) (bool, error) {
	if e.Attributes == nil {
		e.Attributes = []string{}
	}
	tag, err := t.tx.Exec(ctx, insertEvent, e.TokenID, e.EventID, e.RequestType, e.Status, e.StatusDetail, e.CreatedAt,
		e.UpdatedAt, e.Read, e.Pinned, e.Async, e.SignedInWith, e.LoginMode, e.PartnerID, e.PartnerName, e.Purpose,
		e.Attributes, e.RefHash, e.RefMasked, e.RequestID, e.CredentialRequestID, e.AID, e.IndividualID, e.ErrorCode,
		e.UpstreamCode, source)
	if err != nil || tag.RowsAffected() == 1 {
		return err == nil, err
	}
	_, err = t.tx.Exec(ctx, returnSeq, e.TokenID) // nobody can have taken a number since: the row is locked
	return false, err
}

const updateEvent = `with next as (` + nextSeq + `),
	changed as (
		insert into event_change (token_id, seq, event_id, status, status_detail, source, at)
		select $1, seq, $2, $3, $4, $11, $5 from next)
	update event set status = $3, status_detail = $4, updated_at = $5, read = $6, ref_hash = $7, ref_masked = $8,
		error_code = $9, upstream_code = $10, news = next.seq
	from next where token_id = $1 and event_id = $2`

// UpdateEvent writes what of an event can change, and records the change.
func (t Tx) UpdateEvent(ctx context.Context, e *Event, source string) error {
	_, err := t.tx.Exec(ctx, updateEvent, e.TokenID, e.EventID, e.Status, e.StatusDetail, e.UpdatedAt, e.Read, e.RefHash,
		e.RefMasked, e.ErrorCode, e.UpstreamCode, source)
	return err
}

const lockEvent = `select ` + eventColumns + ` from event where token_id = $1 and event_id = $2 for update`

// LockEvent answers one event of a resident and keeps it from changing until the transaction ends.
func (t Tx) LockEvent(ctx context.Context, tokenID, eventID string) (*Event, error) {
	return one[Event](t.tx.Query(ctx, lockEvent, tokenID, eventID))
}

// EventColumn names a column under which upstream reports on events.
type EventColumn string

// The columns under which upstream reports on events.
const (
	ByRequestID           EventColumn = "request_id"
	ByCredentialRequestID EventColumn = "credential_request_id"
	ByAID                 EventColumn = "aid"
)

const lockEventsByRequestID = `select ` + eventColumns + ` from event where request_id = $1
	and request_type <> 'AUTHENTICATION_REQUEST' and request_type = any($2) order by created_at desc for update`

const lockEventsByCredentialRequestID = `select ` + eventColumns + ` from event where credential_request_id = $1
	and request_type = any($2) order by created_at desc for update`

const lockEventsByAID = `select ` + eventColumns + ` from event where aid = $1
	and request_type = any($2) order by created_at desc for update`

// LockEventsBy answers the events of some types that upstream knows under value, newest first, and keeps them from
// changing until the transaction ends. Authentications are not found by their request id.
func (t Tx) LockEventsBy(ctx context.Context, column EventColumn, value string, types ...RequestType) ([]*Event, error) {
	switch column {
	case ByRequestID:
		return many[Event](t.tx.Query(ctx, lockEventsByRequestID, value, types))
	case ByCredentialRequestID:
		return many[Event](t.tx.Query(ctx, lockEventsByCredentialRequestID, value, types))
	}
	return many[Event](t.tx.Query(ctx, lockEventsByAID, value, types))
}

const selectEvent = `select ` + eventColumns + ` from event where token_id = $1 and event_id = $2`

// Event answers one event of a resident, or ErrNotFound.
func (s *Store) Event(ctx context.Context, tokenID, eventID string) (*Event, error) {
	return one[Event](s.pool.Query(ctx, selectEvent, tokenID, eventID))
}
