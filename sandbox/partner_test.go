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
	for address, want := range map[string]string{
		print[0].LogoURL: "image/png",
		strings.Replace(print[0].LogoURL, "mpartner-default-print.png", "mpartner-default-bank.jpg", 1):    "image/jpeg",
		strings.Replace(print[0].LogoURL, "mpartner-default-print.png", "mpartner-default-telecom.svg", 1): "text/xml; charset=utf-8",
		strings.Replace(print[0].LogoURL, "mpartner-default-print", "nobody", 1):                           "text/plain; charset=utf-8",
	} {
		logo, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(logo.Body)
		_ = logo.Body.Close()
		if got := http.DetectContentType(body); err != nil || got != want {
			t.Errorf("%s is %s, want %s: %v", address, got, want, err)
		}
	}
	for _, kind := range []string{"auth_partner", "ABIS_Partner"} {
		if a := c.get("/v1/partnermanager/partners/v2?partnerType=" + kind); a.codes() != "PMS_PMP_013" || a.status != http.StatusOK {
			t.Errorf("%s: %d %s", kind, a.status, a.body)
		}
	}
}
