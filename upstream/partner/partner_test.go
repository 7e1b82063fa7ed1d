package partner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

func TestList(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /partners/v2": `{"id":"mosip.partnermanagement.partners.retrieve","version":"1.0","response":{"partners":[
		{"partnerID":"print-b","status":"active","organizationName":"Print B","contactNumber":"9","emailId":"e","address":"a","partnerType":"Print_Partner","logoUrl":"https://cdn.example/b.png","additionalInfo":{"orderRedirectUrl":"https://b.example/order"}},
		{"partnerID":"print-a","status":"active","organizationName":"Print A","partnerType":"Print_Partner","logoUrl":null,"additionalInfo":[{"orderRedirectUrl":"https://a.example/order"},{"orderRedirectUrl":"https://other.example"}]},
		{"partnerID":"health","status":"De-active","organizationName":"Health","partnerType":"Auth_Partner","logoUrl":"javascript:alert(1)","additionalInfo":null},
		{"partnerID":"abis","status":"active","organizationName":"Abis","partnerType":"ABIS_Partner","additionalInfo":[]},
		{"partnerID":"odd","status":"active","organizationName":"Odd","partnerType":"FTM_Provider","additionalInfo":"text"}]},"errors":[]}`})
	got, err := partner.New(s.Client).List(t.Context())
	if diff := cmp.Diff([]*partner.Partner{
		{Key: "abis", Name: "Abis", Type: partner.Other, Active: true},
		{Key: "health", Name: "Health", Type: partner.Auth},
		{Key: "odd", Name: "Odd", Type: partner.FTMProvider, Active: true},
		{Key: "print-a", Name: "Print A", Type: partner.Print, Active: true, OrderRedirectURL: "https://a.example/order"},
		{Key: "print-b", Name: "Print B", Type: partner.Print, Active: true, LogoURL: "https://cdn.example/b.png", OrderRedirectURL: "https://b.example/order"},
	}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if s.Count() != 1 || s.Last(t).URI != "/partners/v2" {
		t.Errorf("%d calls, the last %s", s.Count(), s.Last(t).URI)
	}
}

func TestOneBrokenPartnerDoesNotHideTheOthers(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"GET /partners/v2": `{"response":null,"errors":[{"errorCode":"PMS_PRT_096","message":"Json is not valid"}]}`,
		"GET /partners": `{"response":{"partners":[{"partnerID":"a","status":"active","organizationName":"A","partnerType":"Auth_Partner"},
			{"partnerID":"print","status":"active","organizationName":"Print","partnerType":"Print_Partner"},
			{"partnerID":"b","status":"active","organizationName":"B","partnerType":"Auth_Partner"}]},"errors":[]}`,
		"GET /partners/v2?partnerType=Print_Partner": `{"response":{"partners":[{"partnerID":"print","status":"active","organizationName":"Print","partnerType":"Print_Partner",
			"logoUrl":"https://cdn.example/b.png","additionalInfo":[{"orderRedirectUrl":"https://b.example/order"}]}]},"errors":[]}`,
	})
	got, err := partner.New(s.Client).List(t.Context())
	if diff := cmp.Diff([]*partner.Partner{
		{Key: "a", Name: "A", Type: partner.Auth, Active: true}, {Key: "b", Name: "B", Type: partner.Auth, Active: true},
		{Key: "print", Name: "Print", Type: partner.Print, Active: true, LogoURL: "https://cdn.example/b.png", OrderRedirectURL: "https://b.example/order"},
	}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if s.Count() != 4 {
		t.Errorf("%d calls", s.Count())
	}
}

func TestNoPartners(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /partners/v2": `{"response":null,"errors":[{"errorCode":"PMS_PMP_013","message":"Partner does not exist"}]}`})
	if got, err := partner.New(s.Client).List(t.Context()); err != nil || got == nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	broken := contract.Serve(t, map[string]string{"GET /partners/v2": `{"response":null,"errors":[{"errorCode":null,"message":"NullPointerException"}]}`})
	if _, err := partner.New(broken.Client).List(t.Context()); upstream.KindOf(err) != upstream.Unavailable {
		t.Error(err)
	}
}
