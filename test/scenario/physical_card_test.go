package scenario

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
)

const orderMutation = `mutation Order($input: OrderPhysicalCardInput!) { orderPhysicalCard(input: $input) {
  event { eventId requestType status statusDetail partner { name } tracking { trackingId } } paymentUrl
  errors { code message path upstreamCode } } }`

const orderWords = `subscription Words($after: Cursor) { eventChanged(after: $after) {
  event { eventId status statusDetail tracking { trackingId url } } } }`

const orderQuery = `query Ordered($event: EventID!) { viewer { event(eventId: $event) {
  status statusDetail tracking { trackingId url } failure { code message path upstreamCode } timeline { name source } } } }`

// orderInput answers an input that is good, for the print house.
func orderInput(c *harness.Client, key string) map[string]any {
	return map[string]any{"idempotencyKey": key, "partnerId": partnerIDs(c, "PRINT_PARTNER")["Example Print House"], "returnPath": "/cards?tab=2"}
}

func order(c *harness.Client, input map[string]any) map[string]any {
	return harness.At(c.Must(orderMutation, map[string]any{"input": input}), "orderPhysicalCard").(map[string]any)
}

// ordered opens an order that must be taken, and answers its event and where it is paid.
func ordered(t testing.TB, c *harness.Client, key string) (eventID, paymentURL string) {
	t.Helper()
	got := order(c, orderInput(c, key))
	eventID, _ = harness.At(got, "event", "eventId").(string)
	paymentURL, _ = got["paymentUrl"].(string)
	if code(got) != nil || eventID == "" || paymentURL == "" || harness.At(got, "event", "statusDetail") != "NEW" {
		t.Fatalf("ordered: %v", got)
	}
	return eventID, paymentURL
}

func orderOf(c *harness.Client, eventID string) any {
	return harness.At(c.Must(orderQuery, map[string]any{"event": eventID}), "viewer", "event")
}

// orderAt waits until an order is at a word.
func orderAt(t testing.TB, c *harness.Client, eventID, word string) (event any) {
	t.Helper()
	harness.Eventually(t, "the order is at "+word, func() bool {
		event = orderOf(c, eventID)
		return harness.At(event, "statusDetail") == word
	})
	return event
}

func TestAResidentOrdersACardPaysAndFollowsIt(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1, "holdCards": true})
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	input := orderInput(c, "order-0001")
	stream := c.WebSocket(orderWords, map[string]any{"after": c.Settled()})
	s.ResetCalls(t)
	got := order(c, input)
	if calls := s.Calls(t); calls["print"]+calls["credential"]+calls["identity"]+calls["vid"]+calls["partner"] != 0 {
		t.Errorf("opening an order asks %v", calls)
	}
	eventID, _ := harness.At(got, "event", "eventId").(string)
	page, err := url.Parse(fmt.Sprint(got["paymentUrl"]))
	if err != nil || code(got) != nil || harness.At(got, "event", "status") != "IN_PROGRESS" ||
		harness.At(got, "event", "partner", "name") != "Example Print House" || harness.At(got, "event", "tracking") != nil {
		t.Fatalf("ordered: %v, %v", got, err)
	}
	back := page.Query().Get("redirectUri")
	if page.Query().Get("eventId") != eventID || len(page.Query()) != 2 || !strings.HasPrefix(back, s.URL+"/orders/return/") ||
		strings.Contains(back, eventID) || strings.Contains(back, r.UIN) || strings.Contains(back, "cards") {
		t.Errorf("it is paid at %s", page)
	}
	s.ResetCalls(t)
	returned := s.Pay(t, page.String(), "PAID", url.Values{"address": {"17 Hidden Lane"}})
	status, leads := c.Visit(http.MethodGet, returned)
	if status != http.StatusSeeOther || leads != s.URL+"/cards?eventId="+eventID+"&tab=2" {
		t.Errorf("back from the payment: %d, to %s", status, leads)
	}
	want := map[string]int{"GET /v1/print-partner/order-payment": 1, "GET /v1/print-partner/check-order-status": 1,
		"POST /v1/credentialrequest/v2/requestgenerator/{rid}": 1}
	calls := s.Endpoints(t, "/")
	for endpoint, n := range want {
		if calls[endpoint] != n {
			t.Errorf("coming back asks %s %d times, want %d", endpoint, calls[endpoint], n)
		}
	}
	wantWords(t, stream, eventID, "NEW", "PAYMENT_CONFIRMED", "ISSUED")
	s.Settings(t, map[string]any{"holdCards": false})
	delivered := wantWords(t, stream, eventID, "PRINTING", "IN_TRANSIT", "CARD_DELIVERED")
	tracking, _ := harness.At(delivered, "tracking", "trackingId").(string)
	if harness.At(delivered, "status") != "SUCCESS" || tracking == "" ||
		harness.At(delivered, "tracking", "url") != s.SandboxURL+"/print-partner/track/"+tracking {
		t.Errorf("delivered: %v", delivered)
	}
	wantOneRequest(t, s, r.UIN, eventID, tracking)
	if again := order(c, input); harness.At(again, "event", "eventId") != eventID || again["paymentUrl"] != nil || code(again) != nil {
		t.Errorf("the same key afterwards: %v", again)
	}
	wantAudits(t, s, map[string]int{"RES-SER-237": 1, "RES-SER-238": 0, "RES-SER-299": 1})
	if strings.Contains(s.Log(), "Hidden Lane") {
		t.Error("the address is in the log")
	}
}

