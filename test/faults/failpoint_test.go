package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// points are the places in a write, in the inbox, in what goes out and in the reconciler at which the server ends itself.
var points = []string{
	"write.keyed", "write.begun", "write.called", "write.settling", "write.settled", "write.retaken",
	"auth_lock.kept", "vid.generated", "vid.revoked",
	"share.kept", "share.requested", "withdraw.begun", "withdraw.called", "withdraw.settling", "withdraw.settled",
	"vid_card.requested", "personalized_card.made", "personalized_card.kept",
	"inbox.kept", "inbox.taken", "inbox.applied", "inbox.committed",
	"outgoing.adding", "outgoing.sent",
	"reconcile.taken", "reconcile.resolving", "reconcile.resolved",
}

// alone are the points that come only when something else is made so.
var alone = []string{"reconcile.revoking", "reconcile.called_off"}

// TestKilledAtNamedPoints (F1) has the server end itself at each named point while residents are at work.
func TestKilledAtNamedPoints(t *testing.T) {
	t.Parallel()
	rounds := size("FAULT_ROUNDS", 1)
	w := start(t, 13)
	atWork, aside := w.people[:12], w.people[12] // who is at work has used up what they may do
	for _, p := range atWork[:6] {
		w.follow(p)
	}
	c, cycles := w.newCrowd(atWork, "DEMO", "BIO_FACE"), 0
	for range rounds {
		w.refill()
		for _, point := range points {
			cycles += c.dieAt(point)
		}
		w.dieRevoking(aside)
		w.dieCallingOff(aside)
		cycles += 3
	}
	asked, which := c.wait()
	report(t, "F1-points", cycles, w.account().Faults(), w.ready,
		fmt.Sprintf("%d points, %d mutations: %s", len(points)+len(alone), asked, which))
}

// afterKills are the points that only writes come to which an earlier kill has left open.
var afterKills = []string{"write.retaken", "reconcile.taken", "reconcile.resolving", "reconcile.resolved"}

// dieAt has the server end itself at a point, and starts it again. It answers how many times the server has died.
func (c *crowd) dieAt(point string) (deaths int) {
	c.w.t.Helper()
	for range 10 {
		c.w.server.Kill()
		if slices.Contains(afterKills, point) {
			// Writes are left open, and the process after this one is to find them.
			c.w.restartTo([]string{"write.begun", "write.called"}[rand.N(2)])
			if c.dies() {
				deaths++
			}
			c.w.server.Kill()
		}
		c.w.restartTo(point)
		if c.dies() {
			c.w.restart()
			return deaths + 1
		}
	}
	c.w.t.Fatalf("the server never came to %s", point)
	return deaths
}

// dies says whether the server ends itself while those who can go on asking.
func (c *crowd) dies() bool {
	limit := time.After(30 * time.Second)
	for {
		c.whoCan(6)
		select {
		case <-c.w.server.Ends():
			return true
		case <-limit:
			return false
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// dieRevoking has the server end itself when the reconciler is about to revoke a VID again whose owner has gone away.
func (w *world) dieRevoking(p *person) {
	w.t.Helper()
	a := finally(w.t, p, generateVid())
	if a.VID == "" {
		w.t.Fatalf("there is no VID to revoke: %+v", a)
	}
	i := revokeVid(a.VID, a.Masked)
	w.server.Kill()
	w.restartTo("write.begun")
	if _, err := p.ask(i); err == nil {
		w.t.Error("the server answered, though it was to end before")
	}
	w.ended()
	w.restartTo("reconcile.revoking")
	w.ended()
	w.restart()
}

// dieCallingOff has the server end itself when the reconciler has called off a share that nobody works on.
func (w *world) dieCallingOff(p *person) {
	w.t.Helper()
	w.credentialsTake(10 * time.Minute)
	a := finally(w.t, p, shareCredential(p.partner("Example Savings Bank"), "mpartner-default-bank", "phone"))
	w.gaveUp[a.Event] = true
	w.server.Kill()
	w.exec(`update event set created_at = created_at - interval '2 hours', check_at = now() where event_id = $1`, a.Event)
	w.restartTo("reconcile.called_off")
	w.ended()
	w.restart()
	w.credentialsTake(credentialsTake)
}
