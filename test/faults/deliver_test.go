package faults

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
	"github.com/resident-graph/resident-graph/upstream"
)

// The topics as the hub knows them.
const (
	transactions = "AUTHENTICATION_TRANSACTION_STATUS"
	credentials  = "CREDENTIAL_STATUS_UPDATE"
)

// hook is a callback that the hub was given.
type hook struct {
	id, topic string
	secret    []byte
}

// hooks answers the callbacks by topic.
func (w *world) hooks() map[string]hook {
	w.t.Helper()
	found, err := w.db.Query(context.Background(), `select callback_id, topic, secret from subscription where state = 'verified'`)
	w.must(err)
	all := map[string]hook{}
	for found.Next() {
		var h hook
		w.must(found.Scan(&h.id, &h.topic, &h.secret))
		all[h.topic] = h
	}
	w.must(found.Err())
	return all
}

// deliver posts a body to a callback as a hub does, and keeps it in the ledger. It answers the status and all else that
// came back, but for what changes by itself.
func (w *world) deliver(to hook, body []byte, signatures []string, signed bool) (status int, rest string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.server.URL+"/hooks/websub/"+to.id, bytes.NewReader(body))
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	for _, s := range signatures {
		req.Header.Add("X-Hub-Signature", s)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Errorf("a delivery was not answered: %v", err)
		return 0, ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	w.must(err)
	resp.Header.Del("Date")
	resp.Header.Del("Trace-Id")
	w.must(w.forger.Append(ledger.Publisher{At: time.Now().UTC(), Topic: to.topic, Hash: hashOf(sha256.Sum256(body)),
		Status: resp.StatusCode, Signed: signed}))
	return resp.StatusCode, fmt.Sprint(resp.Header, string(answer))
}

// authenticated is the message of an authentication under IDA's key.
func (w *world) authenticated(p *person, key string, at time.Time) map[string]any {
	return map[string]any{"publisher": "IDA", "topic": transactions, "event": map[string]any{"transactionId": key, "data": map[string]any{
		"requestdatetime": at.UTC().Format("2006-01-02T15:04:05.000"), "authtypeCode": "OTP-AUTH", "statusCode": "Y",
		"referenceIdType": "UIN", "entityName": "Health", "entityId": partner, "tokenId": w.token(p.uin),
		"individualId": upstream.RefHash(p.uin)}}}
}

// TestMessagesComeManyTimes (F12) has the hub deliver each message up to a hundred times, as the same bytes and as
// others that mean the same.
func TestMessagesComeManyTimes(t *testing.T) {
	t.Parallel()
	want := size("FAULT_DUPLICATES", 600)
	w := start(t, 4)
	for _, p := range w.people {
		w.follow(p)
	}
	before, deliveries, messages := w.authentications(), 0, 0
	for deliveries < want {
		times := 1 + rand.N(100)
		message := w.authenticated(w.people[messages%len(w.people)], fmt.Sprintf("repeated-%d", messages), time.Now())
		w.server.Publish(t, transactions, message, times)
		message["publishedOn"] = "again"
		w.server.Publish(t, transactions, message, 1)
		deliveries, messages = deliveries+times+1, messages+1
	}
	w.within(10*time.Minute, "the hub has sent everything", func() bool {
		return len(lines[ledger.Publisher](w, "publisher"))-len(w.people) >= deliveries
	})
	a := w.account()
	if n := w.authentications() - before; n != messages {
		t.Errorf("%d authentications in the history, want %d", n, messages)
	}
	for _, p := range a.Publisher {
		if p.Status/100 != 2 {
			t.Errorf("a repeat was answered %d", p.Status)
		}
	}
	report(t, "F12", deliveries, a.Faults(), nil, fmt.Sprintf("%d messages", messages))
}

// TestMessagesComeInAnyOrder (F13) has fifty messages about each event come in any order, and some more a week later.
func TestMessagesComeInAnyOrder(t *testing.T) {
	t.Parallel()
	events := size("FAULT_PERMUTATIONS", 10)
	w := start(t, 2)
	p := w.people[0]
	w.follow(p)
	w.openShares(p, events)
	truth := []string{"ISSUED", "RECEIVED", "DATA_SHARED_SUCCESSFULLY", "STORED"}
	for i := range events {
		words := slices.Clone(truth)
		for len(words) < 50 {
			words = append(words, truth[rand.N(len(truth))])
		}
		rand.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		for n, word := range words {
			w.server.Publish(t, credentials, shareMessage(i, word, n), 1)
		}
	}
	settled := func() bool {
		return w.number(`select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER' and status_detail = 'STORED'`) == events
	}
	w.within(quietWithin, "every share is stored", settled)
	w.account() // all messages have been worked on

	w.exec(`update event set created_at = created_at - interval '7 days', updated_at = updated_at - interval '7 days'
		where request_type = 'SHARE_CRED_WITH_PARTNER'`)
	for i := range events {
		for n, word := range []string{"FAILED", "ISSUED", "RECEIVED"} {
			w.server.Publish(t, credentials, shareMessage(i, word, 100+n), 1)
		}
	}
	w.within(quietWithin, "the late messages have come", func() bool {
		return w.number(`select count(*) from delivery where topic = $1 and applied_at is not null`, credentials) >= events*53
	})
	if !settled() {
		t.Error("a late message has moved a share")
	}
	faults := w.account().Faults()
	if n := w.number(`select count(*) from (select event_id, status, lead(status) over (partition by event_id order by seq) as next
		from event_change) c where status <> 'IN_PROGRESS' and next <> status`); n > 0 {
		t.Errorf("%d events went on from their end", n)
	}
	report(t, "F13", events, faults, nil, "50 messages and 3 late ones each")
}

// openShares gives a resident events that wait for a credential: the requests cred-0, cred-1, …
func (w *world) openShares(p *person, n int) {
	w.t.Helper()
	w.exec(`insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, async, credential_request_id,
		check_at) select $1, (3000000000000000 + i)::text, 'SHARE_CRED_WITH_PARTNER', 'IN_PROGRESS', 'NEW', now(), now(), true, 'cred-' || i,
		now() + interval '1 hour' from generate_series(0, $2 - 1) i`, w.token(p.uin), n)
}

// shareMessage is the n-th message about a share.
func shareMessage(share int, word string, n int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"publisher":"CREDENTIAL_SERVICE","publishedOn":"%d","event":{"requestId":"cred-%d","status":%q}}`, n, share, word))
}
