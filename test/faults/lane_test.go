package faults

import (
	"math/rand/v2"
	"time"
)

// lane is one thing after the other that a resident wants: to generate and revoke a VID in turn, to lock and unlock one
// way of authenticating, to share and call the share off, to have cards made.
type lane struct {
	person *person
	next   func() intent
	came   func(intent, answer) // what came of it; nil when nothing depends on that
	hurry  bool                 // the next wish is not to wait for its turn, but
	after  time.Duration        // for so long
}

// lanes answers everything that a resident wants beside one another: two lanes of VIDs of one type, so that such wishes
// meet, and one of another.
func (p *person) lanes(authTypes ...string) []*lane {
	p.w.t.Helper()
	all := []*lane{p.vidLane("TEMPORARY"), p.vidLane("TEMPORARY"), p.vidLane("ONE_TIME_USE"), p.shareLane(), p.vidCardLane(),
		{person: p, next: func() intent { return createPersonalizedCard("fullName", "phone", "gender") }}}
	for _, authType := range authTypes {
		all = append(all, p.lockLane(authType))
	}
	return all
}

func (p *person) vidLane(kind string) *lane {
	vid, masked := "", "" // the VID to revoke next
	return &lane{person: p,
		next: func() intent {
			if vid != "" {
				return revokeVid(vid, masked)
			}
			return generateVidOf(kind)
		},
		came: func(_ intent, a answer) { vid, masked = a.VID, a.Masked }} // no new VID: the one there was is revoked
}

func (p *person) lockLane(authType string) *lane {
	locked := p.before.Locks[authType]
	return &lane{person: p,
		next: func() intent { return setAuthLock(authType, !locked) },
		came: func(_ intent, a answer) {
			if a.Status != "FAILED" && a.Event != "" {
				locked = !locked
			}
		}}
}

// shareLane shares one thing or another; three of four shares are called off again: at once, after up to as long as it
// takes MOSIP to be done with one, or perhaps much later.
func (p *person) shareLane() *lane {
	bank, tax := p.partner("Example Savings Bank"), p.partner("Example Tax Office")
	share, l := "", &lane{person: p}
	l.next = func() intent {
		switch {
		case share != "":
			return withdrawShare(share)
		case rand.N(2) == 0:
			return shareCredential(bank, "mpartner-default-bank", "fullName")
		}
		return shareCredential(tax, "mpartner-default-tax", "fullName", "dateOfBirth")
	}
	l.came = func(i intent, a answer) {
		share, l.hurry, l.after = "", false, 0
		if mood := rand.N(4); i.mutation == "shareCredential" && mood > 0 {
			share, l.hurry, l.after = a.Share, a.Share != "" && mood > 1, 0
			if mood == 2 {
				l.after = rand.N(2 * credentialsTake)
			}
		}
	}
	return l
}

func (p *person) vidCardLane() *lane {
	id, masked := p.perpetualVid()
	return &lane{person: p, next: func() intent { return requestVidCard(id, masked) }}
}

// partner answers the id under which this resident knows a partner.
func (p *person) partner(name string) string {
	p.w.t.Helper()
	var data struct {
		Partners struct{ Nodes []struct{ ID, Name string } }
	}
	p.mustPost(receivers, &data)
	for _, one := range data.Partners.Nodes {
		if one.Name == name {
			return one.ID
		}
	}
	p.w.t.Fatalf("no partner is called %s", name)
	return ""
}

// perpetualVid answers a VID that nobody revokes.
func (p *person) perpetualVid() (id, masked string) {
	p.w.t.Helper()
	var data struct {
		Viewer struct {
			Vids struct {
				Nodes []struct{ ID, Type, Masked string }
			}
		}
	}
	p.mustPost(screen, &data)
	for _, one := range data.Viewer.Vids.Nodes {
		if one.Type == "PERPETUAL" {
			return one.ID, one.Masked
		}
	}
	p.w.t.Fatal("a resident has no perpetual VID")
	return "", ""
}
