package live

import (
	"net/http"
	"strings"
)

// Handler serves the callbacks: GET for the hub's verifications and denials, POST for its deliveries.
// Mount it at /hooks/websub/{id} or above.
func (s *Subscriber) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hooks/websub/{id}", s.intent)
	mux.HandleFunc("POST /hooks/websub/{id}", s.delivery)
	return mux
}

// lookup returns the saved subscription that r's callback id belongs to, or nil if there is none.
// Ids that cannot be ours never reach the store.
func (s *Subscriber) lookup(r *http.Request) (*Subscription, error) {
	id := r.PathValue("id")
	if len(id) < 16 || len(id) > 128 || strings.ContainsFunc(id, notCallback) {
		return nil, nil
	}
	return s.cfg.Store.SubscriptionByCallback(r.Context(), id)
}

func notCallback(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

// addressee returns the subscription a delivery is for and where to count it, or nil if there is none.
// The configured ones are known without the store; it is asked about those made with an earlier secret,
// and about discovered ones: another replica may have found that a topic moved.
func (s *Subscriber) addressee(r *http.Request) (*Subscription, *tally, error) {
	if t := s.topicOf(r.PathValue("id")); t != nil && s.cfg.TopicURL == "" {
		return t.present.Load(), &t.tally, nil
	}
	row, err := s.lookup(r)
	if row == nil || err != nil {
		return nil, nil, err
	}
	if t := s.topicNamed(row.address().name); t != nil {
		return row, &t.tally, nil
	}
	return row, new(tally), nil
}
