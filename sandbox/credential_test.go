package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

const credentialBase = "/v1/credentialrequest"

// credential is request of a request for a credential.
func credential(id, kind, issuer string, more map[string]any) map[string]any {
	body := map[string]any{"id": id, "credentialType": kind, "issuer": issuer, "encrypt": false}
	for name, value := range more {
		body[name] = value
	}
	return body
}

// request makes a request and returns its id.
func request(c *client, body map[string]any) string {
	c.t.Helper()
	var made struct{ RequestID, ID string }
	c.into(c.send(http.MethodPost, credentialBase+"/requestgenerator", wrapped("mosip.credential.request.service.id", body)), &made)
	if made.ID != body["id"] || made.RequestID == "" {
		c.t.Fatalf("made %+v", made)
	}
	return made.RequestID
}

type requestStatus struct{ RequestID, ID, StatusCode, URL string }

func standing(c *client, requestID string) (s requestStatus) {
	c.t.Helper()
	c.into(c.get(credentialBase+"/get/"+requestID), &s)
	return s
}

// rid of a resident's registration.
func rid(c *client, uin string) string {
	c.t.Helper()
	var found struct{ RID string }
	c.into(c.get("/idrepository/v1/identity/rid/"+uin), &found)
	return found.RID
}

func quick(t *testing.T, settings map[string]any) *client {
	t.Helper()
	c := start(t, sandbox.Options{})
	c.control(http.MethodPut, "/sandbox/settings", map[string]any{"credentialDelayMs": 0, "cardDelayMs": 0}, nil)
	c.control(http.MethodPut, "/sandbox/settings", settings, nil)
	return c
}

func TestPartnersReportThroughTheHub(t *testing.T) {
	t.Parallel()
	c := quick(t, nil)
	s, one := subscribe(c, "CREDENTIAL_STATUS_UPDATE"), c.people()[0]

	id := request(c, credential(one.vid("PERPETUAL"), "PDFCard", "mpartner-default-digitalcard", nil))
	m := s.next(t)
	if now := standing(c, id); m.Publisher != "DIGITAL_CARD_SERVICE" || m.Event.RequestID != id || m.Event.Status != "STORED" ||
		m.Event.URL == "" || now.URL != m.Event.URL || now.StatusCode != "STORED" {
		t.Errorf("a card: %+v, %+v", m, now)
	}
	if at := string(m.Event.Timestamp); len(at) != len(`"2026-03-12 09:45:12.407"`) || !strings.Contains(at, " ") {
		t.Errorf("timestamp %s", at)
	}
	id = request(c, credential(one.UIN, "vercred", "mpartner-default-bank", nil))
	if m = s.next(t); m.Event.RequestID != id || m.Event.Status != "RECEIVED" || m.Event.URL != "" {
		t.Errorf("a share: %+v", m)
	}
	id = request(c, credential(one.UIN, "euin", "mpartner-default-print", map[string]any{"additionalData": map[string]string{"trackingId": "a b"}}))
	page := c.box.URL() + "/print-partner/track/a%20b"
	for _, step := range [][2]string{{"PRINTING", ""}, {"IN_TRANSIT", page}, {"CARD_DELIVERED", page}} {
		if m = s.next(t); m.Event.RequestID != id || m.Event.Status != step[0] || m.Event.URL != step[1] || m.Publisher != "mpartner-default-print" {
			t.Errorf("a printed card: %+v instead of %v", m, step)
		}
	}
	if a := c.get("/print-partner/track/a%20b"); a.status != http.StatusOK || !strings.Contains(a.body, "<code>a b</code>") || standing(c, id).URL != page {
		t.Errorf("its page: %d %s", a.status, a.body)
	}
}

func TestCardsCanBeHeldBack(t *testing.T) {
	t.Parallel()
	c := quick(t, map[string]any{"holdCards": true})
	id := request(c, credential(c.people()[0].UIN, "PDFCard", "mpartner-default-digitalcard", nil))
	eventually(t, "it is issued", func() bool { return standing(c, id).StatusCode == "ISSUED" })
	if now := standing(c, id); now.URL == "" {
		t.Error("an issued credential is shared with its issuer")
	}
	c.control(http.MethodPut, "/sandbox/settings", map[string]any{"holdCards": false}, nil)
	eventually(t, "it is stored", func() bool { return standing(c, id).StatusCode == "STORED" })
}

func TestACredentialHoldsWhatPolicyAndResidentAllow(t *testing.T) {
	t.Parallel()
	c := quick(t, map[string]any{"holdCards": true})
	one := c.people()[0]
	id := request(c, credential(one.UIN, "vercred", "mpartner-default-tax", map[string]any{
		"sharableAttributes": []string{"fullName", "dateOfBirth", "UIN", "perpetualVID", "phone", "fullAddress"},
		"additionalData": map[string]any{
			"formatingAttributes": map[string]string{"dateOfBirth": "DD/MMM"}, "maskingAttributes": []string{"UIN", "perpetualVID"},
		},
	}))
	eventually(t, "it is issued", func() bool { return standing(c, id).StatusCode == "ISSUED" })
	a := c.get(standing(c, id).URL[len(c.box.URL()):])
	var document struct {
		CredentialSubject map[string]string
		Proof             map[string]string
	}
	if err := json.Unmarshal([]byte(a.body), &document); err != nil {
		t.Fatal(err, a.body)
	}
	subject := document.CredentialSubject
	_, phone := subject["phone"] // no part of the tax office's policy
	if phone || subject["fullName"] != one.Names["eng"] || len(subject["dateOfBirth"]) != len("03/May") || len(subject) != 6 ||
		subject["UIN"] != one.UIN[:1]+"XXXXXXX"+one.UIN[8:] || !strings.HasSuffix(subject["perpetualVID"], one.vid("PERPETUAL")[14:]) ||
		!strings.Contains(subject["perpetualVID"], "XXXXXXXXXXXXX") || document.Proof["jws"] == "" {
		t.Errorf("%+v", document)
	}
}

