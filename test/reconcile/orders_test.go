package reconcile

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const orderMutation = `mutation Order($partner: ID!, $key: String!) {
  orderPhysicalCard(input: {idempotencyKey: $key, partnerId: $partner, returnPath: "/cards"}) { event { eventId status } paymentUrl errors { code } } }`

// printer answers the id of a partner that cards are ordered from.
func printer(c *harness.Client) any {
	return harness.At(c.Must(`{ partners(type: PRINT_PARTNER, search: "Print House") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
}

// TestAKilledOrderIsOneCard has the server end itself at each place of a payment. What was paid is delivered in the end,
// it was asked for once, and its news came in their order.
func TestAKilledOrderIsOneCard(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"write.keyed", "write.called", "order.returned", "order.verified", "order.settling", "order.settled", "order.requested"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t, "FAILPOINT="+point, "OUTCOME_GRACE=2s")
			db := database(t, s)
			p := people(t, s)[0]
			c := s.SignIn(t, p.UIN)
			variables := map[string]any{"partner": printer(c), "key": "killed-order"}
			if point[:5] == "write" { // the order itself is not answered, and asked for again
				attempt(c, s.URL, orderMutation, variables)
				<-s.Ends()
				s.RunWith("FAILPOINT=none")
				c = s.SignIn(t, p.UIN)
			}
			opened := c.Must(orderMutation, variables)
			page, _ := harness.At(opened, "orderPhysicalCard", "paymentUrl").(string)
			back := s.Pay(t, page, "PAID", nil)
			if resp, err := c.HTTP.Get(back); err == nil {
				_ = resp.Body.Close()
			}
			if point[:5] != "write" {
				<-s.Ends()
				s.RunWith("FAILPOINT=none")
			}
			wantOneCard(t, s, eventOf(opened, "orderPhysicalCard"))
			if n := number(t, db, `select count(*) from card_order`); n != 1 {
				t.Errorf("%d orders", n)
			}
		})
	}
}

// wantOneCard waits until an order is delivered and looks at how it went.
func wantOneCard(t *testing.T, s *harness.Server, eventID string) {
	t.Helper()
	db := database(t, s)
	harness.Within(t, 2*time.Minute, "the card is delivered", func() bool {
		run(t, db, `update event set check_at = least(check_at, now() + interval '1 second') where event_id = $1`, eventID)
		return text(t, db, `select status_detail from event where event_id = $1`, eventID) == "CARD_DELIVERED"
	})
	told := text(t, db, `select string_agg(status_detail, ' ' order by seq) from event_change where event_id = $1 and status_detail <> 'ISSUED'`, eventID)
	// What passed while the server was away is not told afterwards.
	if want := regexp.MustCompile(`^NEW PAYMENT_CONFIRMED( PRINTING)?( IN_TRANSIT)? CARD_DELIVERED$`); !want.MatchString(told) {
		t.Errorf("the history tells %s, want %s", told, want)
	}
	if all := words(t, s); len(all) != 1 {
		t.Errorf("MOSIP was asked for %v", all)
	}
	harness.Eventually(t, "it is audited once", func() bool {
		var written []map[string]string
		control(t, s, http.MethodGet, "/sandbox/audits", nil, &written)
		seen := map[string]int{}
		for _, w := range written {
			seen[w["eventId"]]++
		}
		return fmt.Sprint(seen["RES-SER-237"], seen["RES-SER-238"], seen["RES-SER-299"]) == "1 0 1"
	})
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
}

// TestANightWithoutThePrintPartner has the partner be away when residents come back, and the hub lose every message.
func TestANightWithoutThePrintPartner(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"dropMessages": true, "cardDelayMs": 1})
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[1].UIN)
	opened := c.Must(orderMutation, map[string]any{"partner": printer(c), "key": "night-order"})
	page, _ := harness.At(opened, "orderPhysicalCard", "paymentUrl").(string)
	back, event := s.Pay(t, page, "PAID", nil), eventOf(opened, "orderPhysicalCard")
	s.Faults(t, map[string]any{"print": map[string]any{"status": 503}})
	if status, leads := c.Visit(http.MethodGet, back); status != http.StatusSeeOther || leads != s.URL+"/cards?eventId="+event {
		t.Errorf("back from the payment: %d, to %s", status, leads)
	}
	if word := text(t, db, `select status_detail from event where event_id = $1`, event); word != "NEW" {
		t.Errorf("nobody has confirmed the payment, and the order is %s", word)
	}
	s.Faults(t, map[string]any{})
	harness.Within(t, 2*time.Minute, "the card is delivered", func() bool {
		run(t, db, `update event set check_at = least(check_at, now() + interval '1 second') where event_id = $1`, event)
		return text(t, db, `select status_detail from event where event_id = $1`, event) == "CARD_DELIVERED"
	})
	if all := words(t, s); len(all) != 1 {
		t.Errorf("MOSIP was asked for %v", all)
	}
	harness.Eventually(t, "request received and success are told, by mail and by SMS", func() bool { return len(mailbox(t, s, "")) == 4 })
}
