package live

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"
)

// deliverWithin keeps us below the ten seconds after which MOSIP's hub gives a delivery up.
const deliverWithin = 8 * time.Second

// delivery takes one message in. Only a signed one reaches Config.Deliver, and 202 means that it is
// kept for good. Business trouble is never an error here: one refused message stops a MOSIP hub's
// delivery and may cost those behind it, so 500 is left to a message that could not be stored. Even
// what is not JSON is kept: the hub signed it, and somebody should look at it.
//
// A missing or wrong signature is 401. W3C WebSub §7.1 permits 2xx as well, but a forger is owed
// nothing, and if it was the hub, signing with a secret it should have forgotten, a 2xx would throw
// away every message in silence while a refusal stops it and shows.
func (s *Subscriber) delivery(w http.ResponseWriter, r *http.Request) {
	to, tally, err := s.addressee(r)
	switch {
	case err != nil:
		s.cfg.Log.ErrorContext(r.Context(), "websub subscription not read", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	case to == nil:
		http.NotFound(w, r)
		return
	case to.State == Unsubscribing: // its successor stands, and W3C WebSub §7 has a word for that
		w.WriteHeader(http.StatusGone)
		return
	}
	if r.ContentLength > s.cfg.MaxBody { // said beforehand: not one byte of it is read
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.MaxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	} else if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	name := to.address().name
	signature := r.Header.Values("X-Hub-Signature")
	if len(signature) != 1 || !signed(signature[0], to.Secret, body) {
		s.refused(r.Context(), name, tally)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !json.Valid(body) || !utf8.Valid(body) {
		tally.unreadable.Add(1)
		s.cfg.Log.WarnContext(r.Context(), "websub delivery is not JSON", "topic", name, "bytes", len(body))
	}
	ctx, cancel := context.WithTimeout(r.Context(), deliverWithin)
	defer cancel()
	if err := s.cfg.Deliver(ctx, name, body); err != nil {
		tally.failed.Add(1)
		tally.troubled()
		s.cfg.Log.ErrorContext(r.Context(), "websub delivery not stored", "topic", name, "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	tally.delivered.Add(1)
	w.WriteHeader(http.StatusAccepted)
}

// refused counts a forgery and logs the 1st, 2nd, 4th, 8th …: seen, and no way to fill a disk.
func (s *Subscriber) refused(ctx context.Context, topic string, tally *tally) {
	if n := tally.forged.Add(1); n&(n-1) == 0 {
		s.cfg.Log.WarnContext(ctx, "websub delivery without a valid signature", "topic", topic, "total", n)
	}
}
