package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// vid is one Virtual ID, whatever has become of it.
type vid struct {
	Number string    `json:"vid"`
	UIN    string    `json:"uin"`
	Type   string    `json:"type"`   // PERPETUAL, TEMPORARY, ONETIMEUSE
	Status string    `json:"status"` // ACTIVE, REVOKED, …
	Made   time.Time `json:"made"`
	Expiry time.Time `json:"expiry"` // zero: never
}

func (v vid) expired() bool { return !v.Expiry.IsZero() && !v.Expiry.After(time.Now()) }

// vids is the store of the VID service and the rules of its policy.
type vids struct {
	state     *state
	residents *residents
	policies  vidPolicies
	journal   *journal

	mu     sync.Mutex
	random *rand.Rand
	byVID  map[string]*vid
	byUIN  map[string][]*vid
}

// openVIDs reads the VIDs of an earlier start, or gives everybody their first.
func openVIDs(ctx context.Context, s *state, people *residents, seed string) (*vids, error) {
	policies, err := readVIDPolicies()
	if err != nil {
		return nil, err
	}
	records, err := s.load(ctx, "vid")
	if err != nil {
		return nil, err
	}
	v := &vids{
		state: s, residents: people, policies: policies,
		random: randomFrom(seed, fmt.Sprint("vids ", len(records))), // a later start draws other numbers
		byVID:  map[string]*vid{}, byUIN: map[string][]*vid{},
	}
	if len(records) == 0 {
		return v, v.populate(ctx)
	}
	for _, record := range records {
		one := &vid{}
		if err := json.Unmarshal(record, one); err != nil {
			return nil, fmt.Errorf("read a vid: %w", err)
		}
		v.add(one)
	}
	return v, nil
}

// populate gives each resident a perpetual VID and up to three others.
func (v *vids) populate(ctx context.Context) error {
	records := map[string]any{}
	for index, r := range v.residents.all {
		types := []string{"PERPETUAL", "TEMPORARY", "ONETIMEUSE", "TEMPORARY"}
		if index > 0 {
			types = types[:1+v.random.IntN(len(types))]
		}
		for age, kind := range types {
			one := v.draw(r.UIN, kind, "ACTIVE", time.Now().Add(time.Duration(-age)*time.Minute))
			v.add(one)
			records[one.Number] = one
		}
	}
	return v.state.saveAll(ctx, "vid", records)
}

// draw makes up a VID with a number nobody has. The caller holds mu.
func (v *vids) draw(uin, kind, status string, made time.Time) *vid {
	one := &vid{UIN: uin, Type: kind, Status: status, Made: made.UTC(), Expiry: v.policies[kind].expiry(made.UTC())}
	for one.Number == "" || v.byVID[one.Number] != nil {
		one.Number = drawNumber(v.random, vidLength, validVID)
	}
	return one
}

// make draws a VID, keeps it and returns it. The caller holds mu.
func (v *vids) make(ctx context.Context, uin, kind, status string) (*vid, error) {
	one := v.draw(uin, kind, status, time.Now())
	if err := v.state.save(ctx, "vid", one.Number, one); err != nil {
		return nil, err
	}
	v.add(one)
	return one, nil
}

func (v *vids) add(one *vid) {
	v.byVID[one.Number] = one
	v.byUIN[one.UIN] = append(v.byUIN[one.UIN], one)
}

// move gives a VID another status. The caller holds mu.
func (v *vids) move(ctx context.Context, one *vid, status string) error {
	moved := *one
	moved.Status = status
	if err := v.state.save(ctx, "vid", one.Number, moved); err != nil {
		return err
	}
	one.Status = status
	return nil
}

// create applies the creation rule: below the quota a new VID; at the quota,
// where the policy restores by itself, the newest makes room; else a refusal.
func (v *vids) create(ctx context.Context, uin, kind, status string) (*vid, error) {
	policy := v.policies[kind]
	var living []*vid
	for _, one := range v.byUIN[uin] {
		if one.Type == kind && one.Status == status && !one.expired() {
			living = append(living, one)
		}
	}
	if len(living) == policy.InstancesAllowed && policy.AutoRestoreAllowed {
		newest := slices.MaxFunc(living, func(a, b *vid) int { return cmp.Compare(a.Made.UnixNano(), b.Made.UnixNano()) })
		if err := v.move(ctx, newest, policy.RestoreOnAction); err != nil {
			return nil, err
		}
	} else if len(living) >= policy.InstancesAllowed {
		return nil, vidPolicyRefuses
	}
	return v.make(ctx, uin, kind, status)
}

// find checks a VID for use: it must exist, be unexpired and in use, and its
// UIN activated. It returns a copy and the first thing that is wrong.
func (v *vids) find(number string) (vid, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one := v.byVID[number]
	switch {
	case one == nil:
		return vid{}, noRecord
	case one.expired():
		return vid{}, vidIs("EXPIRED")
	case one.Status != "ACTIVE" && one.Status != "DRAFT":
		return vid{}, vidIs(one.Status)
	}
	return *one, v.checkUIN(one.UIN)
}

// checkUIN refuses a UIN that is unknown or not activated.
func (v *vids) checkUIN(uin string) error {
	r := v.residents.byUIN[uin]
	if r == nil {
		return noRecord
	}
	if r.Status != "ACTIVATED" {
		return kernelError{"IDR-VID-004", r.Status + " UIN"}
	}
	return nil
}

// active lists copies of the ACTIVE, unexpired VIDs of a UIN.
func (v *vids) active(uin string) []vid {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := []vid{}
	for _, one := range v.byUIN[uin] {
		if one.Status == "ACTIVE" && !one.expired() {
			list = append(list, *one)
		}
	}
	return list
}
