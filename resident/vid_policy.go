package resident

import (
	"strings"

	"github.com/resident-graph/resident-graph/upstream/vid"
)

// LiveVids answers those of the resident's live VIDs that are of a type, in their order.
func LiveVids(vids []*vid.Vid, t vid.Type) []*vid.Vid {
	var live []*vid.Vid
	for _, v := range vids {
		if v.Type == t {
			live = append(live, v)
		}
	}
	return live
}

// MayGenerate answers why the resident cannot generate a VID of the policy's type now, "" when they can. vids are their
// live ones, newest first, as Vids.List answers them. The rule is the VID service's own: below the instances allowed a
// VID is made; at them the newest makes room where the policy restores by itself; else it is refused. What would make
// room for the new one must not be the VID that the resident signed in with.
func MayGenerate(who *Resident, p *vid.Policy, vids []*vid.Vid) ErrorCode {
	live := LiveVids(vids, p.Type)
	switch {
	case p.InstancesAllowed == nil || len(live) < *p.InstancesAllowed:
		return ""
	case !p.AutoRestore, len(live) > *p.InstancesAllowed, len(live) == 0:
		return QuotaReached
	case live[0].Number == who.IndividualID && !strings.EqualFold(p.RestoreOnAction, string(vid.Active)):
		return LoginVid
	}
	return ""
}
