package history

import (
	"slices"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const bellQuery = `{ viewer { unreadCount changeCursor
  notifications(first: 100) { nodes { eventId read updatedAt } edges { cursor } pageInfo { startCursor } }
  news: notifications(first: 100, unreadOnly: true) { nodes { eventId } edges { cursor } } } }`

// bell answers how many the bell counts and the EIDs of what it shows.
func (p *person) bell(t *testing.T) (viewer any, unread int, all, news []string) {
	t.Helper()
	viewer = harness.At(p.Must(bellQuery, nil), "viewer")
	for _, list := range []struct {
		name string
		ids  *[]string
	}{{"notifications", &all}, {"news", &news}} {
		for i := range harness.At(viewer, list.name, "nodes").([]any) {
			*list.ids = append(*list.ids, harness.At(viewer, list.name, "nodes", i, "eventId").(string))
		}
	}
	return viewer, int(harness.At(viewer, "unreadCount").(float64)), all, news
}

// lock locks or unlocks one way of authenticating and waits for the confirmation.
func (p *person) lock(t *testing.T, key string, locked bool) (eventID string) {
	t.Helper()
	data := p.Must(`mutation ($key: String!, $locked: Boolean!) { setAuthLocks(input: {idempotencyKey: $key,
		changes: [{type: BIO_FACE, locked: $locked}, {type: DEMO, locked: true}]}) { event { eventId } errors { code } } }`,
		map[string]any{"key": key, "locked": locked})
	eventID, _ = harness.At(data, "setAuthLocks", "event", "eventId").(string)
	if eventID == "" {
		t.Fatalf("the lock was refused: %v", data)
	}
	harness.Eventually(t, "the lock is confirmed", func() bool {
		return harness.At(p.Must(`query ($id: EventID!) { viewer { event(eventId: $id) { status } } }`, map[string]any{"id": eventID}),
			"viewer", "event", "status") == "SUCCESS"
	})
	return eventID
}

const seenMutation = `mutation ($upTo: Cursor!) { markNotificationsSeen(input: {upTo: $upTo}) { unreadCount errors { code path } } }`

func (p *person) seen(upTo any) any {
	return harness.At(p.Must(seenMutation, map[string]any{"upTo": upTo}), "markNotificationsSeen")
}

func TestTheBellCountsWhatItShows(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 400) // twenty locks, ten of them unread
	viewer, unread, all, news := p.bell(t)
	if unread != 10 || len(news) != 10 || len(all) != 20 {
		t.Fatalf("%d unread, %d news, %d notifications; want 10, 10, 20", unread, len(news), len(all))
	}
	want := p.ids(t, `select event_id from event where token_id = $1 and async order by news desc`, p.tokenID)
	if !slices.Equal(all, want) {
		t.Errorf("the bell shows %v, want %v", all, want)
	}
	// Seen up to the fourth newest notification: what is newer stays.
	cursor := harness.At(viewer, "notifications", "edges", 3, "cursor")
	newer := 0
	for _, id := range all[:3] {
		if slices.Contains(news, id) {
			newer++
		}
	}
	for range 2 {
		if got := p.seen(cursor); harness.At(got, "unreadCount") != float64(newer) {
			t.Errorf("seen up to the fourth: %v, want %d left", got, newer)
		}
	}
	for _, upTo := range []any{harness.At(viewer, "notifications", "pageInfo", "startCursor"), harness.At(viewer, "changeCursor")} {
		if got := p.seen(upTo); harness.At(got, "unreadCount") != 0.0 {
			t.Errorf("seen up to now: %v, want none left", got)
		}
	}
	if got := p.seen(cursor); harness.At(got, "unreadCount") != 0.0 {
		t.Errorf("an older cursor brings %v back", got)
	}
	if _, unread, all, news = p.bell(t); unread != 0 || len(news) != 0 || len(all) != 20 {
		t.Errorf("after the bell: %d unread, %d news, %d notifications; want 0, 0, 20", unread, len(news), len(all))
	}
	id := p.lock(t, "a-new-lock", true)
	if _, unread, all, news = p.bell(t); unread != 1 || !slices.Equal(news, []string{id}) || all[0] != id {
		t.Errorf("a new lock: %d unread, news %v", unread, news)
	}
}

func TestTheBellRefusesOtherCursors(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 40)
	other := signIn(t, p.server, 1)
	page := harness.At(p.Must(`{ viewer { serviceHistory(first: 1) { pageInfo { endCursor } } changeCursor } }`, nil), "viewer")
	for name, attempt := range map[string]any{
		"a cursor of the history": p.seen(harness.At(page, "serviceHistory", "pageInfo", "endCursor")),
		"someone else's":          other.seen(harness.At(page, "changeCursor")),
		"no cursor":               p.seen("nonsense"),
	} {
		if harness.At(attempt, "errors", 0, "code") != "INVALID" || harness.At(attempt, "unreadCount") != nil {
			t.Errorf("%s is answered with %v", name, attempt)
		}
	}
}

func TestReadingAnEventIsAMutationThatOtherDevicesSee(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.empty(t)
	id := p.lock(t, "read-me-now", true)
	byID := map[string]any{"id": id}
	const look = `query ($id: EventID!) { viewer { event(eventId: $id) { read pinned updatedAt } unreadCount } }`
	before := harness.At(p.Must(look, byID), "viewer")
	if harness.At(before, "event", "read") != false || harness.At(before, "unreadCount") != 1.0 {
		t.Fatalf("a query marked it as read: %v", before)
	}
	stream := p.WebSocket(`subscription ($after: Cursor) { eventChanged(after: $after) { event { eventId read pinned status updatedAt } viewer { unreadCount } } }`,
		map[string]any{"after": p.Settled()})
	for range 2 {
		got := p.Must(`mutation ($id: EventID!) { markEventRead(input: {eventId: $id}) { event { read status } errors { code } } }`, byID)
		if harness.At(got, "markEventRead", "event", "read") != true {
			t.Fatalf("markEventRead answers %v", got)
		}
	}
	frame := harness.At(stream.Next().Data, "eventChanged")
	if harness.At(frame, "event", "read") != true || harness.At(frame, "event", "status") != "SUCCESS" || harness.At(frame, "viewer", "unreadCount") != 0.0 {
		t.Errorf("the frame is %v", frame)
	}
	if harness.At(frame, "event", "updatedAt") != harness.At(before, "event", "updatedAt") {
		t.Error("reading it moved the time at which it changed")
	}
	stream.Quiet(300 * time.Millisecond) // the second time changed nothing
	other := signIn(t, p.server, 1)
	got := other.Must(`mutation ($id: EventID!) { markEventRead(input: {eventId: $id}) { event { read } errors { code path } } }`, byID)
	if harness.At(got, "markEventRead", "errors", 0, "code") != "NOT_FOUND" {
		t.Errorf("another resident gets %v", got)
	}
}
