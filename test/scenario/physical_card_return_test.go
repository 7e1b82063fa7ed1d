package scenario

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestWhatTheBrowserSaysOfAPaymentIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	paid, paidPage := ordered(t, c, "order-paid")
	theirs := s.Pay(t, paidPage, "PAID", nil)
	transaction := mustQuery(t, theirs).Get("paymentTransactionId")
	forged, forgedPage := ordered(t, c, "order-forged")
	back := mustQuery(t, forgedPage).Get("redirectUri")
	for _, query := range []url.Values{{"eventId": {forged}, "paymentTransactionId": {transaction}}} {
		if status, _ := c.Visit(http.MethodGet, back+"?"+query.Encode()); status != http.StatusSeeOther {
			t.Errorf("back with the payment of another order: %d", status)
		}
	}
	if event := orderOf(c, forged); harness.At(event, "statusDetail") != "NEW" {
		t.Errorf("the payment of another order: %v", event)
	}
	if status, _ := c.Visit(http.MethodGet, theirs); status != http.StatusSeeOther {
		t.Errorf("back: %d", status)
	}
	orderAt(t, c, paid, "CARD_DELIVERED")
	if event := orderOf(c, forged); harness.At(event, "statusDetail") != "NEW" || len(s.Credentials(t)) != 1 {
		t.Errorf("one payment, two cards: %v", event)
	}
}

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// A partner that names one transaction for everything is caught by us: it pays for one order.
func TestOnePaymentIsOneCard(t *testing.T) {
	t.Parallel()
	transaction := make(chan string, 1)
	partner := http.NewServeMux()
	partner.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		one := <-transaction
		transaction <- one
		_, _ = fmt.Fprintf(w, `{"response":{"eventId":%q,"transactionId":%q},"errors":null}`, r.URL.Query().Get("eventId"), one)
	})
	at := httptest.NewServer(partner)
	t.Cleanup(at.Close)
	s := harness.Start(t, "PRINT_PARTNER_ORDERS_URL="+at.URL)
	c := s.SignIn(t, resident(t, s).UIN)
	first, page := ordered(t, c, "order-0001")
	returned := s.Pay(t, page, "PAID", nil)
	transaction <- mustQuery(t, returned).Get("paymentTransactionId")
	c.Visit(http.MethodGet, returned)
	orderAt(t, c, first, "CARD_DELIVERED")
	second, _ := ordered(t, c, "order-0002")
	event := orderAt(t, c, second, "PAYMENT_FAILED")
	if harness.At(event, "failure", "code") != "CONFLICT" || len(s.Credentials(t)) != 1 {
		t.Errorf("the second order: %v, %v", event, s.Credentials(t))
	}
}

func TestAnOrderThatIsPaidAndAbandonedIsFound(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	eventID, page := ordered(t, c, "order-0001")
	returned := s.Pay(t, page, "PAID", nil) // and the tab is closed
	event := orderAt(t, c, eventID, "CARD_DELIVERED")
	if harness.At(event, "tracking", "url") == nil || harness.At(event, "timeline", 1, "name") != "PAYMENT_CONFIRMED" ||
		harness.At(event, "timeline", 1, "source") != "PRINT_PARTNER" {
		t.Errorf("the order: %v", event)
	}
	if status, leads := c.Visit(http.MethodGet, returned); status != http.StatusSeeOther || !strings.HasPrefix(leads, s.URL+"/cards?") {
		t.Errorf("back after all: %d, to %s", status, leads)
	}
	if len(s.Credentials(t)) != 1 {
		t.Errorf("MOSIP was asked for %v", s.Credentials(t))
	}
}

// TestAnAttemptThatFailsEndsNoOrderThatIsStillBeingPaid has the reconciler ask about an order between two attempts to pay
// for it at the partner's page.
func TestAnAttemptThatFailsEndsNoOrderThatIsStillBeingPaid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c, db := s.SignIn(t, resident(t, s).UIN), database(t, s)
	asked := func(eventID string) {
		t.Helper()
		s.ResetCalls(t)
		if _, err := db.Exec(t.Context(), `update event set check_at = now() where event_id = $1`, eventID); err != nil {
			t.Fatal(err)
		}
		harness.Eventually(t, "the order is asked about", func() bool {
			var done bool
			err := db.QueryRow(t.Context(), `select check_at > now() from event where event_id = $1`, eventID).Scan(&done)
			return err == nil && done && s.Calls(t)["print"] > 1
		})
	}
	paid, page := ordered(t, c, "order-paid")
	s.Pay(t, page, "FAILED", nil)
	asked(paid)
	if status, _ := c.Visit(http.MethodGet, s.Pay(t, page, "PAID", nil)); status != http.StatusSeeOther {
		t.Errorf("back: %d", status)
	}
	orderAt(t, c, paid, "CARD_DELIVERED")

	given, page := ordered(t, c, "order-given-up")
	s.Pay(t, page, "FAILED", nil)
	asked(given)
	if event := orderOf(c, given); harness.At(event, "statusDetail") != "NEW" {
		t.Errorf("the order of a resident who may try again: %v", event)
	}
	for _, statement := range []string{`update card_order set expires_at = now() where event_id = $1`, `update event set check_at = now() where event_id = $1`} {
		if _, err := db.Exec(t.Context(), statement, given); err != nil {
			t.Fatal(err)
		}
	}
	if event := orderAt(t, c, given, "PAYMENT_FAILED"); harness.At(event, "failure", "upstreamCode") != "RES-SER-475" {
		t.Errorf("the order that was not paid in the end: %v", event)
	}
}