func TestRequestsAreCheckedAsMOSIPDoes(t *testing.T) {
	t.Parallel()
	c := quick(t, nil)
	post := func(path string, body any) answer { return c.send(http.MethodPost, credentialBase+path, body) }
	for name, row := range map[string]struct {
		got   answer
		codes string
	}{
		"no request":            {post("/requestgenerator", wrapped("", nil)), "IDR-IDC-002"},
		"no type":               {post("/requestgenerator", wrapped("", credential("1", " ", "a", nil))), "IDR-IDC-002"},
		"no issuer":             {post("/requestgenerator", wrapped("", credential("1", "vercred", "", nil))), "IDR-IDC-002"},
		"no JSON":               {post("/requestgenerator", "text"), "IDR-IDC-003"},
		"another type of field": {post("/requestgenerator", wrapped("", credential("1", "vercred", "a", map[string]any{"encrypt": "x"}))), "IDR-IDC-003"},
		"no request, with id":   {post("/v2/requestgenerator/9", wrapped("", nil)), "IDR-IDC-004"},
		"unchecked, with id":    {post("/v2/requestgenerator/9", wrapped("", map[string]any{})), ""},
		"unknown":               {c.get(credentialBase + "/get/unknown"), "IDR-CRG-003"},
		"nobody's registration": {c.get(credentialBase + "/get/123-PDF"), "IDR-CRG-003"},
		"cancel unknown":        {c.get(credentialBase + "/cancel/unknown"), "IDR-CRG-003"},
		"cancel a stored card":  {c.get(credentialBase + "/cancel/" + rid(c, c.people()[0].UIN) + "-PDF"), "IDR-CRG-004"},
		"none of that status":   {c.get(credentialBase + "/getRequestIds?statusCode=PRINTING"), "IDR-CRG-009"},
		"a bad date":            {c.get(credentialBase + "/getRequestIds?effectivedtimes=yesterday"), "IDR-CRG-008"},
	} {
		if row.got.codes() != row.codes || row.got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, row.got.status, row.got.body)
		}
	}
	var page struct {
		TotalItems int
		Data       []struct{ RequestID, StatusComment string }
	}
	eventually(t, "the unchecked one fails", func() bool { return standing(c, "9").StatusCode == "FAILED" })
	c.into(c.get(credentialBase+"/getRequestIds"), &page)
	if page.TotalItems != 1 || page.Data[0].RequestID != "9" || page.Data[0].StatusComment != "Failed to get policy details" {
		t.Errorf("%+v", page)
	}
	if a := c.get("/v1/credentialservice/types"); !strings.Contains(a.body, `"credentialTypes"`) || a.Response != nil {
		t.Error(a.body)
	}
	c.token = c.tokenOf("mosip-ida-client")
	for _, a := range []answer{post("/requestgenerator", nil), c.get(credentialBase + "/get/1"), c.get(credentialBase + "/cancel/1")} {
		if a.status != http.StatusForbidden {
			t.Errorf("without a role: %d %s", a.status, a.body)
		}
	}
}

func TestDataShare(t *testing.T) {
	t.Parallel()
	c := quick(t, map[string]any{"dataShareGets": 2, "cardPasswords": true})
	url := standing(c, rid(c, c.people()[0].UIN)+"-PDF").URL
	path := strings.TrimPrefix(url, c.box.URL())
	for range 2 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(&http.Cookie{Name: "Authorization", Value: c.token})
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if strings.Count(response.Header.Get("Signature"), ".") != 2 || response.Header.Get("Content-Type") != "application/octet-stream" {
			t.Error(response.Header)
		}
	}
	for name, row := range map[string]struct {
		path, codes string
	}{
		"spent":              {path, "DAT-SER-006"},
		"unknown":            {path + "x", "DAT-SER-008"},
		"another policy":     {strings.Replace(path, "/mpolicy-default-digitalcard/", "/other/", 1), "DAT-SER-008"},
		"another subscriber": {strings.Replace(path, "/mpartner-default-digitalcard/", "/other/", 1), "DAT-SER-008"},
	} {
		if a := c.get(row.path); a.codes() != row.codes || a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	c.token = "none"
	if a := c.get(path); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
}

func TestCardSettings(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.Options{})
	for _, wrong := range []map[string]any{
		{"dataShareGets": 0}, {"dataShareGets": -2}, {"cardDelayMs": -1}, {"credentialDelayMs": -1}, {"hubMode": "x"}, {"tokenSeconds": 0}, {"pdfAsJSON?": true},
	} {
		if a := c.send(http.MethodPut, "/sandbox/settings", wrong); a.status != http.StatusBadRequest {
			t.Errorf("%v: %d", wrong, a.status)
		}
	}
	if a := c.send(http.MethodPost, "/sandbox/payment", map[string]string{"eventId": "1", "outcome": "MAYBE"}); a.status != http.StatusBadRequest {
		t.Errorf("an outcome nobody knows: %d", a.status)
	}
}
