package faults

import "testing"

// TestNobodyAsksAgain has the server die while shares are called off and other things are done, and nobody repeat that:
// what became of it is settled all the same, and a repeat much later is told so.
func TestNobodyAsksAgain(t *testing.T) {
	t.Parallel()
	w := start(t, 3)
	wanted := map[*person]intent{}
	for n, point := range []string{"withdraw.begun", "withdraw.called"} {
		p := w.people[n]
		w.server.Kill()
		w.restartTo(point)
		share := finally(t, p, shareCredential(p.partner("Example Savings Bank"), "mpartner-default-bank", "fullName"))
		wanted[p] = withdrawShare(share.Share)
		if a, err := p.ask(wanted[p]); err == nil {
			t.Fatalf("the server ended and answered %+v", a)
		}
		w.ended()
	}
	w.restart()
	last := w.people[2]
	vid, masked := last.perpetualVid()
	for point, i := range map[string]intent{
		"personalized_card.made": createPersonalizedCard("fullName", "phone", "gender"),
		"personalized_card.kept": createPersonalizedCard("fullName", "gender", "phone"),
		"share.requested":        shareCredential(last.partner("Example Savings Bank"), "mpartner-default-bank", "fullName"),
		"vid_card.requested":     requestVidCard(vid, masked),
		"vid.generated":          generateVid(),
	} {
		w.server.Kill()
		w.restartTo(point)
		if a, err := last.ask(i); err == nil {
			t.Errorf("the server ended and answered %+v", a)
		}
		w.ended()
	}
	w.restart()
	w.quiet()
	for p, code := range map[*person]string{w.people[0]: "CONFLICT", w.people[1]: ""} {
		if a, err := p.ask(wanted[p]); err != nil || a.Code != code {
			t.Errorf("a repeat is answered %+v, want the code %q: %v", a, code, err)
		}
	}
	report(t, "nobody-asks", len(wanted)+5, w.account().Faults(), nil, "")
}
