package identity_test

import (
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

func TestRID(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"GET /rid/4752553412": `{"id":"mosip.idrepo.rid.get","version":"1.0","response":{"rid":"10001100800001720260312094512"},"errors":[]}`,
		"GET /rid/1":          `{"id":"mosip.id.read","version":"v1","response":null,"errors":[{"errorCode":"IDR-IDC-007","message":"No Record(s) found"}]}`,
		"GET /rid/2":          `{"id":"mosip.idrepo.rid.get","version":"1.0","response":{},"errors":[]}`,
	})
	c := identity.New(s.Client)
	if got, err := c.RID(t.Context(), uin); err != nil || got != "10001100800001720260312094512" {
		t.Error(got, err)
	}
	if _, err := c.RID(t.Context(), "1"); !upstream.HasCode(err, "IDR-IDC-007") {
		t.Error(err)
	}
	if _, err := c.RID(t.Context(), "2"); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
}
