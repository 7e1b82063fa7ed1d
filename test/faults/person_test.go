package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/upstream"
)

// person is a resident who has signed in. hash is who they are in the ledgers.
type person struct {
	w         *world
	uin, hash string
	http      *http.Client
	before    ledger.Screen
}

// signIn signs residents in and waits until what the sign-ins themselves cause is over.
func (w *world) signIn(people int) {
	w.t.Helper()
	for _, r := range w.server.Residents(w.t) {
		if r.Status == "ACTIVATED" && len(w.people) < people {
			p := &person{w: w, uin: r.UIN, hash: upstream.RefHash(r.UIN), http: w.server.SignIn(w.t, r.UIN).HTTP}
			w.people = append(w.people, p)
		}
	}
	w.within(quietWithin, "the sign-ins are in the history", func() bool {
		return w.number(`select count(*) from event where request_type = 'AUTHENTICATION_REQUEST'`) == len(w.people)
	})
	for _, p := range w.people {
		p.before = p.screen()
	}
}

// post sends a document and decodes its data; code is that of the first error at the top. err says that there was no
// answer.
func (p *person) post(ctx context.Context, document string, variables map[string]any, into any) (code string, err error) {
	body, err := json.Marshal(map[string]any{"documentId": documentID(document), "variables": variables})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.w.server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return "", fmt.Errorf("status %d: %w", resp.StatusCode, err)
	}
	if len(answer.Errors) > 0 {
		code = answer.Errors[0].Extensions.Code
	}
	if len(answer.Data) == 0 {
		return code, nil
	}
	return code, json.Unmarshal(answer.Data, into)
}

// mustPost reads what a document asks for, again until nothing of it is missing.
func (p *person) mustPost(document string, into any) {
	p.w.t.Helper()
	harness.Eventually(p.w.t, "it is answered in whole", func() bool { // a service may still be held off
		code, err := p.post(context.Background(), document, nil, into)
		return err == nil && code == ""
	})
}

// screen answers what the resident is shown.
func (p *person) screen() (shown ledger.Screen) {
	p.w.t.Helper()
	harness.Eventually(p.w.t, "the screen is whole", func() (whole bool) { // a service may still be held off
		var err error
		shown, whole, err = p.look()
		return err == nil && whole
	})
	return shown
}

// look answers what the resident is shown now, and whether nothing is missing.
func (p *person) look() (shown ledger.Screen, whole bool, err error) {
	var data struct {
		Viewer *struct {
			Vids struct {
				Nodes []struct{ Type, Masked string }
			}
			AuthLocks []struct {
				Type    string
				Locked  bool
				Pending *bool
			}
		}
	}
	code, err := p.post(context.Background(), screen, nil, &data)
	if err != nil || code != "" || data.Viewer == nil {
		return shown, false, err
	}
	shown = ledger.Screen{Vids: map[string]int{}, Locks: map[string]bool{}}
	for _, v := range data.Viewer.Vids.Nodes {
		shown.Vids[v.Type+" "+v.Masked]++
	}
	for _, l := range data.Viewer.AuthLocks {
		shown.Locks[l.Type] = l.Locked
		if l.Pending != nil {
			shown.Pending = append(shown.Pending, l.Type)
		}
	}
	return shown, true, nil
}
