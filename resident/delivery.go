package resident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// The WebSub topics that move events. WorkflowTopic carries every packet in the country; most concern nobody here.
const (
	AuthTypeTopic       = "AUTH_TYPE_STATUS_UPDATE_ACK"
	AuthenticationTopic = "AUTHENTICATION_TRANSACTION_STATUS"
	CredentialTopic     = "CREDENTIAL_STATUS_UPDATE"
	WorkflowTopic       = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"
)

// Topics lists what to subscribe to.
var Topics = []string{AuthTypeTopic, AuthenticationTopic, CredentialTopic, WorkflowTopic}

// Accept keeps a verified delivery in the inbox. It returns once the delivery is safe, so that the hub may forget it;
// what it means is found out later. The same delivery again changes nothing.
func (s *Service) Accept(ctx context.Context, topic string, body []byte) error {
	_, err := s.Store.AddDelivery(ctx, topic, body, s.Now().UTC())
	return err
}

// apply moves the events that a delivery is about, and answers whose history moved.
func (s *Service) apply(ctx context.Context, tx store.Tx, d *store.Delivery) (moved []string, err error) {
	switch d.Topic {
	case AuthTypeTopic:
		return s.applyAuthType(ctx, tx, d.Body)
	case AuthenticationTopic:
		return s.applyAuthentication(ctx, tx, d.Body)
	case CredentialTopic:
		return s.applyCredential(ctx, tx, d.Body)
	case WorkflowTopic:
		return s.applyWorkflow(ctx, tx, d.Body)
	}
	return nil, fmt.Errorf("%w: topic", errUnreadable)
}

// errUnreadable is a delivery that no later attempt will understand.
var errUnreadable = errors.New("unreadable delivery")

func read(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %s", errUnreadable, jsonFault(err))
	}
	return nil
}

// jsonFault says what is wrong without quoting what was sent.
func jsonFault(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "wrong type at " + t.Field
	}
	return "not JSON"
}

// applyAuthType completes the lock events that ID Authentication acknowledges.
func (s *Service) applyAuthType(ctx context.Context, tx store.Tx, body []byte) ([]string, error) {
	var ack struct {
		Event struct {
			RequestID string
			Data      struct {
				Partner   string `json:"olv_partner_id"`
				AuthTypes []struct{ RequestID string }
			}
		}
	}
	if err := read(body, &ack); err != nil {
		return nil, err
	}
	if p := ack.Event.Data.Partner; p != "" && p != s.OnlineVerificationPartner {
		return nil, nil // one of IDA's other modules; ours acknowledges by itself
	}
	ids := map[string]bool{ack.Event.RequestID: true}
	for _, a := range ack.Event.Data.AuthTypes {
		ids[a.RequestID] = true
	}
	delete(ids, "")
	var moved []string
	for _, id := range slices.Sorted(maps.Keys(ids)) { // in one order, or two replicas could wait for each other
		events, err := tx.LockEventsBy(ctx, store.ByRequestID, id, store.AuthTypeLockUnlock)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			ok, err := s.advance(ctx, tx, e, "COMPLETED", FromIDAuthentication)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			if err := tx.SettleAuthLocks(ctx, e.TokenID, e.EventID, e.UpdatedAt, false); err != nil {
				return nil, err
			}
			moved = append(moved, e.TokenID)
		}
	}
	return moved, nil
}

// authentication is what IDA reports of each transaction; its own id is the stable key.
type authentication struct {
	Event struct {
		TransactionID string
		Data          authenticationData
	}
}

type authenticationData struct {
	RequestTime  upstream.WireTime `json:"requestdatetime"`
	AuthType     string            `json:"authtypeCode"`
	Status       string            `json:"statusCode"`
	IDType       string            `json:"referenceIdType"`
	PartnerName  string            `json:"entityName"`
	PartnerID    string            `json:"entityId"`
	TokenID      string
	IndividualID string // a hash
}

// applyAuthentication adds an authentication at a partner to the resident's history, unless the reconciler was faster.
func (s *Service) applyAuthentication(ctx context.Context, tx store.Tx, body []byte) ([]string, error) {
	var got authentication
	if err := read(body, &got); err != nil {
		return nil, err
	}
	data, key := got.Event.Data, got.Event.TransactionID
	if key == "" || data.TokenID == "" {
		return nil, fmt.Errorf("%w: no transaction or token id", errUnreadable)
	}
	if data.TokenID == "UNKNOWN" {
		return nil, nil // IDA could not tell whose it was
	}
	e, err := s.authenticationEvent(data, key)
	if err != nil {
		return nil, err
	}
	if err := tx.LockResident(ctx, e.TokenID); err != nil {
		return nil, err
	}
	known, err := tx.AdoptAuthentication(ctx, e.TokenID, store.Authentication{
		At: e.CreatedAt.Truncate(time.Second), LoginMode: orEmpty(e.LoginMode), Succeeded: e.Status == store.Success,
		PartnerName: data.PartnerName, RefHash: data.IndividualID,
	}, key, e.PartnerID)
	if err != nil || known {
		return nil, err
	}
	added, err := tx.InsertEvent(ctx, e, FromIDAuthentication)
	if err != nil || !added {
		return nil, err
	}
	return []string{e.TokenID}, nil
}

