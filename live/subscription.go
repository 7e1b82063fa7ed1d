package live

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"
)

// The states of a Subscription.
const (
	Requested     = "requested"     // asked for, not yet verified
	Verified      = "verified"      // the hub asked whether we meant it, and we said yes
	Denied        = "denied"        // the hub refused; asked for again later
	Unsubscribing = "unsubscribing" // no longer wanted; gone once VerifiedAt is not before RequestedAt
)

// pendingFor is how long after a request the hub may verify it. A hub repeats a verification whose
// answer it did not get, so a verified request stays answerable until then.
const pendingFor = 10 * time.Minute

// Subscription is what we and the hub agreed about one topic and one callback. CallbackID is its key.
type Subscription struct {
	// Topic is MOSIP's name of the topic. Of a discovered one it is the name, what the hub calls the topic (rel=self) and
	// the hub's URL (rel=hub), with spaces between.
	Topic, CallbackID string
	Secret            []byte // the hub.secret as sent: HMAC key of the deliveries to this callback
	State             string // Requested, Verified, Denied or Unsubscribing
	// RequestedAt is when we last asked, VerifiedAt when the hub last confirmed. LeaseUntil is when it ends.
	RequestedAt, VerifiedAt, LeaseUntil time.Time
	// Stood tells that the hub's last confirmation was "already registered": the next time that it asks whether we meant it,
	// it had lost us. Gap tells that the hub was away, refused us or could not deliver since it last confirmed.
	Stood, Gap bool
}

// Subscriptions keeps subscriptions where all replicas see them: the one that subscribes is not
// always the one that the hub's verification reaches.
type Subscriptions interface {
	// LoadSubscriptions returns every row ever saved, in any order.
	LoadSubscriptions(ctx context.Context) ([]Subscription, error)
	// SaveSubscription inserts or replaces the row with this CallbackID.
	SaveSubscription(ctx context.Context, s Subscription) error
	// SubscriptionByCallback returns the row with this CallbackID, or nil and no error if there is none.
	SubscriptionByCallback(ctx context.Context, callbackID string) (*Subscription, error)
}

// pending tells whether a verification with this mode answers a request of ours.
func (s *Subscription) pending(mode string, now time.Time) bool {
	asked := "subscribe"
	if s.State == Unsubscribing {
		asked = "unsubscribe"
	}
	return mode == asked && !s.RequestedAt.IsZero() && now.Sub(s.RequestedAt) < pendingFor
}

// confirmed tells whether the hub has answered our last request with a yes.
func (s *Subscription) confirmed() bool {
	return !s.VerifiedAt.IsZero() && !s.VerifiedAt.Before(s.RequestedAt) && (s.State == Verified || s.State == Unsubscribing)
}

// confirm records the hub's yes; stood says that it had the subscription and had no need to ask. It answers whether
// messages may have been lost since the last confirmation. Replicas' clocks differ; a confirmation is never before its
// request.
func (s *Subscription) confirm(now time.Time, lease time.Duration, stood bool) (lost bool) {
	lost = s.State != Unsubscribing && (s.Gap || !stood && s.State == Verified && (s.Stood || now.After(s.LeaseUntil)))
	s.Stood, s.Gap = stood, false
	if now.Before(s.RequestedAt) {
		now = s.RequestedAt
	}
	s.VerifiedAt = now
	if s.State != Unsubscribing {
		s.State, s.LeaseUntil = Verified, now.Add(lease)
	}
	return lost
}

// derive makes a topic's subscription from the configured secret. Callback id and hub.secret are
// stable over restarts and the same in every replica, and they change together: a hub ignores a new
// secret for a callback it knows, but a new callback is a new subscription to it. Of a discovered topic
// they follow from its address too, so that what one hub was told is worth nothing after it is left.
// The id is 160 bits in letters and digits, since MOSIP's hub takes every other character for `_`.
func derive(secret []byte, topic string) Subscription {
	id := strings.ToLower(base32.StdEncoding.EncodeToString(keyed(secret, "websub callback", topic)[:20]))
	return Subscription{
		Topic:      topic,
		CallbackID: id,
		Secret:     []byte(hex.EncodeToString(keyed(secret, "websub secret", topic))),
		State:      Requested,
	}
}

func keyed(secret []byte, purpose, topic string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose + "\x00" + topic))
	return mac.Sum(nil)
}
