package masterdata_test

import (
	"errors"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/masterdata"
)

func TestTemplate(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"GET /templates/eng/order-a-physical-card-positive purpose": `{"response":{"templates":[{"id":"1301","fileText":"Ordered from $partnerName.","langCode":"eng","isActive":true}]},"errors":null}`,
		"GET /templates/fra/empty":                                  `{"response":{"templates":[]},"errors":null}`,
		"GET /templates/fra/none":                                   `{"response":null,"errors":[{"errorCode":"KER-MSD-046","message":"Template not found."}]}`,
		"GET /templates/fra/fault":                                  `{"response":null,"errors":[{"errorCode":"KER-MSD-045","message":"fetch"}]}`,
	})
	c := masterdata.New(s.Client)
	got, err := c.Template(t.Context(), "eng", "order-a-physical-card-positive purpose")
	if err != nil || got != "Ordered from $partnerName." {
		t.Errorf("%q, %v", got, err)
	}
	if uri := s.Last(t).URI; uri != "/templates/eng/order-a-physical-card-positive%20purpose" {
		t.Error(uri)
	}
	for _, code := range []string{"none", "empty"} {
		if _, err := c.Template(t.Context(), "fra", code); !errors.Is(err, masterdata.ErrNoTemplate) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := c.Template(t.Context(), "fra", "fault"); err == nil || errors.Is(err, masterdata.ErrNoTemplate) || upstream.KindOf(err) == 0 {
		t.Error(err)
	}
	if _, err := c.Template(t.Context(), "..", "../partners"); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
	if uri := s.Last(t).URI; uri != "/templates/%2E%2E/..%2Fpartners" {
		t.Error(uri)
	}
}
