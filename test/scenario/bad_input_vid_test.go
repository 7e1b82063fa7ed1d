package scenario

import (
	"fmt"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const revealVidInput = `mutation ($id: ID!) { revealVid(input: {vidId: $id}) { value errors { code message path upstreamCode } } }`

const revokeVidInput = `mutation ($id: ID!, $key: String!) { revokeVid(input: {vidId: $id, idempotencyKey: $key}) {
  event { status } errors { code message path upstreamCode } } }`

const vidCardInput = `mutation ($id: ID!, $key: String!) { requestVidCard(input: {vidId: $id, idempotencyKey: $key}) {
  event { status } errors { code message path upstreamCode } } }`

// refusing has the VID service answer an error of MOSIP's to the calls of a method.
func refusing(service, method, errorCode, message string) map[string]any {
	return map[string]any{service: map[string]any{"refuse": map[string]any{"method": method, "errorCode": errorCode, "message": message}}}
}

// RES-SER-010, 013, 018, 405, 406, 407, 453, 454, 474, 480, 522: bad input about VIDs.
func TestBadInputAboutVidsIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	own := perpetualID(t, c)
	foreign := firstVid(s.SignIn(t, another(t, s, r).UIN))
	gone := harness.At(generate(c, "TEMPORARY", "make it, then"), "vid", "id")
	c.Must(revokeMutation, map[string]any{"id": gone, "key": "let it go"})
	for i := range 9 { // as many as the policy allows, and as many as are taken in half an hour
		if code(generate(c, "ONE_TIME_USE", fmt.Sprint("until the quota ", i))) != nil {
			break
		}
	}
	rows := map[string]badInput{
		"the quota": {generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": key("quota")}, nil, "QUOTA_REACHED", "", "input.type", "IDR-VID-003", true},
		"no number is left": {generateMutation, map[string]any{"type": "TEMPORARY", "key": key("pool")}, refusing("vid", "POST", "IDR-VID-002", "VID generation failed"),
			"UPSTREAM_UNAVAILABLE", "", "", "IDR-VID-002", true},
		"the identity is blocked": {generateMutation, map[string]any{"type": "TEMPORARY", "key": key("blocked")}, refusing("vid", "POST", "IDR-VID-004", "UIN is BLOCKED"),
			"FORBIDDEN", "ID_NOT_ACTIVE", "", "IDR-VID-004", true},
		"revoked elsewhere": {revokeVidInput, map[string]any{"id": own, "key": key("elsewhere")}, refusing("vid", "PATCH", "IDR-VID-001", "VID is REVOKED"),
			"CONFLICT", "VID_REVOKED", "input.vidId", "IDR-VID-001", true},
		"the list cannot be read": {revokeVidInput, map[string]any{"id": own, "key": key("unread")}, refusing("vid", "GET", "IDR-IDC-004", "Unknown error occurred"),
			"UPSTREAM_UNAVAILABLE", "", "", "IDR-IDC-004", false},
		"a card that is refused": {vidCardInput, map[string]any{"id": own, "key": key("card refused")}, refusing("credential", "POST", "IDR-CRG-010", "KeyManager encryption failed"),
			"UPSTREAM_UNAVAILABLE", "", "", "IDR-CRG-010", true},
		"a short key":            {generateMutation, map[string]any{"type": "TEMPORARY", "key": "short"}, nil, "INVALID", "", "input.idempotencyKey", "", false},
		"a key of another input": {generateMutation, map[string]any{"type": "TEMPORARY", "key": "until the quota 0"}, nil, "IDEMPOTENCY_MISMATCH", "", "input.idempotencyKey", "", false},
		"a key of another VID":   {revokeVidInput, map[string]any{"id": own, "key": "let it go"}, nil, "IDEMPOTENCY_MISMATCH", "", "input.idempotencyKey", "", false},
	}
	for what, id := range map[string]any{"another resident's": foreign, "what was revoked": gone, "nonsense": "Vid_" + fmt.Sprint(foreign)[4:20], "nothing": "",
		"a number": r.Vids[0].VID, "a UIN": r.UIN, "another kind": harness.At(c.Must(`{ viewer { id } }`, nil), "viewer", "id")} {
		for query, of := range map[string]string{revokeVidInput: "revoking", revealVidInput: "showing", vidCardInput: "a card of"} {
			rows[of+" "+what] = badInput{query, map[string]any{"id": id, "key": key(of + what)}, nil, "NOT_FOUND", "", "input.vidId", "", false}
			if query == revealVidInput {
				rows[of+" "+what] = badInput{query, map[string]any{"id": id}, nil, "NOT_FOUND", "", "input.vidId", "", false}
			}
		}
	}
	refuseAll(t, s, c, rows)
}

// RES-SER-471, 513: what a session that began with a VID cannot do.
func TestBadInputAboutTheVidOfTheSignInIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, perpetual(t, r))
	refuseAll(t, s, c, map[string]badInput{
		"revoking it":  {revokeVidInput, map[string]any{"id": perpetualID(t, c), "key": key("revoking it")}, nil, "LOGIN_VID", "", "input.vidId", "", false},
		"replacing it": {generateMutation, map[string]any{"type": "PERPETUAL", "key": key("replacing it")}, nil, "LOGIN_VID", "LOGIN_VID_REPLACED", "input.type", "", false},
	})
}
