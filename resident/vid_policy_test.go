package resident_test

import (
	"testing"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

func TestWhatKeepsAResidentFromGeneratingAVid(t *testing.T) {
	none, one, two := 0, 1, 2
	who := &resident.Resident{IndividualID: "login"}
	perpetual := func(numbers ...string) (vids []*vid.Vid) {
		vids = append(vids, &vid.Vid{Number: "other type", Type: vid.Temporary})
		for _, n := range numbers { // newest first
			vids = append(vids, &vid.Vid{Number: n, Type: vid.Perpetual})
		}
		return vids
	}
	for name, row := range map[string]struct {
		instances *int
		restores  bool
		action    string
		vids      []*vid.Vid
		want      resident.ErrorCode
	}{
		"no limit":                       {nil, true, "REVOKED", perpetual("a", "login"), ""},
		"room":                           {&two, true, "REVOKED", perpetual("login"), ""},
		"full":                           {&one, false, "REVOKED", perpetual("a"), resident.QuotaReached},
		"full with the login VID":        {&one, false, "REVOKED", perpetual("login"), resident.QuotaReached},
		"another makes room":             {&one, true, "REVOKED", perpetual("a"), ""},
		"the login VID would make room":  {&one, true, "REVOKED", perpetual("login"), resident.LoginVid},
		"the newest makes room":          {&two, true, "REVOKED", perpetual("a", "login"), ""},
		"the newest is the login VID":    {&two, true, "REVOKED", perpetual("login", "a"), resident.LoginVid},
		"what makes room stays in force": {&one, true, "active", perpetual("login"), ""},
		"more than allowed":              {&one, true, "REVOKED", perpetual("a", "b"), resident.QuotaReached},
		"none allowed":                   {&none, true, "REVOKED", perpetual(), resident.QuotaReached},
	} {
		p := &vid.Policy{Type: vid.Perpetual, InstancesAllowed: row.instances, AutoRestore: row.restores, RestoreOnAction: row.action}
		if got := resident.MayGenerate(who, p, row.vids); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
