package scenario

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
)

// withAFile answers a browser of a resident and the id of an event of theirs.
func withAFile(t *testing.T, env ...string) (s *harness.Server, c *harness.Client, r harness.Resident, eventID any) {
	t.Helper()
	s = harness.Start(t, env...)
	r = resident(t, s)
	c = s.SignIn(t, r.UIN)
	return s, c, r, harness.At(generate(c, "TEMPORARY", "with-a-file"), "event", "eventId")
}

func TestALinkOpensOnce(t *testing.T) {
	t.Parallel()
	s, c, r, eventID := withAFile(t)
	address := acknowledgement(c, eventID)
	if other := acknowledgement(c, eventID); other == address {
		t.Error("two links are the same")
	}
	for range 2 { // to look is not to fetch
		head := fetch(t, s, c, http.MethodHead, address)
		if head.Status != http.StatusOK || len(head.Body) != 0 || head.Header.Get("Content-Length") == "" {
			t.Errorf("HEAD: %d %v", head.Status, head.Header)
		}
	}
	got := fetch(t, s, c, http.MethodGet, address)
	signedPDF(t, got)
	for name, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Disposition": fmt.Sprint("attachment; filename=acknowledgement-", eventID, ".pdf"), "Accept-Ranges": "bytes"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	told := fmt.Sprint(address, got.Header)
	for _, personal := range []string{r.UIN, r.Email, r.Phone, r.Names["eng"]} {
		if strings.Contains(told, personal) {
			t.Error("the link or a header tells who the resident is")
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if again := fetch(t, s, c, method, address); again.Status != http.StatusGone {
			t.Errorf("%s of a link that is spent: %d %s", method, again.Status, again.Body)
		}
	}
	spent := fetch(t, s, c, http.MethodGet, address, "Accept-Language", "fr")
	if spent.code() != "EXPIRED" || spent.Header.Get("Content-Type") != "application/problem+json" || !bytes.Contains(spent.Body, []byte("trop ancien")) {
		t.Errorf("a spent link, in French: %s", spent.Body)
	}
	signedPDF(t, fetch(t, s, c, http.MethodGet, acknowledgement(c, eventID)))
}

func TestALinkIsOfOneSession(t *testing.T) {
	t.Parallel()
	s, c, r, eventID := withAFile(t)
	address := acknowledgement(c, eventID)
	other := s.Residents(t)[0]
	if other.UIN == r.UIN {
		other = s.Residents(t)[1]
	}
	for name, row := range map[string]struct {
		c      *harness.Client
		status int
		code   string
	}{
		"another browser":  {s.SignIn(t, r.UIN), http.StatusNotFound, "NOT_FOUND"},
		"another resident": {s.SignIn(t, other.UIN), http.StatusNotFound, "NOT_FOUND"},
		"a visitor":        {s.Visitor(t), http.StatusUnauthorized, "UNAUTHENTICATED"},
	} {
		if got := fetch(t, s, row.c, http.MethodGet, address); got.Status != row.status || got.code() != row.code {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if got := fetch(t, s, c, http.MethodGet, "/files/none"); got.Status != http.StatusNotFound || got.code() != "NOT_FOUND" {
		t.Errorf("no link: %d %s", got.Status, got.Body)
	}
	if got := fetch(t, s, c, http.MethodPost, address); got.Status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.Status)
	}
	signedPDF(t, fetch(t, s, c, http.MethodGet, address)) // what others tried did not spend it
}

func TestADownloadThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	s, c, _, eventID := withAFile(t)
	address := acknowledgement(c, eventID)
	start := fetch(t, s, c, http.MethodGet, address, "Range", "bytes=0-999")
	if start.Status != http.StatusPartialContent || len(start.Body) != 1000 || start.Header.Get("ETag") == "" {
		t.Fatalf("the start: %d %v", start.Status, start.Header)
	}
	if bad := fetch(t, s, c, http.MethodGet, address, "Range", "bytes=99999999-"); bad.Status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range beyond the end: %d", bad.Status)
	}
	rest := fetch(t, s, c, http.MethodGet, address, "Range", "bytes=1000-", "If-Range", start.Header.Get("ETag"))
	if rest.Status != http.StatusPartialContent {
		t.Fatalf("the rest: %d %.200s", rest.Status, rest.Body)
	}
	if err := signature(append(start.Body, rest.Body...)); err != nil {
		t.Errorf("the two parts are no signed document: %v", err)
	}
	if again := fetch(t, s, c, http.MethodGet, address); again.Status != http.StatusGone || again.code() != "EXPIRED" {
		t.Errorf("after the last byte: %d %.200s", again.Status, again.Body)
	}
}

