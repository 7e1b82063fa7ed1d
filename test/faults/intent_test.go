package faults

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// intent is something that a resident wants once, with the key that was made when they wanted it.
type intent struct {
	mutation, document, key string
	input                   string // in the words of the ledgers
	variables               map[string]any
}

// answer is what came back. Without an event nothing was begun.
type answer struct {
	Event, Status, Code string
	VID, Masked         string // of a new VID
	Share               string
	withdrawal          bool // Status is that of the share
}

// final says that asking again would bring nothing new.
func (a answer) final() bool {
	switch a.Code {
	case "":
		return a.Event != ""
	case "OUTCOME_UNKNOWN", "UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT", "INTERNAL", "UNAUTHENTICATED":
		return !a.withdrawal && (a.Status == "FAILED" || a.Status == "SUCCESS")
	}
	return true
}

func newIntent(mutation, document, input string, variables map[string]any) intent {
	i := intent{mutation: mutation, document: document, key: rand.Text(), input: input, variables: variables}
	i.variables["key"] = i.key
	return i
}

func generateVid() intent { return generateVidOf("TEMPORARY") }

func generateVidOf(kind string) intent {
	return newIntent("generateVid", generate, kind, map[string]any{"type": kind})
}

func revokeVid(id, masked string) intent {
	return newIntent("revokeVid", revoke, masked, map[string]any{"vid": id})
}

func setAuthLock(authType string, locked bool) intent {
	return newIntent("setAuthLocks", setLocks, fmt.Sprintf("%s=%t", authType, locked),
		map[string]any{"changes": []any{map[string]any{"type": authType, "locked": locked}}})
}

// shareCredential wants a partner to have attributes; partner is how the ledgers name the one with this id.
func shareCredential(id, partner string, attributes ...string) intent {
	slices.Sort(attributes)
	return newIntent("shareCredential", askShare, partner+" "+strings.Join(attributes, ","),
		map[string]any{"partner": id, "attributes": choices(attributes)})
}

func withdrawShare(id string) intent {
	return newIntent("withdrawShare", withdraw, "", map[string]any{"share": id})
}

func requestVidCard(id, masked string) intent {
	return newIntent("requestVidCard", askVidCard, masked, map[string]any{"vid": id})
}

func createPersonalizedCard(attributes ...string) intent {
	return newIntent("createPersonalizedCard", makeCard, strings.Join(attributes, ","), map[string]any{"attributes": choices(attributes)})
}

func choices(attributes []string) (all []any) {
	for _, name := range attributes {
		all = append(all, map[string]any{"name": name})
	}
	return all
}

// ask sends an intent once and keeps both lines of it. err says that there was no answer.
func (p *person) ask(i intent) (a answer, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return p.askWithin(ctx, i)
}

// askWithin is ask by somebody who goes away when ctx ends.
func (p *person) askWithin(ctx context.Context, i intent) (a answer, err error) {
	line := ledger.Client{At: time.Now().UTC(), Phase: ledger.Sent, Resident: p.hash, Mutation: i.mutation, Key: i.key, Input: i.input}
	if err := p.w.client.Append(line); err != nil {
		return a, err
	}
	data := map[string]*payload{}
	if a.Code, err = p.post(ctx, i.document, i.variables, &data); err == nil && data[i.mutation] != nil {
		data[i.mutation].tell(&a)
	}
	a.withdrawal = i.mutation == "withdrawShare"
	line.At, line.Phase = time.Now().UTC(), ledger.Silent
	if err == nil {
		line.Phase, line.Event, line.Status, line.Code = ledger.Answered, a.Event, a.Status, a.Code
	}
	if writeErr := p.w.client.Append(line); err == nil {
		err = writeErr
	}
	return a, err
}

// payload is what mutations answer.
type payload struct {
	Event *event
	Vid   *struct{ ID, Masked string }
	Share *struct {
		ID    string
		Event *event
	}
	Errors []struct{ Code string }
}

type event struct{ EventID, Status string }

func (p *payload) tell(a *answer) {
	told := p.Event
	if p.Share != nil {
		a.Share = p.Share.ID
		if told == nil {
			told = p.Share.Event
		}
	}
	if told != nil {
		a.Event, a.Status = told.EventID, told.Status
	}
	if p.Vid != nil {
		a.VID, a.Masked = p.Vid.ID, p.Vid.Masked
	}
	if len(p.Errors) > 0 {
		a.Code = p.Errors[0].Code
	}
}

// insist asks with the same key until the answer is final or the time is over.
func (p *person) insist(ctx context.Context, i intent) (a answer, err error) {
	for {
		if a, err = p.ask(i); err == nil && a.final() {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, fmt.Errorf("%s has no final answer: %+v: %w", i.mutation, a, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
