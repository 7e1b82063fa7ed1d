package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// serveCredentials lists what was asked of the generator, as it was asked; the cards of registrations among it only
// once somebody has asked for them.
func (s *Sandbox) serveCredentials(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.credentials.newest(func(credentialRequest) bool { return true }))
}

// putCredential has a partner move a request, and the hub tell of it.
func (s *Sandbox) putCredential(w http.ResponseWriter, r *http.Request) {
	var one credentialStatus
	if !readControl(w, r, &one) {
		return
	}
	if one.RequestID == "" || one.Status == "" {
		http.Error(w, "requestId and statusCode are needed", http.StatusBadRequest)
		return
	}
	if err := s.credentials.put(r.Context(), one); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.tell(w, r, credentialTopic, message(credentialTopic, map[string]any{
		"requestId": one.RequestID, "status": one.Status, "url": one.URL, "timestamp": now(),
	}))
}

// put makes a request stand as it is told, for good.
func (c *credentialRequests) put(ctx context.Context, told credentialStatus) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, at := c.byID[told.RequestID], time.Now().UTC()
	if one.Made.IsZero() {
		one.Made, one.Ask.ID = at, told.ID
	}
	one.credentialStatus, one.Moved, one.Due = told, at, time.Time{}
	return c.keep(ctx, one)
}

// tell publishes what a control has changed, and answers it.
func (s *Sandbox) tell(w http.ResponseWriter, r *http.Request, topic string, body any) {
	encoded, err := json.Marshal(body)
	if err == nil {
		err = s.publish(r.Context(), topic, encoded)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// publish gives a message to the hub, which loses it while dropMessages is set, as a hub does between its own retries
// and a subscriber that was away: nobody is told.
func (s *Sandbox) publish(ctx context.Context, topic string, body []byte) error {
	if s.settings.get().DropMessages {
		return nil
	}
	return s.hub.Publish(ctx, topic, body)
}

func cutCardSuffix(requestID string) (rid string, isCard bool) {
	return strings.CutSuffix(requestID, cardSuffix)
}
