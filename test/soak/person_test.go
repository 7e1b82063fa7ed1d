package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/test/harness"
)

// person is a resident who does this and that, and remembers what came of it.
type person struct {
	t     *testing.T
	world *world
	uin   string
	token string // the owner key in the database
	http  *http.Client

	before      int // the number of the newest change when the subscribers began
	subscribers []*subscriber
	done        map[string]int  // how often each thing was done
	locked      map[string]bool // what was last asked of each way of authenticating
	vids        []string        // opaque ids of those generated and not revoked
	events      []string        // of the writes
	partners    int             // authentications at partners
	asked       int
	troubles    int // upstreams that were not reached
}

func (w *world) person(t *testing.T, uin string) *person {
	t.Helper()
	return &person{t: t, world: w, uin: uin, token: w.tokenOf(uin), http: patient(w.SignIn(t, uin)), done: map[string]int{}, locked: map[string]bool{}}
}

// patient answers a browser without a deadline of its own, for streams.
func patient(c *harness.Client) *http.Client {
	return &http.Client{Jar: c.HTTP.Jar, Transport: c.HTTP.Transport}
}

// ask sends a trusted document and answers its data. Anything but success is the test's failure, except that an upstream
// or Redis was not reached in time: on a machine that is busy with other things that happens, and what follows from it is
// looked at.
func (p *person) ask(client *http.Client, document string, variables map[string]any) map[string]any {
	answer, raw, err := p.send(client, document, variables)
	p.asked++
	for _, e := range answer.Errors {
		if code, _ := harness.At(e, "extensions", "code").(string); !p.excused(code) {
			err = errors.Join(err, errors.New(code))
		}
	}
	if err != nil {
		p.t.Errorf("%.30s…: %v %s", document, err, raw)
	}
	return answer.Data
}

// excused counts what is an upstream's trouble.
func (p *person) excused(code string) bool {
	trouble := strings.HasPrefix(code, "UPSTREAM_") || code == "OUTCOME_UNKNOWN"
	if trouble {
		p.troubles++
	}
	return trouble
}

type answer struct {
	Data   map[string]any
	Errors []any
}

func (p *person) send(client *http.Client, document string, variables map[string]any) (a answer, raw []byte, err error) {
	body, err := json.Marshal(map[string]any{"documentId": documents.ID(document), "variables": variables})
	if err != nil {
		return a, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.world.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return a, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return a, nil, err
	}
	defer resp.Body.Close()
	if raw, err = io.ReadAll(resp.Body); err != nil {
		return a, nil, err
	}
	return a, raw, json.Unmarshal(raw, &a)
}

// actions are what a person does, with how often of a hundred. VIDs are few: ten and twenty an hour are allowed.
var actions = []struct {
	share int
	name  string
	do    func(*person)
}{
	{41, "home", (*person).lookAtHome}, {14, "history", (*person).leafThroughHistory}, {12, "bell", (*person).openBell},
	{14, "lock", (*person).lockOrUnlock}, {5, "vid", (*person).generateOrRevoke}, {6, "pin", (*person).pinAndUnpin},
	{5, "partner", (*person).authenticateAtPartner}, {3, "signIn", (*person).signInElsewhere},
}

// live acts at a steady pace until ctx ends.
func (p *person) live(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n := rand.N(100)
		for _, a := range actions {
			if n -= a.share; n < 0 {
				a.do(p)
				p.done[a.name]++
				break
			}
		}
	}
}

func (p *person) lookAtHome() { p.ask(p.http, home, nil) }

func (p *person) leafThroughHistory() {
	var after any
	for range 3 {
		page := harness.At(p.ask(p.http, history, map[string]any{"after": after}), "viewer", "serviceHistory", "pageInfo")
		if more, _ := harness.At(page, "hasNextPage").(bool); !more {
			return
		}
		after = harness.At(page, "endCursor")
	}
}

func (p *person) openBell() {
	upTo := harness.At(p.ask(p.http, bell, nil), "viewer", "changeCursor")
	p.wrote(p.ask(p.http, seen, map[string]any{"upTo": upTo}), "markNotificationsSeen")
}

func (p *person) lockOrUnlock() {
	kind, before := []string{"DEMO", "BIO_FINGER", "BIO_IRIS", "BIO_FACE"}[rand.N(4)], p.troubles
	p.locked[kind] = !p.locked[kind]
	p.wrote(p.ask(p.http, locks, map[string]any{"key": p.key(), "changes": []any{map[string]any{"type": kind, "locked": p.locked[kind]}}}), "setAuthLocks")
	if p.troubles > before { // whether it was asked for is not known here
		delete(p.locked, kind)
	}
}

func (p *person) generateOrRevoke() {
	if len(p.vids) > 0 {
		p.wrote(p.ask(p.http, revoke, map[string]any{"key": p.key(), "vid": p.vids[0]}), "revokeVid")
		p.vids = p.vids[1:]
		return
	}
	data := p.ask(p.http, generate, map[string]any{"key": p.key()})
	p.wrote(data, "generateVid")
	if id, ok := harness.At(data, "generateVid", "vid", "id").(string); ok {
		p.vids = append(p.vids, id)
	}
}

func (p *person) pinAndUnpin() {
	if len(p.events) == 0 {
		return
	}
	event := p.events[rand.N(len(p.events))]
	for _, pinned := range []bool{true, false} {
		p.wrote(p.ask(p.http, pin, map[string]any{"event": event, "pinned": pinned}), "pinEvent")
	}
}

func (p *person) authenticateAtPartner() {
	p.world.Authenticate(p.t, p.uin, "mpartner-default-health")
	p.partners++
}

// signInElsewhere has a session that comes and goes beside the one that is followed.
func (p *person) signInElsewhere() {
	other := patient(p.world.SignIn(p.t, p.uin))
	p.ask(other, home, nil)
	p.wrote(p.ask(other, signOut, nil), "signOut")
	other.CloseIdleConnections()
}

// wrote looks whether a mutation succeeded, and keeps its event.
func (p *person) wrote(data map[string]any, mutation string) {
	refusals, _ := harness.At(data, mutation, "errors").([]any)
	for _, refusal := range refusals {
		if code, _ := harness.At(refusal, "code").(string); !p.excused(code) {
			p.t.Errorf("%s: %v", mutation, data)
		}
	}
	if id, ok := harness.At(data, mutation, "event", "eventId").(string); ok {
		p.events = append(p.events, id)
	}
}

func (p *person) key() string { return fmt.Sprintf("soak-%s-%d", p.uin[6:], rand.Uint64()) }
