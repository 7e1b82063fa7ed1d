package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

const credentialTopic = "CREDENTIAL_STATUS_UPDATE"

// credentialRequest is a request for a credential or a card, as the generator shows it.
type credentialRequest struct {
	RequestID string  `json:"requestId"`
	ID        string  `json:"id"` // the id that was given when it was made
	Status    string  `json:"statusCode"`
	URL       *string `json:"url"`
}

// credentialRequests is the credential request generator: it knows how each request stands.
type credentialRequests struct {
	state *state

	mu   sync.Mutex
	byID map[string]credentialRequest
}

func openCredentialRequests(ctx context.Context, s *state) (*credentialRequests, error) {
	c := &credentialRequests{state: s, byID: map[string]credentialRequest{}}
	records, err := s.load(ctx, "credential")
	if err != nil {
		return nil, err
	}
	for key, record := range records {
		var one credentialRequest
		if err := json.Unmarshal(record, &one); err != nil {
			return nil, fmt.Errorf("read a credential request: %w", err)
		}
		c.byID[key] = one
	}
	return c, nil
}

// endpoints of the generator.
func (c *credentialRequests) endpoints() []endpoint {
	return []endpoint{{"credential", "GET /v1/credentialrequest/get/{requestId}", serviceToken,
		[]string{"CREDENTIAL_REQUEST"}, c.get}}
}

func (c *credentialRequests) get(w http.ResponseWriter, r *http.Request) {
	const id = "mosip.credential.request.generator"
	c.mu.Lock()
	one, known := c.byID[r.PathValue("requestId")]
	c.mu.Unlock()
	if !known {
		refuse(w, id, "1.0", kernelError{"IDR-CRG-003", "request id is not present"})
		return
	}
	succeed(w, id, "1.0", one)
}

// put keeps how a request stands.
func (c *credentialRequests) put(ctx context.Context, one credentialRequest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.state.save(ctx, "credential", one.RequestID, one); err != nil {
		return err
	}
	c.byID[one.RequestID] = one
	return nil
}

// putCredential has a partner move a request, and the hub tell of it.
func (s *Sandbox) putCredential(w http.ResponseWriter, r *http.Request) {
	var one credentialRequest
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
