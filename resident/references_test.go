package resident

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// A partner was deactivated since the list was read: who only reads may see it as it was, who gives it something may not.
func TestAPartnerIsGivenNothingByAnOldList(t *testing.T) {
	var status atomic.Value
	status.Store("active")
	var down atomic.Bool
	pms := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, `{"response":{"partners":[{"partnerID":"a-bank","status":%q,"organizationName":"A Bank","partnerType":"Auth_Partner"}]},"errors":null}`, status.Load())
	}))
	defer pms.Close()
	transport := upstream.Transport()
	defer transport.CloseIdleConnections()
	client := upstream.New(upstream.Options{Service: "partner", BaseURL: pms.URL, Transport: transport})
	r := NewReferences(nil, partner.New(client), nil, nil)
	if p, err := r.PartnerNow(t.Context(), "a-bank"); err != nil || !p.Active {
		t.Fatalf("at first: %v, %v", p, err)
	}
	status.Store("De-active")
	if p, err := r.PartnerNow(t.Context(), "a-bank"); err != nil || !p.Active {
		t.Fatalf("the list is read each time: %v, %v", p, err)
	}
	r.partnerCache.SetRefreshableAfter(all, time.Nanosecond)
	if p, err := r.PartnerNow(t.Context(), "a-bank"); err != nil || p.Active {
		t.Errorf("by an old list: %v, %v", p, err)
	}
	down.Store(true)
	r.partnerCache.SetRefreshableAfter(all, time.Nanosecond)
	if p, err := r.PartnerNow(t.Context(), "a-bank"); upstream.KindOf(err) != upstream.Unavailable {
		t.Errorf("while Partner Management is down: %v, %v", p, err)
	}
	if p, err := r.Partner(t.Context(), "a-bank"); err != nil || p.Name != "A Bank" {
		t.Errorf("for readers: %v, %v", p, err)
	}
}