// wantWords reads the news of an order, which must be these, and answers the last.
func wantWords(t *testing.T, stream *harness.Stream, eventID string, words ...string) (event any) {
	t.Helper()
	for _, word := range words {
		event = harness.At(stream.Next().Data, "eventChanged", "event")
		if harness.At(event, "eventId") != eventID || harness.At(event, "statusDetail") != word {
			t.Fatalf("the news are %v, want %s", event, word)
		}
	}
	return event
}

// wantOneRequest looks at what the print partner gets.
func wantOneRequest(t *testing.T, s *harness.Server, uin, eventID, tracking string) {
	t.Helper()
	sent := s.Credentials(t)
	if len(sent) != 1 || harness.At(sent[0], "request", "id") != uin || harness.At(sent[0], "request", "credentialType") != "euin" ||
		harness.At(sent[0], "request", "issuer") != "mpartner-default-print" ||
		harness.At(sent[0], "request", "additionalData", "eventId") != eventID ||
		harness.At(sent[0], "request", "additionalData", "trackingId") != tracking {
		t.Errorf("MOSIP was asked for %v", sent)
	}
}

// wantAudits waits for the audit records of some kinds, and for no more than these.
func wantAudits(t *testing.T, s *harness.Server, want map[string]int) {
	t.Helper()
	harness.Eventually(t, fmt.Sprint("audited: ", want), func() bool {
		seen := map[string]int{}
		for _, record := range s.Audits(t) {
			seen[fmt.Sprint(record["eventId"])]++
		}
		for id, n := range want {
			if seen[id] != n {
				return false
			}
		}
		return true
	})
}

func TestAnOrderThatIsNotPaidTellsWhyAndAsksForNoCard(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	attempts := 0
	for outcome, want := range map[string][3]string{
		"FAILED":    {"CONFLICT", "The payment did not go through. Please try again.", "RES-SER-475"},
		"CANCELED":  {"CONFLICT", "The payment was cancelled. Please order again if you still want the card.", "RES-SER-476"},
		"TECHNICAL": {"UPSTREAM_UNAVAILABLE", "A service is not working at the moment. Please try again later.", "RES-SER-477"},
		"REFUSED":   {"UPSTREAM_UNAVAILABLE", "A service is not working at the moment. Please try again later.", "RES-SER-478"},
	} {
		for _, more := range []url.Values{nil, {"silent": {"1"}}} { // with an error code in the address, and as if it were paid
			attempts++
			key := fmt.Sprintf("not-paid-%d", attempts)
			eventID, page := ordered(t, c, key)
			if status, leads := c.Visit(http.MethodGet, s.Pay(t, page, outcome, more)); status != http.StatusSeeOther || !strings.Contains(leads, eventID) {
				t.Errorf("%s: back with %d, to %s", outcome, status, leads)
			}
			event, again := orderOf(c, eventID), order(c, orderInput(c, key))
			if harness.At(event, "status") != "FAILED" || harness.At(event, "statusDetail") != "PAYMENT_FAILED" || harness.At(event, "tracking") != nil {
				t.Errorf("%s: the order is %v", outcome, event)
			}
			for _, told := range []any{harness.At(event, "failure"), harness.At(again, "errors", 0)} {
				if got := [3]string{fmt.Sprint(harness.At(told, "code")), fmt.Sprint(harness.At(told, "message")), fmt.Sprint(harness.At(told, "upstreamCode"))}; got != want {
					t.Errorf("%s: told %v, want %v", outcome, got, want)
				}
			}
			if again["paymentUrl"] != nil {
				t.Errorf("%s: it can still be paid: %v", outcome, again)
			}
		}
	}
	wantAudits(t, s, map[string]int{"RES-SER-237": 0, "RES-SER-238": attempts})
	if sent := s.Credentials(t); len(sent) != 0 {
		t.Errorf("cards were asked for that nobody paid: %v", sent)
	}
}

