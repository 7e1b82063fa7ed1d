package print_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/print"
)

const eventID = "1234567890123456"

func client(m *contract.MOSIP) *print.Client {
	return print.New(upstream.New(upstream.Options{Service: "print", BaseURL: m.Env["PRINT_PARTNER_URL"]}))
}

func TestWhetherAnOrderWasPaid(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c, uin := client(m), m.Resident().UIN
	for outcome, want := range map[string]error{
		"PAID": nil, "FAILED": print.ErrPaymentFailed, "CANCELED": print.ErrPaymentCancelled,
		"TECHNICAL": print.ErrTechnical, "REFUSED": print.ErrCannotOrder,
	} {
		var paid struct{ TransactionID, TrackingID string }
		m.Control(http.MethodPost, "/sandbox/payment", map[string]string{"eventId": eventID, "outcome": outcome}, &paid)
		for range 2 { // the answer does not change
			got, err := c.Status(t.Context(), paid.TransactionID, uin)
			if !errors.Is(err, want) || want == nil && (got.TransactionID != paid.TransactionID || got.TrackingID != paid.TrackingID) {
				t.Errorf("%s: %+v, %v", outcome, got, err)
			}
		}
	}
	if _, err := c.Status(t.Context(), "0000000000", uin); !errors.Is(err, print.ErrPaymentFailed) {
		t.Errorf("a payment that never was: %v", err)
	}
	if _, err := c.Status(t.Context(), "", uin); upstream.KindOf(err) != upstream.Garbled {
		t.Errorf("no payment: %v", err)
	}
	m.Fault("print", map[string]any{"status": 503})
	if _, err := c.Status(t.Context(), "1", uin); upstream.KindOf(err) != upstream.Unavailable {
		t.Errorf("trouble: %v", err)
	}
}

func TestAnotherOrdersAnswer(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"response":{"transactionId":"2","trackingId":"x"},"errors":null}`, `{"response":{"transactionId":"1","trackingId":""},"errors":null}`,
	} {
		s := contract.Serve(t, map[string]string{"GET /": answer})
		if _, err := print.New(s.Client).Status(t.Context(), "1", "2"); upstream.KindOf(err) != upstream.Garbled {
			t.Error(err)
		}
		if s.Last(t).Header.Get("Cookie") != "" {
			t.Error("a partner got our token")
		}
	}
}

func TestThereAndBackAgain(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	all, err := partner.New(m.Client("partner", "PARTNER_URL")).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page := ""
	for _, p := range all {
		if p.Key == "mpartner-default-print" {
			page, err = print.Page(p.OrderRedirectURL, eventID, "http://localhost:8080/cards/ordered")
		}
	}
	if err != nil || !strings.HasPrefix(page, m.URL) {
		t.Fatal(page, err)
	}
	shown, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	html, _ := io.ReadAll(shown.Body)
	_ = shown.Body.Close()
	if !strings.Contains(string(html), eventID) || shown.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %s", shown.StatusCode, html)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	order := func(outcome, back string) *http.Response {
		resp, err := browser.PostForm(m.URL+"/print-partner/order", url.Values{
			"eventId": {eventID}, "redirectUri": {back}, "outcome": {outcome}, "address": {"1 Cedar Lane"},
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	for outcome, failed := range map[string]bool{"PAID": false, "CANCELED": true} {
		to, err := order(outcome, "http://localhost:8080/cards/ordered?lang=eng").Location()
		if err != nil || to.Host != "localhost:8080" || to.Path != "/cards/ordered" || to.Query().Get("lang") != "eng" {
			t.Fatal(to, err)
		}
		got, err := print.ParseReturn(to.Query())
		if err != nil || got.EventID != eventID || got.Failed != failed {
			t.Errorf("%s: %+v, %v", outcome, got, err)
		}
		if _, err := client(m).Status(t.Context(), got.TransactionID, m.Resident().UIN); (err != nil) != failed {
			t.Errorf("%s: %v", outcome, err)
		}
	}
	for _, elsewhere := range []string{"https://evil.example/", "http://localhost:8080.evil.example/"} {
		if resp := order("PAID", elsewhere); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("sent on to %s: %d", elsewhere, resp.StatusCode)
		}
	}
}

func TestPagesAndReturnsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"", "javascript:alert(1)", "/order", "ftp://print.example.org"} {
		if got, err := print.Page(page, eventID, ""); err == nil {
			t.Errorf("%q: %s", page, got)
		}
	}
	got, err := print.Page("https://print.example.org/order?shop=1", eventID, "")
	if err != nil || got != "https://print.example.org/order?eventId="+eventID+"&shop=1" {
		t.Error(got, err)
	}
	for _, query := range []string{
		"", "eventId=1", "eventId=" + eventID, "eventId=" + eventID + "&paymentTransactionId=a/b", "paymentTransactionId=12",
		"eventId=" + eventID + "&error_code=x&paymentTransactionId=%0a",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := print.ParseReturn(values); err == nil {
			t.Errorf("%s: %+v", query, got)
		}
	}
	if got, err := print.ParseReturn(url.Values{"eventId": {eventID}, "error_code": {"RES-SER-476"}}); err != nil || !got.Failed || got.TransactionID != "" {
		t.Error(got, err)
	}
}

func TestWhichPaymentBelongsToAnOrder(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := print.NewOrders(upstream.New(upstream.Options{Service: "print", BaseURL: m.Env["PRINT_PARTNER_ORDERS_URL"]}))
	if got, err := c.Payment(t.Context(), eventID); err != nil || got != "" {
		t.Errorf("before anybody paid: %q, %v", got, err)
	}
	for _, outcome := range []string{"FAILED", "PAID"} { // the last attempt counts
		var made struct{ TransactionID string }
		m.Control(http.MethodPost, "/sandbox/payment", map[string]string{"eventId": eventID, "outcome": outcome}, &made)
		if got, err := c.Payment(t.Context(), eventID); err != nil || got != made.TransactionID {
			t.Errorf("%s: %q, %v, want %s", outcome, got, err, made.TransactionID)
		}
	}
	for _, answer := range []string{
		`{"response":{"eventId":"1","transactionId":"2"},"errors":null}`, `{"response":{"eventId":"` + eventID + `","transactionId":"a/b"},"errors":null}`,
		`{"response":{"transactionId":null},"errors":null}`,
	} {
		s := contract.Serve(t, map[string]string{"GET /": answer})
		if got, err := print.NewOrders(s.Client).Payment(t.Context(), eventID); upstream.KindOf(err) != upstream.Garbled || got != "" {
			t.Errorf("%s: %q, %v", answer, got, err)
		}
	}
}
