package scenario

import (
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const lockInput = `mutation ($key: String!, $changes: [AuthLockChange!]!) { setAuthLocks(input: {changes: $changes, idempotencyKey: $key}) {
  event { status } errors { code message path upstreamCode } } }`

// RES-SER-410, 427, 442, 444, 451: bad input about ways of authenticating.
func TestBadInputAboutLocksIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	c := s.SignIn(t, resident(t, s).UIN)
	change := func(authType string, locked bool, seconds any) map[string]any {
		return map[string]any{"type": authType, "locked": locked, "unlockForSeconds": seconds}
	}
	seven := []any{}
	for _, one := range append(authTypes, "DEMO") {
		seven = append(seven, change(one, true, nil))
	}
	rows := map[string]badInput{
		"refused by ID Repository": {lockInput, map[string]any{"key": key("refused"), "changes": []any{change("DEMO", true, nil)}},
			refusing("identity", "POST", "IDR-IDC-002", "Invalid Input Parameter - authTypes"), "INVALID", "", "", "IDR-IDC-002", true},
		"the state cannot be read": {lockInput, map[string]any{"key": key("unread"), "changes": []any{change("DEMO", true, nil)}},
			refusing("identity", "GET", "IDR-IDC-004", "Unknown error occurred"), "UPSTREAM_UNAVAILABLE", "", "", "IDR-IDC-004", false},
		"a short key": {lockInput, map[string]any{"key": "short", "changes": []any{change("DEMO", true, nil)}}, nil, "INVALID", "", "input.idempotencyKey", "", false},
	}
	for name, bad := range map[string]struct {
		changes []any
		path    string
	}{
		"nothing":            {[]any{}, "input.changes"},
		"a lock for a while": {[]any{change("DEMO", true, 60)}, "input.changes.0.unlockForSeconds"},
		"no time at all":     {[]any{change("DEMO", false, 0)}, "input.changes.0.unlockForSeconds"},
		"time that ran out":  {[]any{change("DEMO", false, -1)}, "input.changes.0.unlockForSeconds"},
		"more than a day":    {[]any{change("BIO_FACE", true, nil), change("DEMO", false, 86_401)}, "input.changes.1.unlockForSeconds"},
		"as long as can be":  {[]any{change("DEMO", false, 2_147_483_647)}, "input.changes.0.unlockForSeconds"},
		"a way twice":        {[]any{change("DEMO", true, nil), change("DEMO", true, nil)}, "input.changes.1.type"},
		"seven ways":         {seven, "input.changes.6.type"},
	} {
		rows[name] = badInput{query: lockInput, variables: map[string]any{"key": key("locks " + name), "changes": bad.changes}, code: "INVALID", path: bad.path}
	}
	refuseAll(t, s, c, rows)
}
