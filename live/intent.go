package live

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// intent answers the hub's GET: a verification with its challenge, a denial with 200, anything that
// answers no request of ours with 404 (W3C WebSub §5.2, §5.3). Any replica can answer for any other.
func (s *Subscriber) intent(w http.ResponseWriter, r *http.Request) {
	row, err := s.lookup(r)
	if err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "websub subscription not read", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	said := tolerant(r.URL.RawQuery)
	if row == nil || said["hub.topic"] != row.address().self {
		http.NotFound(w, r)
		return
	}
	now, challenge := s.cfg.Now(), said["hub.challenge"]
	switch mode := said["hub.mode"]; {
	case mode == "denied":
		s.denied(r.Context(), row, said["hub.reason"])
		challenge = ""
	case challenge != "" && row.pending(mode, now):
		s.regained(r.Context(), row, now)
		row.confirm(now, leased(said["hub.lease_seconds"], s.cfg.Lease))
	default:
		http.NotFound(w, r)
		return
	}
	if err := s.cfg.Store.SaveSubscription(r.Context(), *row); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "websub subscription not saved", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("X-Content-Type-Options", "nosniff") // the challenge is somebody else's text
	_, _ = io.WriteString(w, challenge)
}

// regained tells the operator of a subscription that the hub no longer had when we asked for it again: its lease had
// ended, or a hub that answers "already registered" for those it has asks anew whether we meant it.
func (s *Subscriber) regained(ctx context.Context, row *Subscription, now time.Time) {
	t := s.topicOf(row.CallbackID)
	forgotten := t != nil && t.stood.Swap(false)
	if row.State == Verified && (forgotten || now.After(row.LeaseUntil)) {
		s.cfg.Log.WarnContext(ctx, "websub subscription was gone at the hub: messages may be lost", "topic", row.address().name)
	}
}

// denied records a denial. "Already registered" is MOSIP's answer to the re-subscription of a live
// subscriber: it says that the subscription stands.
func (s *Subscriber) denied(ctx context.Context, row *Subscription, reason string) {
	switch known := alreadyRegistered(reason); {
	case known && row.State == Unsubscribing:
		// An answer to what we asked before we changed our mind.
	case known || row.State == Unsubscribing: // there is nothing to unsubscribe: it is gone
		if t := s.topicOf(row.CallbackID); t != nil && known {
			t.stood.Store(true)
		}
		row.confirm(s.cfg.Now(), s.cfg.Lease)
	default:
		row.State = Denied
		s.cfg.Log.WarnContext(ctx, "websub subscription denied", "topic", row.address().name, "reason", clipped(reason))
	}
}

// leased reads hub.lease_seconds; a hub that does not say it gave what we asked for.
func leased(seconds string, asked time.Duration) time.Duration {
	n, err := strconv.ParseInt(seconds, 10, 32)
	if err != nil || n <= 0 {
		return asked
	}
	return time.Duration(n) * time.Second
}

// tolerant reads a query whose values may not have been encoded, as MOSIP's hub sends them: a value
// that does not decode stands for itself. The first of a repeated name counts.
func tolerant(query string) map[string]string {
	said := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		if _, ok := said[name]; !ok {
			said[name] = value
		}
	}
	return said
}
