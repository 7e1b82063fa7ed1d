package reconcile

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestWhatTheHubLosesIsFound has a hub lose every message for a while: authentications, acknowledgements of locks,
// statuses of credentials and of packets. Within a minute of its return every event equals upstream.
func TestWhatTheHubLosesIsFound(t *testing.T) {
	t.Parallel()
	messages := size("RECONCILE_MESSAGES", 500)
	s := harness.Start(t, "CONFIRM_LOCKS_AFTER=3s", "HISTORY_CHECK_FIRST=5s", "HISTORY_CHECK_LONGEST=20s")
	db := database(t, s)
	const residents = 6
	var clients []*harness.Client
	them := people(t, s)[:residents]
	for i, p := range them {
		c := s.SignIn(t, p.UIN)
		clients = append(clients, c)
		c.Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": fmt.Sprintf("hub-seed-%04d", i)})
	}
	for _, c := range clients {
		c.Settled()
	}
	before := number(t, db, `select count(*) from event where request_type = 'AUTHENTICATION_REQUEST'`)
	waiting := messages / 10
	openRequests(t, db, waiting)

	s.Settings(t, map[string]any{"dropMessages": true})
	for i := range messages {
		s.Authenticate(t, them[i%residents].UIN, "mpartner-default-health")
	}
	for i, c := range clients {
		c.Must(locksMutation, map[string]any{"changes": []any{lock("DEMO", true)}, "key": fmt.Sprintf("hub-lock-%04d", i)})
	}
	for i := range waiting {
		control(t, s, http.MethodPut, "/sandbox/credential", map[string]any{"requestId": fmt.Sprintf("cred-%d", i), "id": "x", "statusCode": "STORED"}, nil)
		control(t, s, http.MethodPut, "/sandbox/packet", map[string]any{"aid": fmt.Sprintf("aid-%d", i), "status": "UIN_GENERATED", "result": "PROCESSED"}, nil)
		control(t, s, http.MethodPut, "/sandbox/credential", map[string]any{"requestId": fmt.Sprintf("aid-%d-PDF", i), "id": "x", "statusCode": "STORED"}, nil)
	}
	s.Settings(t, map[string]any{"dropMessages": false})
	took := harness.Within(t, 120*time.Second, "every event equals upstream", func() bool {
		found := number(t, db, `select count(*) from event where request_type = 'AUTHENTICATION_REQUEST'`)
		open := number(t, db, `select count(*) from event where status = 'IN_PROGRESS'`)
		return found >= before+messages && open == 0
	})
	t.Logf("%d authentications, %d credentials, %d packets and %d locks were found within %s", messages, waiting, waiting, residents, took)

	if n := number(t, db, `select count(*) from event where request_type = 'AUTHENTICATION_REQUEST'`); n != before+messages {
		t.Errorf("%d authentications, want %d", n, before+messages)
	}
	for want, query := range map[string]string{
		"STORED":                 `select min(status_detail) || case when min(status_detail) <> max(status_detail) then '!' else '' end from event where request_type = 'SHARE_CRED_WITH_PARTNER'`,
		"CARD_READY_TO_DOWNLOAD": `select min(status_detail) || case when min(status_detail) <> max(status_detail) then '!' else '' end from event where request_type = 'UPDATE_MY_UIN'`,
	} {
		if got := text(t, db, query); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if n := number(t, db, `select count(*) from (select token_id, max(seq) - count(*) as gap from event_change group by token_id) g where gap <> 0`); n != 0 {
		t.Errorf("%d residents have a gap in their changes", n)
	}
	lateMessage(t, s, db)
}

// openRequests gives the residents events that wait for a credential and for a packet.
func openRequests(t *testing.T, db *pgxpool.Pool, n int) {
	t.Helper()
	for kind, columns := range map[string]string{
		"SHARE_CRED_WITH_PARTNER": "'cred-' || i, null", "UPDATE_MY_UIN": "null, 'aid-' || i",
	} {
		run(t, db, `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, async,
			individual_id, credential_request_id, aid)
			select o.token_id, (3000000000000000 + i + case when $1 = 'UPDATE_MY_UIN' then 500000 else 0 end)::text, $1, 'IN_PROGRESS', 'NEW', now(), now(), true, o.individual_id, `+columns+`
			from generate_series(0, $2 - 1) i,
			lateral (select token_id, individual_id from event where request_type = 'GENERATE_VID' order by event_id
				offset i % (select count(*) from event where request_type = 'GENERATE_VID') limit 1) o`, kind, n)
	}
}

// lateMessage has the hub deliver what it seemed to have lost: the authentication that was found in the history takes
// IDA's key from it, and nothing is there twice.
func lateMessage(t *testing.T, s *harness.Server, db *pgxpool.Pool) {
	t.Helper()
	var token, event, hash, partner string
	var at time.Time
	if err := db.QueryRow(t.Context(), `select token_id, event_id, ref_hash, partner_name, created_at from event
		where request_type = 'AUTHENTICATION_REQUEST' and request_id is null limit 1`).Scan(&token, &event, &hash, &partner, &at); err != nil {
		t.Fatal(err)
	}
	total := number(t, db, `select count(*) from event where token_id = $1`, token)
	s.Publish(t, "AUTHENTICATION_TRANSACTION_STATUS", map[string]any{"publisher": "IDA", "event": map[string]any{
		"transactionId": "late-key", "data": map[string]any{"requestdatetime": at.UTC().Format("2006-01-02T15:04:05.000"),
			"authtypeCode": "OTP-AUTH", "statusCode": "Y", "referenceIdType": "UIN", "entityName": partner,
			"entityId": "mpartner-default-health", "tokenId": token, "individualId": hash}}}, 3)
	harness.Eventually(t, "the late message is adopted", func() bool {
		return number(t, db, `select count(*) from event where token_id = $1 and request_id = 'late-key'`, token) == 1
	})
	if n := number(t, db, `select count(*) from event where token_id = $1`, token); n != total {
		t.Errorf("%d events after the late message, %d before", n, total)
	}
}
