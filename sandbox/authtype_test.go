package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

const authTypes = "/idrepository/v1/identity/authtypes/status"

// change is one entry of a lock request.
func change(kind, sub string, locked bool, seconds any) map[string]any {
	item := map[string]any{"authType": kind, "authSubType": sub, "locked": locked, "unlockForSeconds": seconds, "requestId": "request-1"}
	if sub == "" {
		item["authSubType"] = nil
	}
	return item
}

func setLocks(c *client, id string, items ...map[string]any) answer {
	return c.send(http.MethodPost, authTypes, map[string]any{
		"id": "mosip.identity.authtype.status.update", "version": "1.0", "consentObtained": true,
		"individualId": id, "request": items,
	})
}

// lockState is one entry of the read.
type lockState struct {
	AuthType, AuthSubType string
	Locked                bool
	UnlockForSeconds      *int64
}

func locks(c *client, id string) map[string]lockState {
	var list struct{ AuthTypes []lockState }
	c.into(c.get(authTypes+"/"+id), &list)
	byCode := map[string]lockState{}
	for _, l := range list.AuthTypes {
		byCode[l.AuthType+"-"+l.AuthSubType] = l
	}
	return byCode
}

func TestLocks(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	if all := locks(c, p.UIN); len(all) != 0 {
		t.Errorf("nothing was touched, and yet %v", all)
	}
	if a := setLocks(c, p.vid("PERPETUAL"), change("bio", "FINGER", true, nil), change("demo", "", false, nil)); a.codes() != "" {
		t.Fatal(a.body)
	}
	all := locks(c, p.UIN)
	if len(all) != 2 || !all["bio-FINGER"].Locked || all["demo-"].Locked {
		t.Errorf("got %v", all)
	}
	setLocks(c, p.UIN, change("demo", "", false, 6))
	if l := locks(c, p.UIN)["demo-"]; l.Locked || l.UnlockForSeconds == nil {
		t.Errorf("within the unlock: %+v", l)
	}
	time.Sleep(6100 * time.Millisecond)
	if l := locks(c, p.UIN)["demo-"]; !l.Locked || l.UnlockForSeconds != nil {
		t.Errorf("after the unlock, though it was never locked before: %+v", l)
	}
}

func TestLockRequestsAreChecked(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	missing := change("demo", "", true, nil)
	delete(missing, "locked")
	for name, row := range map[string]struct {
		id    string
		items []map[string]any
		codes string
	}{
		"unknown type":  {p.UIN, []map[string]any{change("bio", "VOICE", true, nil)}, "IDR-IDC-002"},
		"bare bio":      {p.UIN, []map[string]any{change("bio", "", true, nil)}, "IDR-IDC-002"},
		"no decision":   {p.UIN, []map[string]any{missing}, "IDR-IDC-004"},
		"nothing asked": {p.UIN, nil, "IDR-IDC-001"},
		"nobody":        {"", []map[string]any{change("demo", "", true, nil)}, "IDR-IDC-001"},
		"no such VID":   {"3670241038657195", []map[string]any{change("demo", "", true, nil)}, "IDR-IDC-007"},
	} {
		t.Run(name, func(t *testing.T) {
			if a := setLocks(c, row.id, row.items...); a.codes() != row.codes {
				t.Errorf("got %s", a.body)
			}
		})
	}
	if all := locks(c, p.UIN); len(all) != 0 {
		t.Errorf("refused requests left %v", all)
	}
}

// What ID Repository says at once, IDA enforces only when it has heard of it.
func TestIDAFollowsLater(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	heard := subscribe(c, "AUTH_TYPE_STATUS_UPDATE_ACK")
	c.control(http.MethodPut, "/sandbox/settings", map[string]any{"holdAcks": true, "ackDelayMs": 0}, nil)
	setLocks(c, p.UIN, change("otp", "email", true, nil))
	if !locks(c, p.UIN)["otp-email"].Locked {
		t.Error("ID Repository holds no lock")
	}
	authenticate := func() (outcome struct{ StatusCode, StatusComment string }) {
		c.control(http.MethodPost, "/sandbox/authenticate",
			map[string]any{"individualId": p.UIN, "partnerId": "mpartner-default-bank"}, &outcome)
		return outcome
	}
	if got := authenticate(); got.StatusCode != "Y" {
		t.Errorf("before the acknowledgement: %+v", got)
	}
	c.control(http.MethodPut, "/sandbox/settings", map[string]any{"holdAcks": false}, nil)
	ack := heard.next(t)
	if got := ack.Event.RequestID; got != "request-1" {
		t.Errorf("the acknowledgement is of %q", got)
	}
	if len(ack.Event.Data.AuthTypes) != 1 || !ack.Event.Data.AuthTypes[0].Locked || ack.Event.Data.OLV != "mpartner-default-auth" {
		t.Errorf("got %+v", ack)
	}
	if got := authenticate(); got.StatusCode != "N" || got.StatusComment != "OTP Auth Type is Locked for the UIN" {
		t.Errorf("after the acknowledgement: %+v", got)
	}
}
