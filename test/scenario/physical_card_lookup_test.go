package scenario

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// MOSIP's own contract has no question for the payment of an order: a country whose print partner answers none has only
// what residents bring back.
func TestWithoutALookupThePaymentThatIsBroughtBackIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "PRINT_PARTNER_ORDERS_URL=")
	c := s.SignIn(t, resident(t, s).UIN)
	paid, page := ordered(t, c, "order-paid")
	returned := s.Pay(t, page, "PAID", nil)
	empty := mustQuery(t, page).Get("redirectUri") + "?" + url.Values{"eventId": {paid}, "error_code": {"none"}}.Encode()
	if status, _ := c.Visit(http.MethodGet, empty); status != http.StatusSeeOther { // with the browser's own button
		t.Errorf("back with nothing: %d", status)
	}
	if status, _ := c.Visit(http.MethodGet, returned); status != http.StatusSeeOther {
		t.Errorf("back: %d", status)
	}
	orderAt(t, c, paid, "CARD_DELIVERED")

	stolen, page := ordered(t, c, "order-stolen")
	back := url.Values{"eventId": {stolen}, "paymentTransactionId": {mustQuery(t, returned).Get("paymentTransactionId")}}
	if status, _ := c.Visit(http.MethodGet, mustQuery(t, page).Get("redirectUri")+"?"+back.Encode()); status != http.StatusSeeOther {
		t.Errorf("back with the payment of another order: %d", status)
	}
	if event := orderAt(t, c, stolen, "PAYMENT_FAILED"); harness.At(event, "failure", "code") != "CONFLICT" {
		t.Errorf("the payment of another order: %v", event)
	}

	refused, page := ordered(t, c, "order-refused")
	if status, _ := c.Visit(http.MethodGet, s.Pay(t, page, "FAILED", nil)); status != http.StatusSeeOther {
		t.Errorf("back: %d", status)
	}
	if event := orderAt(t, c, refused, "PAYMENT_FAILED"); harness.At(event, "failure", "upstreamCode") == nil {
		t.Errorf("the refused payment: %v", event)
	}

	abandoned, page := ordered(t, c, "order-abandoned")
	s.Pay(t, page, "PAID", nil) // and the tab is closed
	db := database(t, s)
	for _, statement := range []string{`update card_order set expires_at = now() where event_id = $1`, `update event set check_at = now() where event_id = $1`} {
		if _, err := db.Exec(t.Context(), statement, abandoned); err != nil {
			t.Fatal(err)
		}
	}
	if event := orderAt(t, c, abandoned, "PAYMENT_FAILED"); harness.At(event, "failure", "code") != "EXPIRED" {
		t.Errorf("the order whose resident never came back: %v", event)
	}
	if sent := s.Credentials(t); len(sent) != 1 {
		t.Errorf("MOSIP was asked for %d cards, one was paid and known to be: %v", len(sent), sent)
	}
}
