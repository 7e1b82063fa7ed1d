package datakey

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestTheKeyIsRotatedWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "3s")
	c := h.someone(t)
	before := h.sealed(t)
	if before[1] < 3 || len(before) != 1 {
		t.Fatalf("sealed before: %v, want all three columns with key 1", before)
	}
	command := harness.Command(t, h.env, "rotate-data-key")
	event := harness.At(c.Must(`{ viewer { serviceHistory(first: 1) { nodes { eventId } } } }`, nil), "viewer", "serviceHistory", "nodes", 0, "eventId")
	written := 0
	harness.Within(t, time.Minute, "the key is made", func() bool { return h.keys(t) != "1" })
	for i := 2; h.keys(t) != "2"; i++ {
		if answer := c.Do(grievancesQuery, nil); len(answer.Errors) > 0 {
			t.Fatalf("while it is rotated: %v", answer.Errors)
		}
		reported := c.Must(reportMutation, map[string]any{"key": fmt.Sprintf("grievance-%d", i), "event": event})
		if harness.At(reported, "reportGrievance", "grievance") != nil { // else there were enough of one resident
			written++
		}
	}
	if written == 0 {
		t.Error("nothing was written meanwhile")
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("%v: %s", err, command.Output())
	}
	if after := h.sealed(t); len(after) != 1 || after[2] < before[1]+written || h.keys(t) != "2" {
		t.Errorf("afterwards values are sealed with %v, keys are %q:\n%s", after, h.keys(t), command.Output())
	}
	for _, process := range []string{"the server that was running", "a fresh one"} {
		if nodes := harness.At(c.Must(grievancesQuery, nil), "viewer", "grievances", "nodes"); len(nodes.([]any)) == 0 ||
			harness.At(nodes, 0, "message") != "Not me." {
			t.Errorf("%s opens %v", process, nodes)
		}
		h.Stop()
		h.Run()
		c = h.SignIn(t, h.uinOf(t))
	}
	if out := h.rotate(t); h.keys(t) != "3" || len(h.sealed(t)) != 1 {
		t.Errorf("a second rotation leaves %q and %v:\n%s", h.keys(t), h.sealed(t), out)
	}
}

// uinOf answers the UIN of the resident of someone.
func (h *house) uinOf(t *testing.T) string {
	t.Helper()
	for _, r := range h.Residents(t) {
		if r.Status == "ACTIVATED" && r.Email != "" && len(r.Vids) > 0 {
			return r.UIN
		}
	}
	t.Fatal("nobody can sign in")
	return ""
}

func TestAKilledRotationGoesOn(t *testing.T) {
	t.Parallel()
	const copies = 60_000
	h := newHouse(t, "1s")
	c := h.someone(t)
	h.more(t, copies)
	all := h.sealed(t)[1]
	kills := 0
	for ; h.keys(t) != "2"; kills++ {
		command := harness.Command(t, h.env, "rotate-data-key")
		place := h.place(t)
		harness.Within(t, 2*time.Minute, "it is further than it was, or done", func() bool {
			return h.place(t) != place || h.keys(t) == "2"
		})
		if kills < 4 {
			command.Kill()
		} else if err := command.Wait(); err != nil {
			t.Fatalf("%v: %s", err, command.Output())
		} else if !strings.Contains(command.Output(), "goes on") {
			t.Errorf("it began anew:\n%s", command.Output())
		}
		sealed := h.sealed(t)
		if sealed[1]+sealed[2] < all {
			t.Fatalf("%v are left of %d", sealed, all)
		}
		if answer := c.Do(grievancesQuery, nil); len(answer.Errors) > 0 {
			t.Fatalf("half-way: %v", answer.Errors)
		}
	}
	t.Logf("%d kills", kills-1)
	if sealed := h.sealed(t); kills < 3 || len(sealed) != 1 || sealed[2] < all {
		t.Errorf("after %d kills values are sealed with %v, want all %d with key 2", kills, sealed, all)
	}
}

// place answers how far the rotation is.
func (h *house) place(t *testing.T) string {
	t.Helper()
	return text(t, h.db, `select coalesce(string_agg(sealed_column || token_id || row_id || coalesce(finished_at::text, ''), ' '), '') from data_key_progress`)
}

func TestTwoRotationsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "15s") // in which the second has begun
	h.someone(t)
	first := harness.Command(t, h.env, "rotate-data-key")
	harness.Within(t, time.Minute, "the key is made", func() bool { return h.keys(t) == "1 2" })
	second := harness.Command(t, h.env, "rotate-data-key")
	if err := second.Wait(); err == nil || !strings.Contains(second.Output(), "another rotation") {
		t.Errorf("the second ends with %v: %s", err, second.Output())
	}
	if err := first.Wait(); err != nil || h.keys(t) != "2" {
		t.Errorf("the first ends with %v and leaves %s: %s", err, h.keys(t), first.Output())
	}
}

func TestARotationThatDoesNotWaitSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "8s")
	h.someone(t)
	said := ""
	for i := 0; h.keys(t) != "2"; i++ {
		out := h.rotate(t, "--no-wait")
		if i == 0 && (!strings.Contains(out, "Run this again in") || h.keys(t) != "1 2") {
			t.Errorf("the first run leaves %q: %s", h.keys(t), out)
		}
		said += out
	}
	if !strings.Contains(said, "Older keys dropped: 1") {
		t.Errorf("it said:\n%s", said)
	}
}

func TestWhatCannotBeOpenedKeepsTheOlderKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1s")
	h.someone(t)
	if _, err := h.db.Exec(t.Context(), `update grievance set sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20))`); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		command := harness.Command(t, h.env, "rotate-data-key")
		if err := command.Wait(); err == nil || !strings.Contains(command.Output(), "the older keys stay") || h.keys(t) != "1 2" {
			t.Errorf("it ends with %v and leaves %s:\n%s", err, h.keys(t), command.Output())
		}
	}
	if _, err := h.db.Exec(t.Context(), `delete from grievance`); err != nil {
		t.Fatal(err)
	}
	if out := h.rotate(t); h.keys(t) != "2" || h.sealed(t)[1] != 0 {
		t.Errorf("mended, it leaves %s and %v:\n%s", h.keys(t), h.sealed(t), out)
	}
}

func TestWithoutKeyManagerARotationChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1s")
	c := h.someone(t)
	before := h.sealed(t)
	h.Faults(t, map[string]any{"keymanager": map[string]any{"down": true}})
	command := harness.Command(t, h.env, "rotate-data-key")
	if err := command.Wait(); err == nil || !strings.Contains(command.Output(), "keymanager encrypt: unavailable") || h.keys(t) != "1" {
		t.Errorf("it ends with %v and leaves %s:\n%s", err, h.keys(t), command.Output())
	}
	if after := h.sealed(t); after[1] < before[1] || len(after) != 1 {
		t.Errorf("sealed before %v, after %v", before, after)
	}
	made := c.Must(generateMutation, map[string]any{"key": "generate-2"})
	if harness.At(made, "generateVid", "event", "eventId") == nil && harness.At(made, "generateVid", "errors", 0, "code") != "QUOTA_REACHED" {
		t.Errorf("a key that is open seals: %v", made)
	}
	if nodes, _ := harness.At(c.Must(grievancesQuery, nil), "viewer", "grievances", "nodes").([]any); len(nodes) != 1 {
		t.Errorf("a key that is open opens: %v", nodes)
	}
}
