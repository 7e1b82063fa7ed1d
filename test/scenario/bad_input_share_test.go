package scenario

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const withdrawInput = `mutation ($id: ID!, $key: String!) { withdrawShare(input: {shareId: $id, idempotencyKey: $key}) {
  share { status } errors { code message path upstreamCode } } }`

// metPartner answers the id of a partner that a resident met: also of one that the list leaves out.
func metPartner(t *testing.T, s *harness.Server, c *harness.Client, r harness.Resident, partnerID, name string) (id any) {
	t.Helper()
	s.Authenticate(t, r.UIN, partnerID)
	harness.Eventually(t, "the authentication is in the history", func() bool {
		nodes, _ := harness.At(c.Must(`{ viewer { serviceHistory(first: 20) { nodes { partner { id name active } } } } }`, nil), "viewer", "serviceHistory", "nodes").([]any)
		for _, n := range nodes {
			if harness.At(n, "partner", "name") == name {
				id = harness.At(n, "partner", "id")
			}
		}
		return id != nil
	})
	return id
}

func names(n int, name string) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = map[string]any{"name": name}
	}
	return all
}

// RES-SER-410, 414, 427, 441, 451, 461, 481, 521: bad input about shares.
func TestBadInputAboutSharesIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	inactive := metPartner(t, s, c, r, "mpartner-default-telecom", "Example Telecom")
	one := func(name string) map[string]any { return map[string]any{"name": name} }
	rows := map[string]badInput{}
	for name, bad := range map[string]struct {
		change               map[string]any
		code, sentence, path string
	}{
		"consent is missing":     {map[string]any{"consent": map[string]any{"accepted": false, "textVersion": "1"}}, "INVALID", "CONSENT_MISSING", "input.consent.accepted"},
		"consent to an old text": {map[string]any{"consent": map[string]any{"accepted": true, "textVersion": "0"}}, "EXPIRED", "", "input.consent.textVersion"},
		"consent to no text":     {map[string]any{"consent": map[string]any{"accepted": true, "textVersion": ""}}, "EXPIRED", "", "input.consent.textVersion"},
		"no such partner":        {map[string]any{"partnerId": "Partner_none"}, "NOT_FOUND", "", "input.partnerId"},
		"a partner's own name":   {map[string]any{"partnerId": "mpartner-default-bank"}, "NOT_FOUND", "", "input.partnerId"},
		"no partner":             {map[string]any{"partnerId": ""}, "NOT_FOUND", "", "input.partnerId"},
		"a VID for a partner":    {map[string]any{"partnerId": firstVid(c)}, "NOT_FOUND", "", "input.partnerId"},
		"an inactive partner":    {map[string]any{"partnerId": inactive}, "CONFLICT", "", "input.partnerId"},
		"one that prints":        {map[string]any{"partnerId": partnerIDs(c, "PRINT_PARTNER")["Example Print House"]}, "NOT_FOUND", "PARTNER_NOT_FOUND", "input.partnerId"},
		"one without a policy":   {map[string]any{"partnerId": partnerIDs(c, "AUTH_PARTNER")["Resident Graph"]}, "CONFLICT", "", "input.partnerId"},
		"no attributes":          {map[string]any{"attributes": []any{}}, "INVALID", "", "input.attributes"},
		"51 attributes":          {map[string]any{"attributes": names(51, "fullName")}, "INVALID", "", "input.attributes"},
		"not in the schema":      {map[string]any{"attributes": []any{one("fullName"), one("individualBiometrics")}}, "INVALID", "", "input.attributes.1.name"},
		"not in this sheet":      {map[string]any{"attributes": []any{one("preferredLang")}}, "INVALID", "", "input.attributes.0.name"},
		"twice":                  {map[string]any{"attributes": []any{one("phone"), one("phone")}}, "INVALID", "", "input.attributes.1.name"},
		"twice, once masked":     {map[string]any{"attributes": []any{one("phone"), map[string]any{"name": "phone", "masked": true}}}, "INVALID", "", "input.attributes.1.name"},
		"another letter case":    {map[string]any{"attributes": []any{one("FULLNAME")}}, "INVALID", "", "input.attributes.0.name"},
		"a format of none":       {map[string]any{"attributes": []any{map[string]any{"name": "phone", "format": "phone"}}}, "INVALID", "", "input.attributes.0.format"},
		"no such format":         {map[string]any{"attributes": []any{map[string]any{"name": "dateOfBirth", "format": "YYYY"}}}, "INVALID", "", "input.attributes.0.format"},
		"two date formats":       {map[string]any{"attributes": []any{map[string]any{"name": "dateOfBirth", "format": "DD/MMM,DD/MMM/YYYY"}}}, "INVALID", "", "input.attributes.0.format"},
		"a part of something":    {map[string]any{"attributes": []any{map[string]any{"name": "fullAddress", "format": "city,UIN"}}}, "INVALID", "", "input.attributes.0.format"},
		"a part twice":           {map[string]any{"attributes": []any{map[string]any{"name": "fullAddress", "format": "city,city"}}}, "INVALID", "", "input.attributes.0.format"},
		"a mask that is none":    {map[string]any{"attributes": []any{map[string]any{"name": "fullName", "masked": true}}}, "INVALID", "", "input.attributes.0.masked"},
		"what the policy bans":   {map[string]any{"attributes": []any{one("fullName"), one("gender")}}, "FORBIDDEN", "", "input.attributes.1.name"},
		"a short key":            {map[string]any{"idempotencyKey": "short"}, "INVALID", "", "input.idempotencyKey"},
	} {
		input := shareInput(c, key("share "+name))
		maps.Copy(input, bad.change)
		rows[name] = badInput{query: shareInputMutation, variables: map[string]any{"input": input}, code: bad.code, sentence: bad.sentence, path: bad.path}
	}
	good := shareInput(c, key("a share that fails"))
	rows["refused by the generator"] = badInput{shareInputMutation, map[string]any{"input": good}, refusing("credential", "POST", "IDR-IDC-002", "Invalid Input Parameter - issuer"),
		"INVALID", "PARTNER_NOT_FOUND", "input.partnerId", "IDR-IDC-002", true}
	unread := shareInput(c, key("the policy cannot be read"))
	unread["partnerId"] = partnerIDs(c, "AUTH_PARTNER")["Example Tax Office"]
	rows["the policy cannot be read"] = badInput{shareInputMutation, map[string]any{"input": unread}, map[string]any{"partner": map[string]any{"status": 503}},
		"UPSTREAM_UNAVAILABLE", "", "", "http-503", false}
	for what, id := range map[string]any{"nonsense": "Share_none", "nothing": "", "a partner": inactive} {
		rows["calling off "+what] = badInput{query: withdrawInput, variables: map[string]any{"id": id, "key": key("withdraw " + what)}, code: "NOT_FOUND", path: "input.shareId"}
	}
	refuseAll(t, s, c, rows)
	repeated := harness.At(c.Must(shareInputMutation, map[string]any{"input": good}), "shareCredential", "errors", 0)
	if harness.At(repeated, "message") != sentenceIn(t, "eng", "PARTNER_NOT_FOUND") || fmt.Sprint(harness.At(repeated, "path")) != "[input partnerId]" {
		t.Errorf("a repeat of what the generator refused tells %v", repeated)
	}
}