// authenticationEvent makes the event of one transaction; key is IDA's own id of it, empty where it is not told. The
// time stays as IDA gives it: with the rest it tells the transaction from others.
func (s *Service) authenticationEvent(data authenticationData, key string) (*store.Event, error) {
	eventID, err := newEventID()
	if err != nil {
		return nil, err
	}
	word, status := "N", store.Failed
	if strings.EqualFold(data.Status, "Y") {
		word, status = "Y", store.Success
	}
	at, now := data.RequestTime.UTC(), s.Now().UTC()
	if data.RequestTime.IsZero() {
		at = now
	}
	modes := strings.FieldsFunc(data.AuthType, func(r rune) bool { return r == ',' || r == ' ' })
	e := &store.Event{
		TokenID: data.TokenID, EventID: eventID, RequestType: store.AuthenticationRequest, Status: status,
		StatusDetail: word, CreatedAt: at, UpdatedAt: now, Read: true, LoginMode: nonEmpty(strings.Join(modes, ",")),
		PartnerID: nonEmpty(data.PartnerID), PartnerName: nonEmpty(data.PartnerName),
		RefHash: nonEmpty(data.IndividualID), RequestID: nonEmpty(key),
	}
	if kind := store.IDKind(data.IDType); kind == store.UIN || kind == store.VID || kind == store.AID {
		e.SignedInWith = &kind
	}
	return e, nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// cardTypes are the events whose card is ready once it is stored.
var cardTypes = map[store.RequestType]bool{store.VidCardDownload: true, store.UpdateMyUIN: true}

// applyCredential moves the events that wait for a credential.
func (s *Service) applyCredential(ctx context.Context, tx store.Tx, body []byte) ([]string, error) {
	var got struct {
		Event struct{ RequestID, Status, StatusCode, URL string }
	}
	if err := read(body, &got); err != nil {
		return nil, err
	}
	word := got.Event.Status
	if word == "" {
		word = got.Event.StatusCode
	}
	if got.Event.RequestID == "" || word == "" {
		return nil, fmt.Errorf("%w: no request id or status", errUnreadable)
	}
	if strings.HasPrefix(word, "FAILED") { // IDA has FAILED_WITH_MAX_RETRIES, …
		word = failedWord
	}
	return s.moveAll(ctx, tx, news{store.ByCredentialRequestID, got.Event.RequestID, word, got.Event.URL, FromCredentials},
		store.ShareCredWithPartner, store.VidCardDownload, store.OrderPhysicalCard, store.UpdateMyUIN)
}

// applyWorkflow moves the update whose packet Registration Processor has finished.
func (s *Service) applyWorkflow(ctx context.Context, tx store.Tx, body []byte) ([]string, error) {
	var got struct{ InstanceID, ResultCode string }
	if err := read(body, &got); err != nil {
		return nil, err
	}
	word := map[string]string{"PROCESSED": "IDENTITY_UPDATED", "SUCCESS": "IDENTITY_UPDATED",
		"UIN_GENERATED": "IDENTITY_UPDATED", "REJECTED": "REJECTED", "FAILED": "FAILED",
		"REPROCESS_FAILED": "REPROCESS_FAILED"}[got.ResultCode]
	if got.InstanceID == "" || word == "" {
		return nil, nil
	}
	return s.moveAll(ctx, tx, news{by: store.ByAID, value: got.InstanceID, word: word, source: FromRegistration}, store.UpdateMyUIN)
}

// news is what a delivery says of the events that upstream knows under a value.
type news struct {
	by          store.EventColumn
	value, word string
	url         string // that came along; "" for none
	source      string
}

func (s *Service) moveAll(ctx context.Context, tx store.Tx, n news, types ...store.RequestType) ([]string, error) {
	events, err := tx.LockEventsBy(ctx, n.by, n.value, types...)
	if err != nil {
		return nil, err
	}
	var moved []string
	for _, e := range events {
		to := n.word
		switch {
		case to == "STORED" && cardTypes[e.RequestType]:
			to = cardReady
		case to == failedWord && n.by == store.ByCredentialRequestID && e.RequestType == store.UpdateMyUIN:
			to = onlyCardFailed(e)
		case e.RequestType == store.OrderPhysicalCard:
			if to, err = s.orderMoved(ctx, tx, e, to, n.url); err != nil {
				return nil, err
			}
		}
		ok, err := s.advance(ctx, tx, e, to, n.source)
		if err != nil {
			return nil, err
		}
		if ok {
			moved = append(moved, e.TokenID)
		}
	}
	return moved, nil
}

// backoff is how long after its nth failure a delivery is tried again.
func backoff(attempts int) time.Duration {
	return min(time.Second<<min(attempts, 10), 5*time.Minute)
}
