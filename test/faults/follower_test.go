package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
	"github.com/resident-graph/resident-graph/test/harness"
)

// follower follows a resident's changes over server-sent events, again and again from the last cursor that it saw.
type follower struct {
	w      *world
	person *person
	name   string
	cursor string
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	seen int64 // the number of the last change
}

// follow has a resident's changes followed until the test ends.
func (w *world) follow(p *person) *follower {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{w: w, person: p, name: fmt.Sprintf("follower-%d", len(w.followers)+1), cancel: cancel}
	f.seen = f.begin()
	w.must(w.subscriber.Append(ledger.Subscriber{At: time.Now().UTC(), Client: f.name, Resident: p.hash, From: &f.seen}))
	w.followers = append(w.followers, f)
	f.done.Go(func() {
		for ctx.Err() == nil {
			_ = f.stream(ctx) // it ends when the server does
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	w.t.Cleanup(f.stop)
	return f
}

func (f *follower) stop() {
	f.cancel()
	f.done.Wait()
}

// begin reads the cursor from which to follow and the number that it stands for.
func (f *follower) begin() (number int64) {
	f.w.t.Helper()
	const newest = `select coalesce(max(seq), 0) from event_change where token_id = $1`
	var data struct{ Viewer struct{ ChangeCursor string } }
	harness.Eventually(f.w.t, "the history stands still", func() bool {
		before := f.w.number(newest, f.w.token(f.person.uin))
		_, err := f.person.post(context.Background(), cursor, nil, &data)
		number = int64(f.w.number(newest, f.w.token(f.person.uin)))
		return err == nil && number == int64(before) && data.Viewer.ChangeCursor != ""
	})
	f.cursor = data.Viewer.ChangeCursor
	return number
}

// stream follows until the connection ends.
func (f *follower) stream(ctx context.Context) error {
	body, err := json.Marshal(map[string]any{"documentId": documentID(follow), "variables": map[string]any{"after": f.cursor}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.w.server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := (&http.Client{Jar: f.person.http.Jar, Transport: f.person.http.Transport}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || data == "" {
			continue
		}
		if err := f.frame([]byte(data)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// frame keeps what was seen before it is counted as seen.
func (f *follower) frame(raw []byte) error {
	var frame struct {
		Data struct {
			EventChanged *struct {
				Cursor string
				Event  struct{ EventID, Status, StatusDetail string }
			}
		}
	}
	if err := json.Unmarshal(raw, &frame); err != nil {
		return err
	}
	change := frame.Data.EventChanged
	if change == nil {
		return fmt.Errorf("a frame without a change")
	}
	err := f.w.subscriber.Append(ledger.Subscriber{At: time.Now().UTC(), Client: f.name, Resident: f.person.hash, Cursor: change.Cursor,
		Event: change.Event.EventID, Status: change.Event.Status, Detail: change.Event.StatusDetail})
	if err != nil {
		return err
	}
	f.cursor = change.Cursor
	f.mu.Lock()
	f.seen++
	f.mu.Unlock()
	return nil
}

func (f *follower) count() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}
