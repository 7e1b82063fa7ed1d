package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
)

// unlockFor asks for a temporary unlock and answers its event.
func unlockFor(t *testing.T, c *harness.Client, key, authType string, seconds int) any {
	t.Helper()
	done := harness.At(c.Must(lockMutation, map[string]any{"key": key,
		"changes": []any{map[string]any{"type": authType, "locked": false, "unlockForSeconds": seconds}}}), "setAuthLocks").(map[string]any)
	if code(done) != nil {
		t.Fatalf("unlocking: %v", done)
	}
	return harness.At(done, "event", "eventId")
}

// sources answers who reported the changes of an event, in their order.
func sources(t *testing.T, db *pgxpool.Pool, eventID any) string {
	t.Helper()
	rows, err := db.Query(t.Context(), `select source from event_change where event_id = $1 order by seq`, eventID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var source string
		if err := rows.Scan(&source); err != nil {
			t.Fatal(err)
		}
		all = append(all, source)
	}
	return strings.Join(all, " ")
}

// asking counts the temporary unlocks whose end is still to be told.
func asking(t *testing.T, db *pgxpool.Pool) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `select count(*) from auth_lock where ask_at is not null`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func database(t *testing.T, s *harness.Server) *pgxpool.Pool {
	t.Helper()
	db, err := pgxpool.New(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

const begunConfirmedEnded = "RESIDENT ID_AUTHENTICATION ID_REPOSITORY"

// F30: a resident unlocks their face for a moment, and watches it lock again by itself.
func TestATemporaryUnlockEndsByItself(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db := database(t, s)
	c := s.SignIn(t, resident(t, s).UIN)
	s.Settings(t, map[string]any{"ackDelayMs": 1, "holdAcks": true})
	stream := c.WebSocket(`subscription ($after: Cursor) { eventChanged(after: $after) { cursor event { eventId status statusDetail updatedAt authLocks { type locked unlockUntil } }
	  viewer { unreadCount authLocks { type locked pending unlockUntil } } } }`, map[string]any{"after": c.Settled()})
	event := unlockFor(t, c, "unlock-face", "BIO_FACE", 12)
	frame := func() (any, map[string]any, any) {
		f := harness.At(stream.Next().Data, "eventChanged")
		if harness.At(f, "event", "eventId") != event {
			t.Fatalf("a frame of another event: %v", f)
		}
		return harness.At(f, "event", "status"), lockOf(harness.At(f, "viewer", "authLocks"), "BIO_FACE"), harness.At(f, "viewer", "unreadCount")
	}
	if status, l, _ := frame(); status != "IN_PROGRESS" || l["pending"] != false {
		t.Fatalf("begun: %v %v", status, l)
	}
	s.Settings(t, map[string]any{"holdAcks": false})
	status, l, unread := frame()
	until, _ := l["unlockUntil"].(string)
	if status != "SUCCESS" || l["locked"] != false || l["pending"] != nil || until == "" {
		t.Fatalf("confirmed: %v %v", status, l)
	}
	if asked := lockOf(harness.At(c.Must(`query ($id: EventID!) { viewer { event(eventId: $id) { authLocks { type unlockUntil } } } }`,
		map[string]any{"id": event}), "viewer", "event", "authLocks"), "BIO_FACE"); asked["unlockUntil"] != until {
		t.Errorf("the event says that it ends at %v, the lock at %v", asked["unlockUntil"], until)
	}
	status, l, after := frame()
	if status != "SUCCESS" || l["locked"] != true || l["pending"] != nil || l["unlockUntil"] != nil {
		t.Errorf("ended: %v %v", status, l)
	}
	if ends, err := time.Parse(time.RFC3339Nano, until); err != nil || time.Now().Before(ends) {
		t.Errorf("told before %s", until)
	}
	if after != unread {
		t.Errorf("what the resident asked for rings the bell: %v unread, %v before", after, unread)
	}
	stream.Quiet(2 * time.Second)
	if got := sources(t, db, event); got != begunConfirmedEnded {
		t.Errorf("the changes are of %s", got)
	}
}

// F30: the end is told by whichever process is there, once.
func TestTheEndOfAnUnlockSurvivesARestart(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	db := database(t, s)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	event := unlockFor(t, c, "unlock-restart", "BIO_IRIS", 12)
	harness.Eventually(t, "it is confirmed", func() bool { return sources(t, db, event) == "RESIDENT ID_AUTHENTICATION" })
	s.Kill()
	s.Run()
	harness.Within(t, time.Minute, "its end is told", func() bool { return sources(t, db, event) == begunConfirmedEnded })
	if l := lockOf(locksOf(s.SignIn(t, r.UIN)), "BIO_IRIS"); l["locked"] != true || l["unlockUntil"] != nil {
		t.Errorf("after its end: %v", l)
	}
	s.Stop()
	s.Run()
	harness.Within(t, time.Minute, "nothing is left to tell", func() bool { return asking(t, db) == 0 })
	if got := sources(t, db, event); got != begunConfirmedEnded {
		t.Errorf("told again after another restart: %s", got)
	}
}

// F30: two ways that end at different times are told when each does.
func TestEachEndOfAnUnlockIsTold(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	db := database(t, s)
	c := s.SignIn(t, resident(t, s).UIN)
	changes := []any{}
	for authType, seconds := range map[string]int{"BIO_FACE": 1, "BIO_IRIS": 1, "BIO_FINGER": 15} {
		changes = append(changes, map[string]any{"type": authType, "locked": false, "unlockForSeconds": seconds})
	}
	done := c.Must(lockMutation, map[string]any{"key": "unlock-three", "changes": changes})
	event := harness.At(done, "setAuthLocks", "event", "eventId")
	harness.Eventually(t, "it is confirmed", func() bool { return sources(t, db, event) != "RESIDENT" })
	harness.Within(t, time.Minute, "nothing is left to tell", func() bool { return asking(t, db) == 0 })
	if got, want := sources(t, db, event), begunConfirmedEnded+" ID_REPOSITORY"; got != want {
		t.Errorf("the changes are of %s, want %s", got, want)
	}
}

// F30: what is unlocked for good meanwhile does not end.
func TestAnUnlockThatWasReplacedDoesNotEnd(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	db := database(t, s)
	c := s.SignIn(t, resident(t, s).UIN)
	event := unlockFor(t, c, "replaced-while", "DEMO", 12)
	harness.Eventually(t, "it is confirmed", func() bool { return sources(t, db, event) == "RESIDENT ID_AUTHENTICATION" })
	lock(c, "replaced-for-good", "DEMO", false)
	harness.Within(t, time.Minute, "nothing is left to tell", func() bool { return asking(t, db) == 0 })
	if got := sources(t, db, event); got != "RESIDENT ID_AUTHENTICATION" {
		t.Errorf("the changes are of %s", got)
	}
	if l := lockOf(locksOf(c), "DEMO"); l["locked"] != false || l["pending"] != nil || l["unlockUntil"] != nil {
		t.Errorf("unlocked for good: %v", l)
	}
}

// F30: a lost acknowledgement does not leave the switch in between for longer than the unlock was to last.
func TestAnUnlockIsOverWithoutAnAcknowledgementToo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "OUTCOME_GRACE=5s")
	db := database(t, s)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.Settings(t, map[string]any{"dropMessages": true})
	event := unlockFor(t, c, "unlock-unheard", "BIO_FACE", 8)
	if l := lockOf(locksOf(c), "BIO_FACE"); l["pending"] != false {
		t.Errorf("asked for: %v", l)
	}
	harness.Within(t, time.Minute, "its end is told", func() bool { return sources(t, db, event) == "RESIDENT ID_REPOSITORY ID_REPOSITORY" })
	if l := lockOf(locksOf(c), "BIO_FACE"); l["locked"] != true || l["pending"] != nil || l["unlockUntil"] != nil {
		t.Errorf("after its end: %v", l)
	}
}

// F30: while ID Repository is away the end waits, and is told afterwards.
func TestTheEndOfAnUnlockWaitsForIDRepository(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	db := database(t, s)
	c := s.SignIn(t, resident(t, s).UIN)
	event := unlockFor(t, c, "unlock-away", "BIO_FACE", 10)
	harness.Eventually(t, "it is confirmed", func() bool { return sources(t, db, event) == "RESIDENT ID_AUTHENTICATION" })
	s.Faults(t, map[string]any{"identity": map[string]any{"refuse": map[string]any{"errorCode": "IDR-IDC-004", "message": "Unknown error occurred"}}})
	harness.Within(t, time.Minute, "its end is asked about in vain", func() bool {
		var put int
		err := db.QueryRow(t.Context(), `select count(*) from auth_lock where event_id = $1 and ask_at > unlock_until and unlock_until < now()`, event).Scan(&put)
		return err == nil && put == 1
	})
	if got := sources(t, db, event); got != "RESIDENT ID_AUTHENTICATION" {
		t.Errorf("told without asking: %s", got)
	}
	s.Faults(t, map[string]any{})
	harness.Within(t, time.Minute, "its end is told", func() bool { return sources(t, db, event) == begunConfirmedEnded })
}
