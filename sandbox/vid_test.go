package sandbox_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

const vids = "/idrepository/v1/vid"

// vidAnswer is response of the VID service.
type vidAnswer struct {
	UIN, VID, VidStatus string
	RestoredVid         *vidAnswer
}

func createVID(c *client, uin, kind string) answer {
	return c.send(http.MethodPost, vids, wrapped("mosip.vid.create", map[string]any{"UIN": uin, "vidType": kind}))
}

func moveVID(c *client, vid, status string) answer {
	return c.send(http.MethodPatch, vids+"/"+vid, wrapped("mosip.vid.update", map[string]any{"vidStatus": status}))
}

// listed are the VIDs of a UIN by type.
func listed(c *client, uin string) map[string][]string {
	var list []struct{ VID, VidType string }
	c.into(c.get(vids+"/uin/"+uin), &list)
	byType := map[string][]string{}
	for _, one := range list {
		byType[one.VidType] = append(byType[one.VidType], one.VID)
	}
	return byType
}

func TestVIDQuota(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	for len(listed(c, p.UIN)["TEMPORARY"]) < 5 {
		if a := createVID(c, p.UIN, "temporary"); a.codes() != "" {
			t.Fatal(a.body)
		}
	}
	if a := createVID(c, p.UIN, "Temporary"); a.codes() != "IDR-VID-003" {
		t.Errorf("a sixth temporary VID: %s", a.body)
	}
}

func TestPerpetualVIDIsReplaced(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	old := p.vid("PERPETUAL")
	var made vidAnswer
	c.into(createVID(c, p.UIN, "Perpetual"), &made)
	if now := listed(c, p.UIN)["PERPETUAL"]; !slices.Equal(now, []string{made.VID}) {
		t.Errorf("after a second one was made: %v", now)
	}
	if a := c.get(vids + "/" + old); a.codes() != "IDR-VID-001" || a.Errors[0].Message != "VID is REVOKED" {
		t.Errorf("the old one: %s", a.body)
	}
	var moved vidAnswer
	c.into(moveVID(c, made.VID, "REVOKED"), &moved)
	if moved.RestoredVid == nil || !slices.Equal(listed(c, p.UIN)["PERPETUAL"], []string{moved.RestoredVid.VID}) {
		t.Errorf("a revoked perpetual VID is not restored: %+v", moved)
	}
	if a := moveVID(c, made.VID, "REVOKED"); a.codes() != "IDR-VID-001" {
		t.Errorf("revoked twice: %s", a.body)
	}
}

func TestTemporaryVIDIsNotRestored(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	var moved vidAnswer
	c.into(moveVID(c, p.vid("TEMPORARY"), "REVOKED"), &moved)
	if moved.VidStatus != "REVOKED" || moved.RestoredVid != nil {
		t.Errorf("got %+v", moved)
	}
	if slices.Contains(listed(c, p.UIN)["TEMPORARY"], p.vid("TEMPORARY")) {
		t.Error("it is still listed")
	}
}

func TestVIDRequestsAreChecked(t *testing.T) {
	c := start(t, sandbox.Options{})
	p, dead := c.people()[0], c.somebody("DEACTIVATED")
	with := func(key string, value any) map[string]any {
		body := wrapped("mosip.vid.create", map[string]any{"UIN": p.UIN, "vidType": "OneTimeUse"})
		body[key] = value
		return body
	}
	at := func(shift time.Duration) string {
		return time.Now().Add(shift).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	request := func(uin, kind any) map[string]any {
		return wrapped("mosip.vid.create", map[string]any{"UIN": uin, "vidType": kind})
	}
	late := with("requesttime", at(-2*time.Minute))
	late["version"] = "1.0"
	for name, row := range map[string]struct {
		body  any
		codes string
		first string // message of the first error
	}{
		"no id":                 {with("id", nil), "IDR-IDC-001", "Missing Input Parameter - id"},
		"other id":              {with("id", "mosip.vid.update"), "IDR-IDC-002", "Invalid Input Parameter - id"},
		"no request":            {with("request", nil), "IDR-IDC-001", "Missing Input Parameter - request"},
		"kernel version":        {with("version", "1.0"), "IDR-IDC-002", "Invalid Input Parameter - version"},
		"a minute early":        {with("requesttime", at(70*time.Second)), "IDR-IDC-002", "Invalid Input Parameter - requesttime - the timestamp value can be at most 60 seconds before and after the current time."},
		"within a minute":       {with("requesttime", at(-50*time.Second)), "", ""},
		"no date":               {with("requesttime", "today"), "IDR-IDC-002", "Invalid Input Parameter - requesttime"},
		"last found goes first": {late, "IDR-IDC-002,IDR-IDC-002", "Invalid Input Parameter - version"},
		"UIN before type":       {request("123", "Eternal"), "IDR-IDC-002,IDR-IDC-002", "Invalid Input Parameter - UIN"},
		"no UIN":                {request(nil, "Perpetual"), "IDR-IDC-001", "Missing Input Parameter - UIN"},
		"unknown UIN":           {request("4752553412", "Perpetual"), "IDR-IDC-007", "No Record(s) found"},
		"dead UIN":              {request(dead.UIN, "Perpetual"), "IDR-VID-004", "DEACTIVATED UIN"},
		"no JSON":               {"text", "IDR-IDC-003", "Invalid Request"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.send(http.MethodPost, vids, row.body)
			if a.codes() != row.codes || row.first != "" && a.Errors[0].Message != row.first || a.status != http.StatusOK {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	if a := moveVID(c, p.vid("ONETIMEUSE"), "revoked"); a.codes() != "IDR-IDC-002" {
		t.Errorf("status in small letters: %s", a.body)
	}
	if a := moveVID(c, "1234567890123456", "REVOKED"); a.codes() != "IDR-IDC-002" {
		t.Errorf("no VID: %s", a.body)
	}
	if a := moveVID(c, "3670241038657195", "REVOKED"); a.codes() != "IDR-IDC-007" {
		t.Errorf("nobody's VID: %s", a.body)
	}
}

func TestUINOfAVID(t *testing.T) {
	c := start(t, sandbox.Options{})
	p, dead := c.people()[0], c.somebody("DEACTIVATED")
	var found vidAnswer
	c.into(c.get(vids+"/"+p.vid("PERPETUAL")), &found)
	if found.UIN != p.UIN {
		t.Errorf("got %+v", found)
	}
	if a := c.get(vids + "/" + dead.vid("PERPETUAL")); a.codes() != "IDR-VID-004" {
		t.Errorf("a VID of a deactivated UIN: %s", a.body)
	}
	if a := c.get("/idrepository/v1/identity/idvid/" + dead.UIN); a.codes() != "" {
		t.Errorf("the identity of a deactivated UIN is readable, but: %s", a.body)
	}
}