// TestADownloadGoesOnOnlyInTheSameFile: a document that was made anew meanwhile is another one, and two halves of two are
// none.
func TestADownloadGoesOnOnlyInTheSameFile(t *testing.T) {
	t.Parallel()
	s, c, _, eventID := withAFile(t)
	address := acknowledgement(c, eventID)
	start := fetch(t, s, c, http.MethodGet, address, "Range", "bytes=0-999")
	if start.Status != http.StatusPartialContent {
		t.Fatalf("the start: %d %.200s", start.Status, start.Body)
	}
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if _, err := db.Exec(t.Context(), `update file set expires_at = now()`); err != nil { // its hour is over
		t.Fatal(err)
	}
	signedPDF(t, fetch(t, s, c, http.MethodGet, address, "Range", "bytes=1000-", "If-Range", start.Header.Get("ETag")))
}

func TestTwoDownloadsAtOnce(t *testing.T) {
	t.Parallel()
	s, c, _, eventID := withAFile(t, "UPSTREAM_TIMEOUT=15s")
	address := acknowledgement(c, eventID)
	s.Faults(t, map[string]any{"keymanager": map[string]any{"latencyMs": 4000}}) // the other one comes meanwhile
	var wg sync.WaitGroup
	came := make([]download, 2)
	for i := range came {
		wg.Go(func() { came[i] = fetch(t, s, c, http.MethodGet, address) })
	}
	wg.Wait()
	if came[0].Status != http.StatusOK {
		came[0], came[1] = came[1], came[0]
	}
	signedPDF(t, came[0])
	if came[1].Status != http.StatusConflict || came[1].code() != "CONFLICT" || came[1].Header.Get("Retry-After") != "1" {
		t.Errorf("the other one: %d %v %.200s", came[1].Status, came[1].Header, came[1].Body)
	}
}

func TestTwoLinksToACardFetchItOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"dataShareGets": 1})
	c := s.SignIn(t, resident(t, s).UIN)
	card := fetchUinCard(c, "two-links")
	eventID := harness.At(card, "event", "eventId")
	links := []any{link(c, eventID), link(c, eventID), link(c, eventID)}
	s.Faults(t, map[string]any{"datashare": map[string]any{"latencyMs": 500}})
	s.ResetCalls(t)
	var wg sync.WaitGroup
	came := make([]download, len(links))
	for i := range came {
		wg.Go(func() { came[i] = fetch(t, s, c, http.MethodGet, links[i]) })
	}
	wg.Wait()
	for _, d := range came {
		signedPDF(t, d)
	}
	if calls := s.Calls(t); calls["datashare"] != 1 {
		t.Errorf("three downloads at once fetched %d times", calls["datashare"])
	}
}

// TestWhoWaitsForTheCardOfAnotherEventHasItToo: two events about one request, fetched at the same time.
func TestWhoWaitsForTheCardOfAnotherEventHasItToo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	events := []any{harness.At(fetchUinCard(c, "one-of-two"), "event", "eventId"), harness.At(fetchUinCard(c, "two-of-two"), "event", "eventId")}
	s.Faults(t, map[string]any{"datashare": map[string]any{"latencyMs": 1000}})
	var wg sync.WaitGroup
	for _, eventID := range events {
		address := link(c, eventID)
		wg.Go(func() {
			got := fetch(t, s, c, http.MethodGet, address)
			signedPDF(t, got)
			if name, want := got.Header.Get("Content-Disposition"), "attachment; filename=card-"+eventID.(string)+".pdf"; name != want {
				t.Errorf("the file is %s, want %s", name, want)
			}
		})
	}
	wg.Wait()
	for _, eventID := range events {
		if card := harness.At(c.Must(cardQuery, map[string]any{"event": eventID}), "viewer", "event", "card", "state"); card != "DOWNLOADED" {
			t.Errorf("a card that was fetched is %v", card)
		}
	}
}

