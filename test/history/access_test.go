package history

import (
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestTheAccessLogHoldsEveryUseAndNothingElse looks at the log of a resident who was authenticated elsewhere, signed in
// here, and changed something.
func TestTheAccessLogHoldsEveryUseAndNothingElse(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.server.Authenticate(t, p.UIN, "mpartner-default-health")
	changed := p.lock(t, "no-use-of-identity", true)
	p.Settled()
	kinds := map[any]int{}
	list, _ := harness.At(p.Must(`{ viewer { accessLog(first: 100) { nodes { eventId access partner { name } grievances { id } } } } }`, nil),
		"viewer", "accessLog", "nodes").([]any)
	for _, e := range list {
		kinds[harness.At(e, "access")]++
		if harness.At(e, "eventId") == changed {
			t.Error("a change of the locks is in the log")
		}
		if kind, name := harness.At(e, "access"), harness.At(e, "partner", "name"); kind == "SIGN_IN" && name != "Resident Graph" || name == nil {
			t.Errorf("%v at %v", kind, name)
		}
	}
	if kinds["AUTHENTICATION"] == 0 || kinds["SIGN_IN"] == 0 || len(kinds) != 2 {
		t.Errorf("the log holds %v", kinds)
	}
	none := harness.At(p.Must(`{ viewer { accessLog(filter: {serviceTypes: [ID_MANAGEMENT_REQUEST]}) { nodes { eventId } } } }`, nil),
		"viewer", "accessLog", "nodes").([]any)
	if len(none) != 0 {
		t.Errorf("filters combine with the log: %v", none)
	}
	p.lives(t, 400)
	var uses int
	if err := p.db.QueryRow(t.Context(), `select count(*) from event where token_id = $1 and request_type = any($2)`, p.tokenID,
		[]string{"AUTHENTICATION_REQUEST", "SHARE_CRED_WITH_PARTNER", "DOWNLOAD_PERSONALIZED_CARD", "ORDER_PHYSICAL_CARD", "GET_MY_ID",
			"VID_CARD_DOWNLOAD"}).Scan(&uses); err != nil {
		t.Fatal(err)
	}
	found, after := 0, any(nil)
	for {
		page := harness.At(p.Must(`query ($after: Cursor) { viewer { accessLog(first: 100, after: $after) { nodes { access } pageInfo { hasNextPage endCursor } } } }`,
			map[string]any{"after": after}), "viewer", "accessLog")
		for _, e := range harness.At(page, "nodes").([]any) {
			found++
			if harness.At(e, "access") == nil {
				t.Error("an event of the log is no use")
			}
		}
		if after = harness.At(page, "pageInfo", "endCursor"); harness.At(page, "pageInfo", "hasNextPage") != true {
			break
		}
	}
	if found != uses {
		t.Errorf("%d uses in the log, %d in the table", found, uses)
	}
}
