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
	var lost bool
	switch mode := said["hub.mode"]; {
	case mode == "denied":
		lost = s.denied(r.Context(), row, said["hub.reason"])
		challenge = ""
	case challenge != "" && row.pending(mode, now):
		lost = row.confirm(now, leased(said["hub.lease_seconds"], s.cfg.Lease), false)
	default:
		http.NotFound(w, r)
		return
	}
	if err := s.cfg.Store.SaveSubscription(r.Context(), *row); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "websub subscription not saved", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	if lost {
		s.cfg.Log.WarnContext(r.Context(), "websub subscription was interrupted: messages may be lost", "topic", row.address().name)
		s.cfg.Lost()
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("X-Content-Type-Options", "nosniff") // the challenge is somebody else's text
	_, _ = io.WriteString(w, challenge)
}

// denied records a denial. "Already registered" is MOSIP's answer to the re-subscription of a live
// subscriber: it says that the subscription stands. It answers whether messages may have been lost before.
func (s *Subscriber) denied(ctx context.Context, row *Subscription, reason string) (lost bool) {
	switch known := alreadyRegistered(reason); {
	case known && row.State == Unsubscribing:
		// An answer to what we asked before we changed our mind.
	case known || row.State == Unsubscribing: // there is nothing to unsubscribe: it is gone
		lost = row.confirm(s.cfg.Now(), s.cfg.Lease, known)
	default:
		row.State, row.Gap = Denied, true
		s.cfg.Log.WarnContext(ctx, "websub subscription denied", "topic", row.address().name, "reason", clipped(reason))
	}
	return lost
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
