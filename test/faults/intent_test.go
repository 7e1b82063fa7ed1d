package faults

import (
	"context"
	"crypto/rand"
	"fmt"
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
}

// final says that asking again would bring nothing new.
func (a answer) final() bool {
	switch a.Code {
	case "":
		return a.Event != ""
	case "OUTCOME_UNKNOWN", "UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT", "INTERNAL", "UNAUTHENTICATED":
		return a.Status == "FAILED" || a.Status == "SUCCESS"
	}
	return true
}

func newIntent(mutation, document, input string, variables map[string]any) intent {
	i := intent{mutation: mutation, document: document, key: rand.Text(), input: input, variables: variables}
	i.variables["key"] = i.key
	return i
}

func generateVid() intent {
	return newIntent("generateVid", generate, "TEMPORARY", map[string]any{"type": "TEMPORARY"})
}

func revokeVid(id, masked string) intent {
	return newIntent("revokeVid", revoke, masked, map[string]any{"vid": id})
}

func setAuthLock(authType string, locked bool) intent {
	return newIntent("setAuthLocks", setLocks, fmt.Sprintf("%s=%t", authType, locked),
		map[string]any{"changes": []any{map[string]any{"type": authType, "locked": locked}}})
}

// ask sends an intent once and keeps both lines of it. err says that there was no answer.
func (p *person) ask(i intent) (a answer, err error) {
	line := ledger.Client{At: time.Now().UTC(), Phase: ledger.Sent, Resident: p.hash, Mutation: i.mutation, Key: i.key, Input: i.input}
	if err := p.w.client.Append(line); err != nil {
		return a, err
	}
	data := map[string]*struct {
		Event  *struct{ EventID, Status string }
		Vid    *struct{ ID, Masked string }
		Errors []struct{ Code string }
	}{}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if a.Code, err = p.post(ctx, i.document, i.variables, &data); err == nil {
		payload := data[i.mutation]
		if payload != nil && payload.Event != nil {
			a.Event, a.Status = payload.Event.EventID, payload.Event.Status
		}
		if payload != nil && payload.Vid != nil {
			a.VID, a.Masked = payload.Vid.ID, payload.Vid.Masked
		}
		if payload != nil && len(payload.Errors) > 0 {
			a.Code = payload.Errors[0].Code
		}
	}
	line.At, line.Phase = time.Now().UTC(), ledger.Silent
	if err == nil {
		line.Phase, line.Event, line.Status, line.Code = ledger.Answered, a.Event, a.Status, a.Code
	}
	if writeErr := p.w.client.Append(line); err == nil {
		err = writeErr
	}
	return a, err
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
