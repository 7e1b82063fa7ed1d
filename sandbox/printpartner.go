package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	orderStatusPath = "/v1/print-partner/check-order-status"
	orderLookupPath = "/v1/print-partner/order-payment"
	orderPage       = "/print-partner/order"
	trackingPage    = "/print-partner/track/"
)

// payment is a payment at the print partner, or an attempt at one.
type payment struct {
	TransactionID string `json:"transactionId"`
	TrackingID    string `json:"trackingId"`
	EventID       string `json:"eventId"`
	Outcome       string `json:"outcome"`

	At time.Time `json:"at"`
}

// paymentErrors are what check-order-status answers for each outcome but PAID; the transaction id ends in the digit
// by which MOSIP's own mock of the partner tells them apart.
var paymentErrors = map[string]struct {
	digit int
	kernelError
}{
	"FAILED":    {6, kernelError{"RES-SER-475", "Payment has failed"}},
	"CANCELED":  {7, kernelError{"RES-SER-476", "Payment has been cancelled"}},
	"TECHNICAL": {8, kernelError{"RES-SER-477", "Technical error has occurred"}},
	"REFUSED":   {9, kernelError{"RES-SER-478", "Cannot place order at the moment"}},
}

// printPartner is a partner that prints cards: the page where residents order and pay, and the question whether they
// have.
type printPartner struct {
	state   *state
	returns string // the origin that residents are sent back to

	mu   sync.Mutex
	byID map[string]payment
}

func openPrintPartner(ctx context.Context, s *state, returns string) (*printPartner, error) {
	p := &printPartner{state: s, returns: returns, byID: map[string]payment{}}
	records, err := s.load(ctx, "payment")
	if err != nil {
		return nil, err
	}
	for key, record := range records {
		var one payment
		if err := json.Unmarshal(record, &one); err != nil {
			return nil, fmt.Errorf("read a payment: %w", err)
		}
		p.byID[key] = one
	}
	return p, nil
}

// endpoints of the partner, who is not one of MOSIP's services and knows nothing of its tokens.
func (p *printPartner) endpoints() []endpoint {
	return []endpoint{
		{"print", "GET " + orderStatusPath, open, nil, p.status},
		{"print", "GET " + orderLookupPath, open, nil, p.lookup},
		{"print", "POST " + orderPage, open, nil, p.order},
	}
}

// status answers whether a transaction was paid. A transaction that never was has failed: MOSIP's mock confirms any.
func (p *printPartner) status(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("transactionId") == "" || query.Get("individualId") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	one, known := p.byID[query.Get("transactionId")]
	p.mu.Unlock()
	if !known {
		one.Outcome = "FAILED"
	}
	if trouble, failed := paymentErrors[one.Outcome]; failed {
		refuse(w, nil, nil, trouble.kernelError)
		return
	}
	succeed(w, nil, nil, map[string]string{"trackingId": one.TrackingID, "transactionId": one.TransactionID})
}

// lookup answers which payment belongs to an order, the last one made: no part of MOSIP's contract, which leaves it to the
// country and the partner.
func (p *printPartner) lookup(w http.ResponseWriter, r *http.Request) {
	eventID := r.URL.Query().Get("eventId")
	if eventID == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var last payment
	p.mu.Lock()
	for _, one := range p.byID {
		if one.EventID == eventID && !one.At.Before(last.At) {
			last = one
		}
	}
	p.mu.Unlock()
	answer := map[string]any{"eventId": eventID, "transactionId": nil}
	if last.TransactionID != "" {
		answer["transactionId"] = last.TransactionID
	}
	succeed(w, nil, nil, answer)
}

// pay makes a transaction with an outcome, and keeps it.
func (p *printPartner) pay(ctx context.Context, eventID, outcome string) (payment, error) {
	digit := rand.IntN(6)
	if trouble, failed := paymentErrors[outcome]; failed {
		digit = trouble.digit
	}
	one := payment{
		TransactionID: fmt.Sprintf("%09d%d", rand.IntN(1_000_000_000), digit), TrackingID: uuid.NewString(),
		EventID: eventID, Outcome: outcome, At: time.Now().UTC(),
	}
	if err := p.state.save(ctx, "payment", one.TransactionID, one); err != nil {
		return one, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID[one.TransactionID] = one
	return one, nil
}

// order takes the form of the page and sends the resident back with what became of it.
func (p *printPartner) order(w http.ResponseWriter, r *http.Request) {
	back, err := p.back(r.PostFormValue("redirectUri"))
	outcome := r.PostFormValue("outcome")
	if _, failed := paymentErrors[outcome]; err != nil || outcome != "PAID" && !failed {
		http.Error(w, "this order is not one of ours", http.StatusBadRequest)
		return
	}
	one, err := p.pay(r.Context(), r.PostFormValue("eventId"), outcome)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	query := back.Query()
	query.Set("eventId", one.EventID)
	query.Set("paymentTransactionId", one.TransactionID)
	if address := r.PostFormValue("address"); address != "" {
		query.Set("residentFullAddress", address)
	}
	if trouble, failed := paymentErrors[outcome]; failed && r.PostFormValue("silent") == "" {
		query.Set("error_code", trouble.Code)
		query.Set("error_message", trouble.Message)
	}
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

// back is where a resident returns to, which must be at Resident Graph; without one it is where MOSIP expects them.
func (p *printPartner) back(text string) (*url.URL, error) {
	if text == "" {
		text = p.returns + "/resident/v1/physical-card/order-redirect"
	}
	if text != p.returns && !strings.HasPrefix(text, p.returns+"/") {
		return nil, fmt.Errorf("an address elsewhere")
	}
	return url.Parse(text)
}

// serveOrderPage is where the partner's orderRedirectUrl leads.
func (s *Sandbox) serveOrderPage(w http.ResponseWriter, r *http.Request) {
	outcomes := []string{"PAID"}
	for outcome := range paymentErrors {
		outcomes = append(outcomes, outcome)
	}
	slices.Sort(outcomes[1:])
	s.render(w, "order.html", map[string]any{
		"EventID": r.URL.Query().Get("eventId"), "RedirectURI": r.URL.Query().Get("redirectUri"), "Outcomes": outcomes,
	})
}

// serveTracking is where a printed card can be followed.
func (s *Sandbox) serveTracking(w http.ResponseWriter, r *http.Request) {
	s.render(w, "tracking.html", r.PathValue("trackingId"))
}

// trackingURL is where a printed card can be followed; empty where nobody said which order it belongs to.
func (c *credentialRequests) trackingURL(one credentialRequest) string {
	id, _ := one.Ask.AdditionalData["trackingId"].(string)
	if id == "" || one.Status != "IN_TRANSIT" && one.Status != "CARD_DELIVERED" {
		return ""
	}
	return c.shares.url + trackingPage + url.PathEscape(id)
}

// postPayment pays without the page, for tests.
func (s *Sandbox) postPayment(w http.ResponseWriter, r *http.Request) {
	var body struct {
		EventID string `json:"eventId"`
		Outcome string `json:"outcome"`
	}
	if !readControl(w, r, &body) {
		return
	}
	if _, failed := paymentErrors[body.Outcome]; body.Outcome != "PAID" && !failed {
		http.Error(w, "outcome is PAID, FAILED, CANCELED, TECHNICAL or REFUSED", http.StatusBadRequest)
		return
	}
	one, err := s.printer.pay(r.Context(), body.EventID, body.Outcome)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, one)
}
