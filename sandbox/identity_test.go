package sandbox_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

const identity = "/idrepository/v1/identity"

// identityAnswer is response of a read.
type identityAnswer struct {
	Status   string
	Identity struct {
		UIN, Email string
		FullName   []struct{ Language, Value string }
	}
	Documents []struct{ Category, Value string }
}

func TestIdentity(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	byPost := func(id string, idType any) answer {
		return c.send(http.MethodPost, identity+"/idvid/", map[string]any{"id": id, "idType": idType})
	}
	for name, a := range map[string]answer{
		"by UIN": c.get(identity + "/idvid/" + p.UIN), "by VID": c.get(identity + "/idvid/" + p.vid("TEMPORARY")),
		"by POST": byPost(p.UIN, nil), "by handle": byPost(p.Phone+"@phone", "handle"),
	} {
		var found identityAnswer
		c.into(a, &found)
		if found.Identity.UIN != p.UIN || found.Identity.Email != p.Email || found.Status != "ACTIVATED" ||
			len(found.Identity.FullName) != 5 || len(found.Documents) != 0 {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	for kinds, want := range map[string]int{"demo": 1, "bio": 1, "ALL": 2, "metadata": 0, "bio,demo": 2} {
		var found identityAnswer
		c.into(c.get(identity+"/idvid/"+p.UIN+"?type="+kinds), &found)
		if len(found.Documents) != want {
			t.Errorf("type=%s brings %d documents", kinds, len(found.Documents))
		}
		for _, document := range found.Documents {
			content, err := base64.RawURLEncoding.DecodeString(document.Value)
			if err != nil || len(content) < 100 {
				t.Errorf("%s: %d bytes, %v", document.Category, len(content), err)
			}
		}
	}
}

func TestIdentityRefuses(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	if a := moveVID(c, p.vid("TEMPORARY"), "REVOKED"); a.codes() != "" {
		t.Fatal(a.body)
	}
	for path, codes := range map[string]string{
		"/idvid/4752553412":                           "IDR-IDC-007",
		"/idvid/3670241038657195":                     "IDR-IDC-007",
		"/idvid/" + p.vid("TEMPORARY"):                "IDR-VID-001",
		"/idvid/" + p.UIN + "?type=face":              "IDR-IDC-002",
		"/idvid/" + p.UIN + "?idType=nick":            "IDR-IDC-002",
		"/idvid/" + p.UIN + "?idType=VID":             "IDR-IDC-002",
		"/idvid/" + p.Phone:                           "IDR-IDC-007",
		"/idvid/" + p.UIN + "?faceExtractionFormat=x": "IDR-IDC-001",
		"/rid/4752553412":                             "IDR-IDC-007",
	} {
		a := c.get(identity + path)
		if a.codes() != codes || a.status != http.StatusOK || !strings.Contains(a.body, `"id":"mosip.id.read"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := c.send(http.MethodPost, identity+"/idvid/", map[string]any{"id": "4752553412"}); !strings.Contains(a.body, `"id":"mosip.id.create"`) {
		t.Errorf("an error of POST: %s", a.body)
	}
}

func TestUpdateCountsAndDrafts(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	var counts struct {
		Attributes []struct {
			AttributeName   string
			NoOfUpdatesLeft int
		}
	}
	c.into(c.get(identity+"/"+p.UIN+"/update-counts?attribute_list="), &counts)
	if len(counts.Attributes) != 3 || counts.Attributes[1].AttributeName != "fullName" || counts.Attributes[1].NoOfUpdatesLeft != 5 {
		t.Errorf("got %+v", counts)
	}
	var rid struct{ RID string }
	c.into(c.get(identity+"/rid/"+p.vid("PERPETUAL")), &rid)
	if len(rid.RID) != 29 {
		t.Errorf("got %+v", rid)
	}
	var drafts struct{ Drafts []any }
	c.into(c.get(identity+"/draft/uin/"+p.UIN), &drafts)
	if drafts.Drafts != nil {
		t.Errorf("got %+v", drafts)
	}
	if a := c.get(identity + "/draft/uin/123"); a.status != http.StatusBadRequest || a.codes() != "IDR-IDC-002" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
