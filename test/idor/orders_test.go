package idor

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const orderDocument = `mutation ($key: String!, $partner: ID!) { orderPhysicalCard(input: {idempotencyKey: $key, partnerId: $partner, returnPath: "/cards"}) {
  event { eventId } paymentUrl errors { code } } }`

// order orders a card, pays for it and waits until it is on its way. It answers what the mutation answered.
func (p *person) order(key string) map[string]any {
	p.t.Helper()
	printer := harness.At(p.Must(`{ partners(type: PRINT_PARTNER, search: "Print House") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
	opened := p.Must(orderDocument, map[string]any{"key": key, "partner": printer})
	page, _ := harness.At(opened, "orderPhysicalCard", "paymentUrl").(string)
	p.Visit(http.MethodGet, p.server.Pay(p.t, page, "PAID", nil))
	event := harness.At(opened, "orderPhysicalCard", "event", "eventId")
	harness.Eventually(p.t, "the card is delivered", func() bool {
		now := p.Must(`query ($event: EventID!) { viewer { event(eventId: $event) { status } } }`, map[string]any{"event": event})
		return harness.At(now, "viewer", "event", "status") == "SUCCESS"
	})
	return opened
}

// TestTheWayBackFromAPaymentIsItsResidentsAlone tries it with everybody else's cookies: it must be told from nonsense by
// nobody, and not be used up by them.
func TestTheWayBackFromAPaymentIsItsResidentsAlone(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	s.Settings(t, map[string]any{"holdCards": true})
	two := residents(t, s, 2)
	b := &person{Resident: two[1], Client: s.SignIn(t, two[1].UIN), t: t, server: s}
	printer := harness.At(b.Must(`{ partners(type: PRINT_PARTNER, search: "Print House") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
	opened := b.Must(orderDocument, map[string]any{"key": "way-back-01", "partner": printer})
	page, _ := harness.At(opened, "orderPhysicalCard", "paymentUrl").(string)
	back, err := url.Parse(s.Pay(t, page, "CANCELED", nil))
	if err != nil || !strings.HasPrefix(back.Path, "/orders/return/") {
		t.Fatal(back, err)
	}
	state := strings.TrimPrefix(back.Path, "/orders/return/")
	query := "?" + back.RawQuery
	for name, c := range map[string]*harness.Client{"another resident": s.SignIn(t, two[0].UIN), "a visitor": s.Visitor(t), "a partner": s.Bearer(t, "mpartner-default-health")} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, other := range []string{"", query, "/", "%00"} {
				got, want := fetch(t, s, c, method, "/orders/return/"+state+other), fetch(t, s, c, method, "/orders/return/"+nonsense(state)+other)
				if got != want {
					t.Errorf("%s: the way back is told from nonsense:\n%s\n%s", name, got, want)
				}
			}
		}
	}
	event := harness.At(opened, "orderPhysicalCard", "event", "eventId")
	if own := fetch(t, s, b.Client, http.MethodGet, back.Path+query); !strings.HasPrefix(own, "303 ") {
		t.Errorf("their own way back: %s", own)
	}
	now := b.Must(`query ($event: EventID!) { viewer { event(eventId: $event) { statusDetail } } }`, map[string]any{"event": event})
	if harness.At(now, "viewer", "event", "statusDetail") != "PAYMENT_FAILED" {
		t.Errorf("somebody else has used it up: %v", now)
	}
}
