package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestPartners(t *testing.T) {
	c := start(t, sandbox.Options{})
	type entry struct {
		PartnerID, Status, PartnerType, LogoURL string
		AdditionalInfo                          []map[string]string
	}
	list := func(path string) []entry {
		var found struct{ Partners []entry }
		c.into(c.get("/v1/partnermanager/partners"+path), &found)
		return found.Partners
	}
	statuses := map[string]int{}
	for _, p := range list("?partnerType=Auth_Partner") {
		statuses[p.Status]++
		if p.PartnerType != "Auth_Partner" || p.LogoURL != "" {
			t.Errorf("got %+v", p)
		}
	}
	if statuses["active"] < 2 || statuses["De-active"] < 1 {
		t.Errorf("statuses: %v", statuses)
	}
	print := list("/v2?partnerType=Print_Partner")
	if len(print) == 0 || print[0].AdditionalInfo[0]["orderRedirectUrl"] == "" {
		t.Fatalf("print partners: %+v", print)
	}
	logo, err := http.Get(print[0].LogoURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logo.Body.Close() }()
	if body, err := io.ReadAll(logo.Body); err != nil || !strings.HasPrefix(string(body), "<svg") {
		t.Errorf("logo: %s %v", logo.Status, err)
	}
	for _, kind := range []string{"auth_partner", "ABIS_Partner"} {
		if a := c.get("/v1/partnermanager/partners/v2?partnerType=" + kind); a.codes() != "PMS_PMP_013" || a.status != http.StatusOK {
			t.Errorf("%s: %d %s", kind, a.status, a.body)
		}
	}
}
