package identity_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

const uin = "4752553412"

func serveIdentity(t *testing.T, record string) (*identity.Client, *contract.Service) {
	s := contract.Serve(t, map[string]string{"POST /idvid/": `{"id":"mosip.id.read","version":"v1","responsetime":"2026-03-12T09:45:12.407Z","metadata":null,
		"response":{"status":"ACTIVATED","identity":` + record + `,"documents":[],"verifiedAttributes":null},"errors":[]}`})
	return identity.New(s.Client), s
}

func TestRead(t *testing.T) {
	c, s := serveIdentity(t, `{"IDSchemaVersion":0.1,"UIN":"4752553412",
		"fullName":[{"language":"eng","value":"Amina Karimi"},{"language":"ara","value":"أمينة كريمي"}],
		"phone":"9123004567","email":null,"preferredLang":"eng","proofOfIdentity":{"refNumber":null,"format":"pdf","type":"DOC001","value":"p"}}`)
	got, err := c.Read(t.Context(), "3670241038657195")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]identity.Text{{Lang: "eng", Value: "Amina Karimi"}, {Lang: "ara", Value: "أمينة كريمي"}}, got.FullName); diff != "" {
		t.Error(diff)
	}
	if got.UIN != uin || !got.Active() || got.Phone != "9123004567" || got.Email != "" || got.PreferredLanguage != "eng" || len(got.Fields) != 7 {
		t.Errorf("%+v", got)
	}
	asked := s.Last(t)
	if asked.URI != "/idvid/" || string(asked.Body) != `{"id":"3670241038657195"}` {
		t.Errorf("%s %s", asked.URI, asked.Body)
	}
}

func TestReadWithACountrysOwnFields(t *testing.T) {
	c, _ := serveIdentity(t, `{"nid":4752553412,
		"firstName":[{"language":"eng","value":"Amina"},{"language":"FRA","value":"Amina"}],"lastName":[{"language":"eng","value":"Karimi"}],
		"contact":{"value":"a@example.org"},"preferredLang_fra":"fra","preferredLang_eng":"eng"}`)
	if err := c.UseMapping([]byte(`{"identity":{"name":{"value":"firstName, lastName"},"uin":{"value":"nid"},"email":{"value":"contact"}}}`)); err != nil {
		t.Fatal(err)
	}
	got, err := c.Read(t.Context(), uin)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]identity.Text{{Lang: "eng", Value: "Amina Karimi"}, {Lang: "fra", Value: "Amina"}}, got.FullName); diff != "" {
		t.Error(diff)
	}
	if got.UIN != uin || got.Email != "a@example.org" || got.Phone != "" || got.PreferredLanguage != "eng" {
		t.Errorf("%+v", got)
	}
	if err := c.UseMapping([]byte(`<html>`)); err == nil {
		t.Error("a page was taken for a mapping")
	}
	if again, err := c.Read(t.Context(), uin); err != nil || again.Email != "a@example.org" {
		t.Errorf("a broken mapping replaced the good one: %+v, %v", again, err)
	}
}

func TestReadRefused(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /idvid/": `{"id":"mosip.id.create","response":null,"errors":[{"errorCode":"IDR-VID-001","message":"VID is REVOKED"}]}`})
	if _, err := identity.New(s.Client).Read(t.Context(), uin); upstream.KindOf(err) != upstream.Refused || s.Count() != 1 {
		t.Error(err)
	}
	none := contract.Serve(t, map[string]string{"POST /idvid/": `{"response":{"status":"ACTIVATED"},"errors":[]}`})
	if _, err := identity.New(none.Client).Read(t.Context(), uin); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
}

func TestAuthTypesAreAlwaysSix(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /authtypes/status/" + uin: `{"id":null,"response":{"authTypes":[
		{"authType":"otp","authSubType":"email","locked":false,"unlockForSeconds":null,"requestId":null,"metadata":null},
		{"authType":"bio","authSubType":"Finger","locked":false,"unlockForSeconds":null},
		{"authType":"bio","authSubType":"FINGER","locked":true,"unlockForSeconds":null},
		{"authType":"bio","authSubType":"Iris","locked":true,"unlockForSeconds":null},
		{"authType":"otp","authSubType":null,"locked":true,"unlockForSeconds":null},
		{"authType":"demo","authSubType":null,"locked":false,"unlockForSeconds":73}]},"errors":[]}`})
	got, err := identity.New(s.Client).AuthTypes(t.Context(), uin)
	if diff := cmp.Diff([]identity.AuthStatus{
		{Type: identity.OTPEmail}, {Type: identity.OTPPhone}, {Type: identity.Demo, UnlockFor: 73 * time.Second},
		{Type: identity.BioFinger, Locked: true}, {Type: identity.BioIris, Locked: true}, {Type: identity.BioFace},
	}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestSetAuthTypes(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /authtypes/status": `{"id":null,"version":null,"responsetime":"2026-03-12T09:51:00.311Z","metadata":null,
		"response":{"status":"Success","identity":null,"documents":null,"verifiedAttributes":null},"errors":null}`})
	err := identity.New(s.Client).SetAuthTypes(t.Context(), uin, "7b0d4b0e", []identity.AuthChange{
		{Type: identity.BioFinger, Locked: true, UnlockFor: time.Hour}, {Type: identity.OTPPhone, UnlockFor: 599*time.Second + time.Millisecond}, {Type: identity.Demo},
	})
	if err != nil {
		t.Fatal(err)
	}
	var sent map[string]any
	if err := json.Unmarshal(s.Last(t).Body, &sent); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", sent["requestTime"].(string)); err != nil {
		t.Error(err)
	}
	delete(sent, "requestTime")
	if diff := cmp.Diff(map[string]any{
		"id": "mosip.identity.authtype.status.update", "version": "1.0", "consentObtained": true, "individualId": uin, "individualIdType": nil,
		"request": []any{
			map[string]any{"authType": "bio", "authSubType": "FINGER", "locked": true, "unlockForSeconds": nil, "requestId": "7b0d4b0e"},
			map[string]any{"authType": "otp", "authSubType": "phone", "locked": false, "unlockForSeconds": 600.0, "requestId": "7b0d4b0e"},
			map[string]any{"authType": "demo", "authSubType": nil, "locked": false, "unlockForSeconds": nil, "requestId": "7b0d4b0e"},
		},
	}, sent); diff != "" {
		t.Error(diff)
	}
}

func TestSetAuthTypesRefused(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /authtypes/status": `{"response":null,"errors":[{"errorCode":"IDR-IDC-002","message":"Invalid Input Parameter - authTypes"}]}`})
	err := identity.New(s.Client).SetAuthTypes(t.Context(), uin, "r", []identity.AuthChange{{Type: identity.Demo, Locked: true}})
	if upstream.KindOf(err) != upstream.Refused || s.Count() != 1 {
		t.Errorf("%v after %d", err, s.Count())
	}
}
