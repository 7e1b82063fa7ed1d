package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestASecondStartKnowsTheFirst(t *testing.T) {
	url, stop := postgres(t, clusterDir(t))
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()

	var before person
	var made vidAnswer
	var asked, card string
	t.Run("first", func(t *testing.T) {
		c := start(t, sandbox.Options{Database: pool})
		before = c.people()[0]
		c.into(moveVID(c, before.vid("PERPETUAL"), "REVOKED"), &made)
		c.control(http.MethodPut, "/sandbox/settings", map[string]any{"holdAcks": true}, nil)
		setLocks(c, before.UIN, change("demo", "", true, nil))
		sms(c, "9123004567", "kept")
		audit(c, nil)
		asked, card = leaveCredentials(c, before)
	})
	t.Run("second", func(t *testing.T) {
		c := start(t, sandbox.Options{Database: pool})
		if now := c.people()[0]; now.UIN != before.UIN || now.vid("PERPETUAL") != made.RestoredVid.VID {
			t.Errorf("VIDs: %+v", now)
		}
		if !locks(c, before.UIN)["demo-"].Locked {
			t.Error("the lock is gone")
		}
		// The acknowledgement that was held back goes out after all.
		eventually(t, "IDA applies the lock", func() bool {
			var outcome struct{ StatusCode string }
			c.control(http.MethodPost, "/sandbox/authenticate", map[string]any{
				"individualId": before.UIN, "partnerId": "mpartner-default-bank", "authType": "DEMO-AUTH",
			}, &outcome)
			return outcome.StatusCode == "N"
		})
		findCredentials(c, asked, card)
		var box, audits []any
		c.control(http.MethodGet, "/sandbox/mailbox", nil, &box)
		c.control(http.MethodGet, "/sandbox/audits", nil, &audits)
		if len(box) != 1 || len(audits) != 1 {
			t.Errorf("%d messages, %d audit records", len(box), len(audits))
		}
		var fresh vidAnswer
		c.into(createVID(c, before.UIN, "OneTimeUse"), &fresh)
		if all := listed(c, before.UIN)["ONETIMEUSE"]; !slices.Contains(all, fresh.VID) {
			t.Errorf("a new VID beside the old: %v", all)
		}
	})
	t.Run("another seed", func(t *testing.T) {
		c := start(t, sandbox.Options{Database: pool, Seed: "another"})
		var box []any
		c.control(http.MethodGet, "/sandbox/mailbox", nil, &box)
		if now := c.people()[0]; now.UIN == before.UIN || len(box) != 0 {
			t.Errorf("it still knows the other one: %+v, %d messages", now, len(box))
		}
	})
}

// leaveCredentials asks for a credential, and fetches a card as often as it can be.
func leaveCredentials(c *client, one person) (requestID, card string) {
	c.t.Helper()
	requestID = request(c, credential(one.UIN, "vercred", "mpartner-default-bank", nil))
	c.control(http.MethodPut, "/sandbox/settings", map[string]any{"dataShareGets": 1}, nil)
	card = standing(c, rid(c, one.UIN)+"-PDF").URL
	if a := c.get(card[len(c.box.URL()):]); !strings.HasPrefix(a.body, "%PDF") {
		c.t.Errorf("a card: %s", a.body)
	}
	return requestID, card
}

// findCredentials sees what was asked for go on, and what was used up stay so.
func findCredentials(c *client, requestID, card string) {
	c.t.Helper()
	eventually(c.t, "the partner gets the credential", func() bool { return standing(c, requestID).StatusCode == "RECEIVED" })
	if a := c.get(card[strings.Index(card, "/v1/"):]); a.codes() != "DAT-SER-006" {
		c.t.Errorf("a card that was fetched: %s", a.body)
	}
}
