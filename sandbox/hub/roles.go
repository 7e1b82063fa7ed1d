package hub

import (
	"net/http"
	"slices"
	"strings"
)

type action int

const (
	subscribing action = iota
	publishing
)

// refusal returns why the caller may not act on a topic, "" when it may. A
// topic {partner}/{event} is the partner's own to subscribe to.
func (h *Hub) refusal(r *http.Request, do action, topic string) string {
	if h.config.Authorize == nil {
		return ""
	}
	cookie := r.Header.Get("Cookie")
	if !strings.Contains(cookie, "Authorization=") {
		return "Authorization token is missing"
	}
	user, roles, err := h.config.Authorize(r.Context(), cookie)
	if err != nil {
		return "Authorization token is not valid"
	}
	topic = h.named(topic)
	partner, event, individual := strings.Cut(topic, "/")
	var role, reason string
	allowed := true
	switch {
	case do == subscribing && individual:
		role, reason = "SUBSCRIBE_"+event+"_INDIVIDUAL", "Subscriber is not authorized"
		allowed = strings.TrimPrefix(user, "service-account-") == partner
	case do == subscribing:
		role, reason = "SUBSCRIBE_"+topic+"_GENERAL", "Subscriber is not authorized"
	case individual:
		role, reason = "PUBLISH_"+event+"_ALL_INDIVIDUAL", "Publisher is not authorized"
	default:
		role, reason = "PUBLISH_"+topic+"_GENERAL", "Publisher is not authorized"
	}
	if allowed && slices.Contains(roles, role) {
		return ""
	}
	return reason
}
