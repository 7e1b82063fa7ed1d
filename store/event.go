package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
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
	TokenID             string
	EventID             string
	RequestType         RequestType
	Status              EventStatus
	StatusDetail        string
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Read                bool
	Pinned              bool
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
}

const eventColumns = `token_id, event_id, request_type, status, status_detail, created_at, updated_at, read, pinned,
	signed_in_with, login_mode, partner_id, partner_name, purpose, attributes, ref_hash, ref_masked, request_id,
	credential_request_id, aid, individual_id, error_code, upstream_code`

// InsertEvent adds an event and its first change. It answers false, and adds nothing, when the event is there already:
// same event id, or the same authentication of the same resident.
func (t Tx) InsertEvent(ctx context.Context, e *Event, source string) (bool, error) {
	if e.Attributes == nil {
		e.Attributes = []string{}
	}
	tag, err := t.tx.Exec(ctx, `insert into event (`+eventColumns+`)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23) on conflict do nothing`,
		e.TokenID, e.EventID, e.RequestType, e.Status, e.StatusDetail, e.CreatedAt, e.UpdatedAt, e.Read, e.Pinned,
		e.SignedInWith, e.LoginMode, e.PartnerID, e.PartnerName, e.Purpose, e.Attributes, e.RefHash, e.RefMasked, e.RequestID,
		e.CredentialRequestID, e.AID, e.IndividualID, e.ErrorCode, e.UpstreamCode)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	return true, t.recordChange(ctx, e, source)
}

// UpdateEvent writes what of an event can change, and records the change.
func (t Tx) UpdateEvent(ctx context.Context, e *Event, source string) error {
	_, err := t.tx.Exec(ctx, `update event set status = $3, status_detail = $4, updated_at = $5, read = $6,
		ref_hash = $7, ref_masked = $8, error_code = $9, upstream_code = $10 where token_id = $1 and event_id = $2`,
		e.TokenID, e.EventID, e.Status, e.StatusDetail, e.UpdatedAt, e.Read, e.RefHash, e.RefMasked, e.ErrorCode,
		e.UpstreamCode)
	if err != nil {
		return err
	}
	return t.recordChange(ctx, e, source)
}

// LockEvent answers one event of a resident and keeps it from changing until the transaction ends.
func (t Tx) LockEvent(ctx context.Context, tokenID, eventID string) (*Event, error) {
	return one[Event](t.tx.Query(ctx, `select `+eventColumns+` from event
		where token_id = $1 and event_id = $2 for update`, tokenID, eventID))
}

// EventColumn names a column under which upstream reports on events.
type EventColumn string

// The columns under which upstream reports on events.
const (
	ByRequestID           EventColumn = "request_id"
	ByCredentialRequestID EventColumn = "credential_request_id"
	ByAID                 EventColumn = "aid"
)

// LockEventsBy answers the events of one type that upstream knows under value, newest first, and keeps them from
// changing until the transaction ends.
func (t Tx) LockEventsBy(ctx context.Context, column EventColumn, value string, types ...RequestType) ([]*Event, error) {
	return many[Event](t.tx.Query(ctx, `select `+eventColumns+` from event
		where `+string(column)+` = $1 and request_type = any($2) order by created_at desc for update`, value, types))
}

// Event answers one event of a resident, or ErrNotFound.
func (s *Store) Event(ctx context.Context, tokenID, eventID string) (*Event, error) {
	return one[Event](s.pool.Query(ctx, `select `+eventColumns+` from event
		where token_id = $1 and event_id = $2`, tokenID, eventID))
}

// EventPlace is where an event stands in the service history.
type EventPlace struct {
	Pinned    bool
	CreatedAt time.Time
	EventID   string
}

// Events answers up to limit events of a resident after a place (nil: from the start): pinned first, then newest
// first. Types in hidden are left out.
func (s *Store) Events(ctx context.Context, tokenID string, after *EventPlace, limit int, hidden []RequestType) ([]*Event, error) {
	const query = `select ` + eventColumns + ` from event where token_id = $1 and request_type <> all($2)`
	const order = ` order by pinned desc, created_at desc, event_id desc limit $3`
	var rows pgx.Rows
	var err error
	if after == nil {
		rows, err = s.pool.Query(ctx, query+order, tokenID, hidden, limit)
	} else {
		rows, err = s.pool.Query(ctx, query+` and (pinned, created_at, event_id) < ($4, $5, $6)`+order,
			tokenID, hidden, limit, after.Pinned, after.CreatedAt, after.EventID)
	}
	return many[Event](rows, err)
}

// UnreadCount counts the events of the given types with news since the resident last looked at the bell.
func (s *Store) UnreadCount(ctx context.Context, tokenID string, types []RequestType) (int, error) {
	var n int
	err := s.pool.QueryRow(ctx, `select count(*) from event where token_id = $1 and not read and request_type = any($2)
		and updated_at > coalesce((select bell_seen_at from resident_state where token_id = $1), '-infinity')`,
		tokenID, types).Scan(&n)
	return n, err
}

// Authentications counts the resident's authentications per ref hash: how often each VID was used.
func (s *Store) Authentications(ctx context.Context, tokenID string, refHashes []string) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, `select ref_hash, count(*) from event where token_id = $1 and ref_hash = any($2)
		and request_type = 'AUTHENTICATION_REQUEST' and login_mode like '%-AUTH%' group by ref_hash`, tokenID, refHashes)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(refHashes))
	var hash string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&hash, &n}, func() error { counts[hash] = n; return nil })
	return counts, err
}