// TestAFileThatNoKeyOpensIsMadeOrFetchedAnew: such as one that a server wrote which stood still for a whole rotation.
func TestAFileThatNoKeyOpensIsMadeOrFetchedAnew(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"dataShareGets": 3})
	c := s.SignIn(t, resident(t, s).UIN)
	eventID := harness.At(fetchUinCard(c, "no-key-card"), "event", "eventId")
	acknowledged := acknowledgement(c, eventID)
	signedPDF(t, fetch(t, s, c, http.MethodGet, link(c, eventID)))
	fetch(t, s, c, http.MethodGet, acknowledged, "Range", "bytes=0-9")
	for name, damage := range map[string]string{
		"its key is gone": `overlay(sealed placing '\x000000ff'::bytea from 1 for 4)`,
		"it is damaged":   `set_byte(sealed, 40, 255 - get_byte(sealed, 40))`,
	} {
		if tag, err := database(t, s).Exec(t.Context(), `update file set sealed = `+damage); err != nil || tag.RowsAffected() != 2 {
			t.Fatalf("%s: %v %v", name, tag, err)
		}
		for kind, address := range map[string]any{"a card": link(c, eventID), "a document": acknowledged} {
			got := fetch(t, s, c, http.MethodGet, address, "Range", "bytes=0-9")
			if got.Status != http.StatusPartialContent {
				t.Errorf("%s, %s: %d %s", kind, name, got.Status, got.Body)
			}
		}
	}
	s.ResetCalls(t)
	signedPDF(t, fetch(t, s, c, http.MethodGet, link(c, eventID)))
	if calls := s.Calls(t); calls["datashare"] != 0 {
		t.Errorf("the card is not kept again: %v", calls)
	}
}

func TestWithoutRedisNoFileIsServed(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	s, c, _, eventID := withAFile(t, "REDIS_URL=redis://"+redis.Addr())
	address := acknowledgement(c, eventID)
	redis.Close()
	if got := fetch(t, s, c, http.MethodGet, address); got.Status < 500 || bytes.Contains(got.Body, []byte("%PDF")) {
		t.Errorf("without Redis: %d %.200s", got.Status, got.Body)
	}
	if err := redis.Restart(); err != nil {
		t.Fatal(err)
	}
	signedPDF(t, fetch(t, s, c, http.MethodGet, address))
}

// A photo can be looked at again, and is refused as other files are.
func TestAPhotoIsRefusedLikeAnyFile(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	s := harness.Start(t, "REDIS_URL=redis://"+redis.Addr())
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	photo := harness.At(c.Must(`{ viewer { profile { photo { url fileName mediaType } } } }`, nil), "viewer", "profile", "photo")
	address := harness.At(photo, "url")
	if name := harness.At(photo, "fileName"); name != "photo.jpeg" {
		t.Errorf("it is saved as %v", name)
	}
	for name, row := range map[string]struct {
		c      *harness.Client
		link   any
		status int
		code   string
	}{
		"another resident": {s.SignIn(t, another(t, s, r).UIN), address, http.StatusNotFound, "NOT_FOUND"},
		"a visitor":        {s.Visitor(t), address, http.StatusUnauthorized, "UNAUTHENTICATED"},
		"no link":          {c, "/files/photo/none", http.StatusNotFound, "NOT_FOUND"},
	} {
		got := fetch(t, s, row.c, http.MethodGet, row.link, "Accept-Language", "fr")
		if got.Status != row.status || got.code() != row.code || got.Header.Get("Content-Type") != "application/problem+json" ||
			!bytes.Contains(got.Body, []byte(sentenceIn(t, "fra", row.code))) {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	for range 2 {
		if got := fetch(t, s, c, http.MethodGet, address); got.Status != http.StatusOK || got.Header.Get("Content-Disposition") != "inline; filename=photo.jpeg" {
			t.Errorf("its own: %d %v", got.Status, got.Header)
		}
	}
	redis.Close() // which signs nobody out
	if got := fetch(t, s, c, http.MethodGet, address); got.Status != http.StatusBadGateway || got.code() != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("without Redis: %d %s", got.Status, got.Body)
	}
}