func TestTheWayBackWorksOnceForItsResident(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"holdCards": true})
	all := slices.DeleteFunc(s.Residents(t), func(r harness.Resident) bool { return r.Status != "ACTIVATED" })
	c, other := s.SignIn(t, all[0].UIN), s.SignIn(t, all[1].UIN)
	eventID, page := ordered(t, c, "order-0001")
	returned := s.Pay(t, page, "PAID", url.Values{"address": {"17 Hidden Lane"}})
	// The reconciler must not be what confirms the payment here.
	if _, err := database(t, s).Exec(t.Context(), `update event set check_at = now() + interval '1 hour' where event_id = $1`, eventID); err != nil {
		t.Fatal(err)
	}
	s.ResetCalls(t)
	if status, leads := other.Visit(http.MethodGet, returned); status != http.StatusNotFound || leads != "" {
		t.Errorf("another resident: %d, to %s", status, leads)
	}
	status, leads := s.Visitor(t).Visit(http.MethodGet, returned)
	if signIn, err := url.Parse(leads); status != http.StatusSeeOther || err != nil || signIn.Path != "/auth/login" ||
		!strings.HasPrefix(signIn.Query().Get("return"), "/orders/return/") || strings.Contains(leads, "Hidden") {
		t.Errorf("without a session: %d, to %s", status, leads)
	}
	if status, _ := c.Visit(http.MethodHead, returned); status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: %d", status)
	}
	if event := orderOf(c, eventID); harness.At(event, "statusDetail") != "NEW" || s.Calls(t)["print"] != 0 {
		t.Errorf("it was used up: %v, %v", event, s.Calls(t))
	}
	later := s.SignIn(t, all[0].UIN) // signed in anew while paying
	for range 2 {
		if status, leads := later.Visit(http.MethodGet, returned); status != http.StatusSeeOther || leads != s.URL+"/cards?eventId="+eventID+"&tab=2" {
			t.Errorf("back: %d, to %s", status, leads)
		}
	}
	if calls := s.Calls(t); calls["print"] != 2 || len(s.Credentials(t)) != 1 {
		t.Errorf("coming back twice asks %v", calls)
	}
	if status, _ := later.Visit(http.MethodGet, s.URL+"/orders/return/nonsense?eventId="+eventID); status != http.StatusNotFound {
		t.Errorf("nonsense: %d", status)
	}
}

// A generator that is away, or says that its own parts are, takes nothing from what was paid: the card is asked for when
// it is sure that it was not.
func TestAPaidCardIsAskedForOnceTheGeneratorIsBack(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	for i, outage := range []map[string]any{
		{"down": true}, {"refuse": map[string]any{"errorCode": "IDR-CRG-001", "message": "data access layer exception"}},
	} {
		eventID, page := ordered(t, c, fmt.Sprint("order-000", i))
		s.Faults(t, map[string]any{"credential": outage})
		c.Visit(http.MethodGet, s.Pay(t, page, "PAID", nil))
		orderAt(t, c, eventID, "PAYMENT_CONFIRMED")
		if len(s.Credentials(t)) != i {
			t.Errorf("MOSIP was asked for %v", s.Credentials(t))
		}
		s.Faults(t, map[string]any{})
		hasten(t, s, eventID)
		orderAt(t, c, eventID, "CARD_DELIVERED")
		if sent := s.Credentials(t); len(sent) != i+1 {
			t.Errorf("MOSIP was asked for %v", sent)
		}
	}
	wantAudits(t, s, map[string]int{"RES-SER-237": 2})
}

// hasten has the reconciler look at an event now and again until it has ended, instead of after its own pauses.
func hasten(t *testing.T, s *harness.Server, eventID string) {
	t.Helper()
	db := database(t, s)
	harness.Within(t, 2*time.Minute, "the order has ended", func() bool {
		if _, err := db.Exec(t.Context(), `update event set check_at = now() where event_id = $1`, eventID); err != nil {
			t.Fatal(err)
		}
		return number(t, db, `select count(*) from event where event_id = '`+eventID+`' and status <> 'IN_PROGRESS'`) == 1
	})
}

// A card that the generator will not take has failed, though it is paid, and says so.
func TestAPaidCardThatCannotBeAskedForHasFailed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	eventID, page := ordered(t, c, "order-0001")
	s.Faults(t, map[string]any{"credential": map[string]any{"refuse": map[string]any{"errorCode": "IDR-IDC-002", "message": "Invalid Input Parameter - issuer"}}})
	c.Visit(http.MethodGet, s.Pay(t, page, "PAID", nil))
	event := orderAt(t, c, eventID, "FAILED")
	if harness.At(event, "failure", "upstreamCode") != "IDR-IDC-002" || harness.At(event, "tracking", "trackingId") == nil {
		t.Errorf("the order: %v", event)
	}
	for where, failure := range map[string]any{"the event": harness.At(event, "failure"),
		"a repeat": harness.At(order(c, orderInput(c, "order-0001")), "errors", 0)} {
		if harness.At(failure, "message") != sentenceIn(t, "eng", "PARTNER_NOT_FOUND") || fmt.Sprint(harness.At(failure, "path")) != "[input partnerId]" {
			t.Errorf("%s tells %v", where, failure)
		}
	}
	wantAudits(t, s, map[string]int{"RES-SER-237": 0, "RES-SER-238": 1})
}
