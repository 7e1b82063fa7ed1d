package history

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const pinMutation = `mutation ($id: EventID!, $pinned: Boolean!) {
  pinEvent(input: {eventId: $id, pinned: $pinned}) { event { eventId pinned timeline { name } } errors { code path message } } }`

func (p *person) pin(id string, pinned bool) any {
	return harness.At(p.Must(pinMutation, map[string]any{"id": id, "pinned": pinned}), "pinEvent")
}

func TestThreeEventsCanBePinned(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 20)
	stream := p.Events(`subscription ($after: Cursor) { eventChanged(after: $after) { event { eventId pinned } } }`, map[string]any{"after": p.Settled()})
	id := func(n int) string { return fmt.Sprintf("10000000000000%02d", n) }
	for _, n := range []int{2, 11, 5, 5} { // the same again is no other pin
		if got := p.pin(id(n), true); harness.At(got, "event", "pinned") != true {
			t.Fatalf("pinning %d answers %v", n, got)
		}
	}
	got := p.pin(id(7), true)
	if harness.At(got, "errors", 0, "code") != "CONFLICT" || harness.At(got, "event") != nil || harness.At(got, "errors", 0, "message") == "" {
		t.Errorf("the fourth pin answers %v", got)
	}
	if all := p.walk(t, nil, "NEWEST_FIRST", 20, false); !slices.Equal(all[:3], []string{id(11), id(5), id(2)}) {
		t.Errorf("the history begins with %v", all[:3])
	}
	if got := p.pin(id(2), false); harness.At(got, "event", "pinned") != false {
		t.Errorf("unpinning answers %v", got)
	}
	if got := p.pin(id(7), true); harness.At(got, "event", "pinned") != true || len(harness.At(got, "event", "timeline").([]any)) != 1 {
		t.Errorf("the place that is free again: %v", got)
	}
	for _, n := range []int{2, 11, 5, 2, 7} {
		if e := harness.At(stream.Next().Data, "eventChanged", "event", "eventId"); e != id(n) {
			t.Errorf("another device is told of %v, want %s", e, id(n))
		}
	}
	stream.Quiet(200 * time.Millisecond)
}

func TestPinsThatRaceStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 20)
	var done atomic.Int32
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			if harness.At(p.pin(fmt.Sprintf("10000000000000%02d", n), true), "event", "pinned") == true {
				done.Add(1)
			}
		})
	}
	all.Wait()
	if pinned := p.ids(t, `select event_id from event where token_id = $1 and pinned`, p.tokenID); len(pinned) != 3 || done.Load() != 3 {
		t.Errorf("%d are pinned and %d were confirmed, want 3", len(pinned), done.Load())
	}
}

func TestNobodyPinsWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 5)
	other := signIn(t, p.server, 1)
	foreign, missing := other.pin("1000000000000001", true), other.pin("9999999999999999", true)
	if fmt.Sprint(foreign) != fmt.Sprint(missing) || harness.At(foreign, "errors", 0, "code") != "NOT_FOUND" {
		t.Errorf("foreign %v, missing %v", foreign, missing)
	}
	if got := p.pin("\u0000", true); harness.At(got, "errors", 0, "code") != "NOT_FOUND" {
		t.Errorf("what is no EID answers %v", got)
	}
	if n := len(p.ids(t, `select event_id from event where pinned`)); n != 0 {
		t.Errorf("%d events are pinned", n)
	}
}