func TestAnOrderThatNobodyPaysEnds(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "ORDER_TIMEOUT=1s")
	c := s.SignIn(t, resident(t, s).UIN)
	eventID, page := ordered(t, c, "order-0001")
	event := orderAt(t, c, eventID, "PAYMENT_FAILED")
	if harness.At(event, "failure", "code") != "EXPIRED" || harness.At(event, "failure", "message") == "" {
		t.Errorf("the order: %v", event)
	}
	returned := s.Pay(t, page, "PAID", nil)
	s.ResetCalls(t)
	if status, _ := c.Visit(http.MethodGet, returned); status != http.StatusSeeOther || s.Calls(t)["print"] != 0 || len(s.Credentials(t)) != 0 {
		t.Errorf("too late: %d, %v", status, s.Calls(t))
	}
	if got := order(c, orderInput(c, "order-0001")); code(got) != "EXPIRED" || got["paymentUrl"] != nil {
		t.Errorf("the key answers %v", got)
	}
}

func TestAnOrderThatIsNotRightIsRefusedWithItsPath(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	printers := partnerIDs(c, "PRINT_PARTNER")
	const noPartner = "This partner could not be found. Please choose another one."
	type refusal struct {
		change                  map[string]any
		code, path, told, words string
	}
	rows := map[string]refusal{
		"a short key":             {map[string]any{"idempotencyKey": "short"}, "INVALID", "idempotencyKey", "<nil>", ""},
		"nobody":                  {map[string]any{"partnerId": "Partner_none"}, "NOT_FOUND", "partnerId", "<nil>", ""},
		"a partner that asks":     {map[string]any{"partnerId": partnerIDs(c, "AUTH_PARTNER")["Example Savings Bank"]}, "NOT_FOUND", "partnerId", "RES-SER-481", noPartner},
		"one without a page":      {map[string]any{"partnerId": printers["Example Stamp Office"]}, "NOT_FOUND", "partnerId", "RES-SER-482", noPartner},
		"a page of nobody's host": {map[string]any{"partnerId": printers["Example Printers Abroad"]}, "NOT_FOUND", "partnerId", "RES-SER-482", noPartner},
	}
	for _, path := range []string{"", "cards", "//evil", "https://evil", `/\evil`, `/\\evil`, "javascript:alert(1)", "/a\tb", "/a b", "/%0d%0aSet-Cookie:x", "/\x00",
		"/auth/logout", "/x/../auth/logout", "/%61uth/logout", "/auth", "/orders/return/x", "/%5c%5cevil", "/" + strings.Repeat("a", 512)} {
		rows["the path "+path] = refusal{map[string]any{"returnPath": path}, "INVALID", "returnPath", "<nil>", ""}
	}
	for name, bad := range rows {
		input := orderInput(c, "refused-order")
		for field, value := range bad.change {
			input[field] = value
		}
		got := order(c, input)
		if code(got) != bad.code || fmt.Sprint(harness.At(got, "errors", 0, "path")) != "[input "+bad.path+"]" || got["event"] != nil || got["paymentUrl"] != nil ||
			fmt.Sprint(harness.At(got, "errors", 0, "upstreamCode")) != bad.told || bad.words != "" && harness.At(got, "errors", 0, "message") != bad.words {
			t.Errorf("%q: %v", name, got)
		}
	}
	if n := number(t, database(t, s), `select count(*) from card_order`); n != 0 {
		t.Errorf("what was refused left %d orders", n)
	}
	input := orderInput(c, "refused-order")
	if got := order(c, input); code(got) != nil {
		t.Errorf("the key of what was refused: %v", got)
	}
	input["returnPath"] = "/elsewhere"
	if got := order(c, input); code(got) != "IDEMPOTENCY_MISMATCH" {
		t.Errorf("the key with another input: %v", got)
	}
}

func TestAnInactivePrinterTakesNoOrders(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	if partnerIDs(c, "PRINT_PARTNER")["Example Card Works"] != nil {
		t.Error("an inactive partner is listed")
	}
	eventID, _ := ordered(t, c, "order-0001") // of when the partner was active
	if _, err := database(t, s).Exec(t.Context(), `update event set partner_id = 'mpartner-default-cards'`); err != nil {
		t.Fatal(err)
	}
	of := c.Must(`query ($event: EventID!) { viewer { event(eventId: $event) { partner { id name } } } }`, map[string]any{"event": eventID})
	input := orderInput(c, "order-0002")
	input["partnerId"] = harness.At(of, "viewer", "event", "partner", "id")
	if got := order(c, input); code(got) != "CONFLICT" || fmt.Sprint(harness.At(got, "errors", 0, "path")) != "[input partnerId]" {
		t.Errorf("inactive: %v", got)
	}
}

func TestADoubleClickOrdersOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	input := orderInput(c, "order-twice")
	var mu sync.Mutex
	events, pages := map[any]int{}, map[any]int{}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			got := order(c, input)
			mu.Lock()
			defer mu.Unlock()
			events[harness.At(got, "event", "eventId")]++
			pages[got["paymentUrl"]]++
		})
	}
	wg.Wait()
	if len(events) != 1 || len(pages) != 1 || pages[nil] != 0 || number(t, database(t, s), `select count(*) from card_order`) != 1 {
		t.Errorf("ten clicks made %v, paid at %v", events, pages)
	}
}

func number(t *testing.T, db *pgxpool.Pool, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
