package datakey

import (
	"context"
	"fmt"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/upstream"
)

const (
	historyQuery = `{ viewer { serviceHistory(first: 20) { nodes { eventId status } } } }`
	storedNews   = "RES-SER-299" // CREDENTIAL_STATUS_UPDATE_CALL_BACK_SUCCESS
	waitingNews  = `select count(*)::text from river_job where kind = 'audit' and state in ('available', 'running', 'retryable', 'scheduled')`
)

// earlierRecord is what a version left in the queue that found the hash in the transaction.
const earlierRecord = `{"records": [{"name": "REVOKE_VID_SUCCESS", "at": "2026-01-01T00:00:00Z", "user": "EARLIER", "idHash": "HASH",
	"idType": "UIN", "reference": "4000000000009999"}]}`

// TestChangesDoNotWaitForAKeyManagerThatHangs ends many events at once while nobody opens the key of what they were made
// with: they end, residents are answered with the few connections that there are, and the records of it follow with the
// hashes of the ids when Key Manager is back.
func TestChangesDoNotWaitForAKeyManagerThatHangs(t *testing.T) {
	t.Parallel()
	h := &house{Server: harness.Start(t, "DATABASE_MAX_CONNECTIONS=6", "RATE_RESIDENT=0", "RATE_SOURCE=0")}
	h.db = connect(t, h.Database)
	h.someone(t)
	uin := h.uinOf(t)
	harness.Eventually(t, "the records of the start are written", func() bool { return text(t, h.db, waitingNews) == "0" })
	h.coldStart(t)
	c := h.SignIn(t, uin)

	const events = 40
	h.Settings(t, map[string]any{"dropMessages": true}) // the reconciler finds them, six at a time
	for i := range events {
		h.MoveCardRequest(t, harness.CardRequest{RequestID: fmt.Sprintf("cold-%d", i), ID: "x", Status: "STORED"})
	}
	harness.Eventually(t, "the records of the sign-in are written", func() bool { return text(t, h.db, waitingNews) == "0" })
	h.Faults(t, map[string]any{"keymanager": map[string]any{"hang": true}})
	h.exec(t, `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, async,
			individual_id, credential_request_id, check_at)
		select 'owner-' || i, (4000000000000000 + i)::text, 'SHARE_CRED_WITH_PARTNER', 'IN_PROGRESS', 'NEW', now(), now(), true,
			(select individual_id from event where request_type = 'GENERATE_VID' and token_id not like 'owner-%' limit 1), 'cold-' || i, now()
		from generate_series(0, $1 - 1) i`, events)
	stored := `select count(*)::text from event where credential_request_id like 'cold-%' and status = 'SUCCESS'`
	harness.Eventually(t, "all events have ended", func() bool {
		c.Must(historyQuery, nil)
		return text(t, h.db, stored) == fmt.Sprint(events)
	})
	if n := text(t, h.db, waitingNews); n != fmt.Sprint(events) {
		t.Errorf("%s records wait for Key Manager, want %d", n, events)
	}
	if n := text(t, h.db, fmt.Sprintf(waitingNews+` and (args::text like '%%%s%%' or args::text like '%%%s%%')`, uin, upstream.RefHash(uin))); n != "0" {
		t.Errorf("%s records that wait tell whose id it is", n)
	}

	h.exec(t, `insert into river_job (kind, queue, max_attempts, args) values ('audit', 'audit', 12, $1)`, earlierRecord)
	h.Faults(t, map[string]any{})
	harness.Eventually(t, "the records are written", func() bool { return text(t, h.db, waitingNews) == "0" })
	users := map[any]int{}
	for _, record := range h.Audits(t) {
		if record["sessionUserId"] == "EARLIER" && record["id"] == "HASH" && record["idType"] == "UIN" {
			users["EARLIER"]++
		}
		if record["eventId"] != storedNews {
			continue
		}
		users[record["sessionUserId"]]++
		if record["id"] != upstream.RefHash(uin) || record["idType"] != "UIN" {
			t.Errorf("a record about %v %v, want the hash of the UIN", record["idType"], record["id"])
		}
	}
	if users["EARLIER"] != 1 {
		t.Errorf("%d records of an earlier version with its hash, want 1", users["EARLIER"])
	}
	for i := range events {
		if n := users[upstream.RefHash(fmt.Sprintf("owner-%d", i))]; n != 1 {
			t.Errorf("%d records about the event of owner %d", n, i)
		}
	}
}

// coldStart starts the server anew with another newest data key, so that it does not open the first one before it is
// needed.
func (h *house) coldStart(t *testing.T) {
	t.Helper()
	h.Stop()
	h.exec(t, `insert into data_key (wrapped, created_at) select wrapped, now() from data_key`)
	h.exec(t, `delete from history_check`)
	h.Run()
}

func (h *house) exec(t *testing.T, sql string, arguments ...any) {
	t.Helper()
	if _, err := h.db.Exec(context.Background(), sql, arguments...); err != nil {
		t.Fatal(err)
	}
}