// RES-SER-24: a share that is issued, and one that was called off, cannot be called off.
func TestAShareThatIsIssuedCannotBeCalledOff(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, quickly)
	c := s.SignIn(t, resident(t, s).UIN)
	id := harness.At(shared(c, shareInput(c, "share-0001")), "share", "id")
	harness.Eventually(t, "the bank has it", func() bool { return harness.At(sharesOf(c, nil), 0, "status") == "SUCCESS" })
	refuseAll(t, s, c, map[string]badInput{"late": {query: withdrawInput, variables: map[string]any{"id": id, "key": key("late")},
		code: "CONFLICT", sentence: "TOO_LATE_TO_CANCEL", path: "input.shareId"}})
}

// What stands between the parts of a format is not kept: it would say something that nobody chose.
func TestAFormatIsKeptAsItIsMeant(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	input := shareInput(c, "share-0001")
	input["attributes"] = []any{map[string]any{"name": "fullAddress", "format": ",, city ," + strings.Repeat(" ,", 5000) + " postalCode, "}}
	got := shared(c, input)
	if code(got) != nil || harness.At(got, "share", "attributes", 0, "format") != "city,postalCode" {
		t.Errorf("kept: %.300s", fmt.Sprint(got))
	}
	if sent := s.Credentials(t); len(sent) != 1 || harness.At(sent[0], "request", "additionalData", "formatingAttributes", "fullAddress") != "city,postalCode" {
		t.Errorf("sent: %.600s", fmt.Sprint(sent))
	}
}
