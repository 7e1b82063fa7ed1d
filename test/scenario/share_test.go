package scenario

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const shareFields = `id partner { name } purpose attributes { name format masked } status sharedAt expiresAt consentVersion canWithdraw { allowed reason } event { eventId }`

const shareMutation = `mutation Share($input: ShareCredentialInput!) {
  shareCredential(input: $input) { event { eventId status statusDetail } share { ` + shareFields + ` } errors { code message path upstreamCode } } }`

// wordsQuery follows events without asking upstream for anything.
const wordsQuery = `subscription Words($after: Cursor) { eventChanged(after: $after) { event { eventId status statusDetail } } }`

const sharesQuery = `query Shares($partner: ID, $first: Int!, $after: Cursor) {
  viewer { shares(partnerId: $partner, first: $first, after: $after) { nodes { ` + shareFields + ` } pageInfo { hasNextPage endCursor } } } }`

const withdrawMutation = `mutation Withdraw($id: ID!, $key: String!) {
  withdrawShare(input: {shareId: $id, idempotencyKey: $key}) { share { ` + shareFields + ` } errors { code message path upstreamCode } } }`

const partnerIDsQuery = `query PartnerIDs($type: PartnerType!) { partners(type: $type) { nodes { id name } } }`

// partnerIDs answers the opaque ids of the partners of a type by name.
func partnerIDs(c *harness.Client, kind string) map[string]any {
	found := map[string]any{}
	for _, p := range harness.At(c.Must(partnerIDsQuery, map[string]any{"type": kind}), "partners", "nodes").([]any) {
		found[harness.At(p, "name").(string)] = harness.At(p, "id")
	}
	return found
}

// shareInput answers an input that is good, for the savings bank.
func shareInput(c *harness.Client, key string) map[string]any {
	return map[string]any{
		"idempotencyKey": key, "partnerId": partnerIDs(c, "AUTH_PARTNER")["Example Savings Bank"], "purpose": "Opening an account, за́втра, 明日",
		"attributes": []any{
			map[string]any{"name": "fullName"}, map[string]any{"name": "dateOfBirth", "format": "DD/MMM"},
			map[string]any{"name": "phone", "masked": true}, map[string]any{"name": "fullAddress", "format": "city,postalCode"}},
		"consent": map[string]any{"accepted": true, "textVersion": "1"},
	}
}

func shared(c *harness.Client, input map[string]any) map[string]any {
	return harness.At(c.Must(shareMutation, map[string]any{"input": input}), "shareCredential").(map[string]any)
}

func sharesOf(c *harness.Client, variables map[string]any) []any {
	all := map[string]any{"first": 20}
	maps.Copy(all, variables)
	return harness.At(c.Must(sharesQuery, all), "viewer", "shares", "nodes").([]any)
}

func TestAResidentSharesWithABankAndSeesItArrive(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	stream := c.WebSocket(wordsQuery, map[string]any{"after": c.Settled()})
	s.Settings(t, map[string]any{"credentialDelayMs": 4000}) // not before the answer is here
	input := shareInput(c, "share-0001")
	sheet(c, "SHARE", "photo")
	s.ResetCalls(t)
	got := shared(c, input)
	calls := s.Calls(t)
	if calls["credential"] != 1 || calls["partner"] != 1 || calls["vid"] != 0 || calls["keymanager"] != 0 {
		t.Errorf("sharing asks %v", calls)
	}
	if code(got) != nil || harness.At(got, "event", "status") != "IN_PROGRESS" || harness.At(got, "share", "canWithdraw", "allowed") != true ||
		harness.At(got, "share", "partner", "name") != "Example Savings Bank" || harness.At(got, "share", "purpose") != input["purpose"] ||
		harness.At(got, "share", "consentVersion") != "1" {
		t.Fatalf("shared: %v", got)
	}
	want := []any{
		map[string]any{"name": "fullName", "format": "fullName", "masked": false}, map[string]any{"name": "dateOfBirth", "format": "DD/MMM", "masked": false},
		map[string]any{"name": "phone", "format": nil, "masked": true}, map[string]any{"name": "fullAddress", "format": "city,postalCode", "masked": false}}
	if !reflect.DeepEqual(harness.At(got, "share", "attributes"), want) {
		t.Errorf("the ledger holds %v", harness.At(got, "share", "attributes"))
	}
	sent := s.Credentials(t)
	if len(sent) != 1 || harness.At(sent[0], "request", "id") != r.UIN || harness.At(sent[0], "request", "credentialType") != "vercred" ||
		harness.At(sent[0], "request", "issuer") != "mpartner-default-bank" ||
		fmt.Sprint(harness.At(sent[0], "request", "additionalData", "maskingAttributes")) != "[phone]" ||
		harness.At(sent[0], "request", "additionalData", "formatingAttributes", "dateOfBirth") != "DD/MMM" {
		t.Errorf("MOSIP was asked for %v", sent)
	}
	for _, word := range []string{"NEW", "RECEIVED"} {
		frame := stream.Next()
		for harness.At(frame.Data, "eventChanged", "event", "statusDetail") == "ISSUED" { // where the reconciler looked in between
			frame = stream.Next()
		}
		if harness.At(frame.Data, "eventChanged", "event", "statusDetail") != word {
			t.Fatalf("the event is %v, want %s", frame.Data, word)
		}
	}
	after := sharesOf(c, nil)
	if len(after) != 1 || harness.At(after, 0, "status") != "SUCCESS" || harness.At(after, 0, "canWithdraw", "reason") != "CONFLICT" {
		t.Errorf("the ledger afterwards: %v", after)
	}
	again := shared(c, input)
	if harness.At(again, "event", "eventId") != harness.At(got, "event", "eventId") || len(s.Credentials(t)) != 1 {
		t.Errorf("the same key shares again: %v", again)
	}
	node := c.Must(`query ($id: ID!) { node(id: $id) { ... on Share { id purpose } } }`, map[string]any{"id": harness.At(got, "share", "id")})
	if harness.At(node, "node", "purpose") != input["purpose"] {
		t.Errorf("the node: %v", node)
	}
	harness.Eventually(t, "the share is audited", func() bool {
		seen := map[any]int{}
		for _, record := range s.Audits(t) {
			seen[record["eventId"]]++
		}
		return seen["RES-SER-125"] == 1 && seen["RES-SER-299"] == 1
	})
}

func TestADoubleClickSharesOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	input := shareInput(c, "share-twice")
	s.Faults(t, map[string]any{"credential": map[string]any{"latencyMs": 200}})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { shared(c, input) })
	}
	wg.Wait()
	if n := len(s.Credentials(t)); n != 1 || len(sharesOf(c, nil)) != 1 {
		t.Errorf("ten clicks made %d requests", n)
	}
}

func TestAShareThatIsNotRightIsRefusedWithItsPath(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	one := func(name string) map[string]any { return map[string]any{"name": name} }
	for name, bad := range map[string]struct {
		change     map[string]any
		code, path string
	}{
		"a short key":           {map[string]any{"idempotencyKey": "short"}, "INVALID", "[input idempotencyKey]"},
		"no purpose":            {map[string]any{"purpose": " \n"}, "INVALID", "[input purpose]"},
		"a long purpose":        {map[string]any{"purpose": strings.Repeat("ß", 1025)}, "INVALID", "[input purpose]"},
		"a control in it":       {map[string]any{"purpose": "a\x00b"}, "INVALID", "[input purpose]"},
		"no consent":            {map[string]any{"consent": map[string]any{"accepted": false, "textVersion": "1"}}, "INVALID", "[input consent accepted]"},
		"another text":          {map[string]any{"consent": map[string]any{"accepted": true, "textVersion": "0"}}, "EXPIRED", "[input consent textVersion]"},
		"no attribute":          {map[string]any{"attributes": []any{}}, "INVALID", "[input attributes]"},
		"an unknown attribute":  {map[string]any{"attributes": []any{one("fullName"), one("individualBiometrics")}}, "INVALID", "[input attributes 1 name]"},
		"one of cards only":     {map[string]any{"attributes": []any{one("preferredLang")}}, "INVALID", "[input attributes 0 name]"},
		"an attribute twice":    {map[string]any{"attributes": []any{one("phone"), one("phone")}}, "INVALID", "[input attributes 1 name]"},
		"an unknown format":     {map[string]any{"attributes": []any{map[string]any{"name": "dateOfBirth", "format": "YYYY"}}}, "INVALID", "[input attributes 0 format]"},
		"a mask that is none":   {map[string]any{"attributes": []any{map[string]any{"name": "fullName", "masked": true}}}, "INVALID", "[input attributes 0 masked]"},
		"what the policy bans":  {map[string]any{"attributes": []any{one("fullName"), one("gender")}}, "FORBIDDEN", "[input attributes 1 name]"},
		"nobody":                {map[string]any{"partnerId": "Partner_none"}, "NOT_FOUND", "[input partnerId]"},
		"a partner that prints": {map[string]any{"partnerId": partnerIDs(c, "PRINT_PARTNER")["Example Print House"]}, "NOT_FOUND", "[input partnerId]"},
		"one without a policy":  {map[string]any{"partnerId": partnerIDs(c, "AUTH_PARTNER")["Resident Graph"]}, "CONFLICT", "[input partnerId]"},
	} {
		input := shareInput(c, "refused-share")
		maps.Copy(input, bad.change)
		got := shared(c, input)
		if code(got) != bad.code || fmt.Sprint(harness.At(got, "errors", 0, "path")) != bad.path || got["event"] != nil || got["share"] != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if sent := s.Credentials(t); len(sent) != 0 || len(sharesOf(c, nil)) != 0 {
		t.Errorf("what was refused left traces: %v", sent)
	}
	if got := shared(c, shareInput(c, "refused-share")); code(got) != nil {
		t.Errorf("the key of what was refused: %v", got)
	}
	other := shareInput(c, "refused-share")
	other["purpose"] = "Something else"
	if got := shared(c, other); code(got) != "IDEMPOTENCY_MISMATCH" {
		t.Errorf("the key with another input: %v", got)
	}
}

func TestAResidentCallsAShareOff(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	c := s.SignIn(t, resident(t, s).UIN)
	id := harness.At(shared(c, shareInput(c, "share-0001")), "share", "id")
	withdraw := func(key string) map[string]any {
		return harness.At(c.Must(withdrawMutation, map[string]any{"id": id, "key": key}), "withdrawShare").(map[string]any)
	}
	s.ResetCalls(t)
	for range 2 {
		got := withdraw("withdraw-1")
		if code(got) != nil || harness.At(got, "share", "status") != "CANCELED" || harness.At(got, "share", "canWithdraw", "allowed") != false {
			t.Errorf("called off: %v", got)
		}
	}
	if n := s.Calls(t)["credential"]; n != 1 {
		t.Errorf("calling off asked %d times", n)
	}
	late := withdraw("withdraw-2")
	if code(late) != "CONFLICT" || harness.At(late, "errors", 0, "message") != "This request can no longer be cancelled." {
		t.Errorf("calling off what is: %v", late)
	}
	if sent := s.Credentials(t); len(sent) != 1 || sent[0]["statusCode"] != "CANCELLED" {
		t.Errorf("MOSIP holds %v", sent)
	}
	s.Settings(t, map[string]any{"credentialDelayMs": 1, "holdCards": true})
	id = harness.At(shared(c, shareInput(c, "share-0002")), "share", "id")
	harness.Eventually(t, "the credential is issued", func() bool {
		for _, sent := range s.Credentials(t) {
			if sent["statusCode"] == "ISSUED" {
				return true
			}
		}
		return false
	})
	if got := withdraw("withdraw-3"); code(got) != "CONFLICT" || harness.At(got, "errors", 0, "upstreamCode") != "IDR-CRG-004" && harness.At(got, "errors", 0, "upstreamCode") != nil {
		t.Errorf("too late: %v", got)
	}
	if got := withdraw("withdraw-3"); code(got) != "CONFLICT" {
		t.Errorf("too late again: %v", got)
	}
	id = "Share_none"
	if got := withdraw("withdraw-4"); code(got) != "NOT_FOUND" || fmt.Sprint(harness.At(got, "errors", 0, "path")) != "[input shareId]" {
		t.Errorf("nothing: %v", got)
	}
}

func TestTheLedgerIsPagedAndByPartner(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	for i := range 3 {
		if got := shared(c, shareInput(c, fmt.Sprintf("bank-%05d", i))); code(got) != nil {
			t.Fatal(got)
		}
	}
	health := shareInput(c, "health-0001")
	health["partnerId"] = partnerIDs(c, "AUTH_PARTNER")["Example Health Authority"]
	shared(c, health)
	if all := sharesOf(c, nil); len(all) != 4 || harness.At(all, 0, "partner", "name") != "Example Health Authority" {
		t.Errorf("the whole ledger: %v", all)
	}
	bank := partnerIDs(c, "AUTH_PARTNER")["Example Savings Bank"]
	page := harness.At(c.Must(sharesQuery, map[string]any{"partner": bank, "first": 2}), "viewer", "shares")
	rest := sharesOf(c, map[string]any{"partner": bank, "after": harness.At(page, "pageInfo", "endCursor")})
	if len(harness.At(page, "nodes").([]any)) != 2 || harness.At(page, "pageInfo", "hasNextPage") != true || len(rest) != 1 {
		t.Errorf("of the bank: %v, then %v", page, rest)
	}
	wrong := c.Do(sharesQuery, map[string]any{"first": 2, "after": harness.At(page, "pageInfo", "endCursor")})
	if wrong.Code("viewer.shares") != "INVALID" {
		t.Errorf("a cursor of another list: %+v", wrong.Errors)
	}
}

func TestASilentPartnerCountsAsHavingIt(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "SHARE_HANDED_OVER_AFTER=1s")
	s.Settings(t, map[string]any{"partnerStatus": ""})
	c := s.SignIn(t, resident(t, s).UIN)
	shared(c, shareInput(c, "share-0001"))
	harness.Eventually(t, "the share is handed over", func() bool {
		return harness.At(sharesOf(c, nil), 0, "status") == "SUCCESS"
	})
}

func TestAShareThatNobodyWorksOnIsCalledOffAndHasFailed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "SHARE_GIVE_UP_AFTER=1s")
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	c := s.SignIn(t, resident(t, s).UIN)
	shared(c, shareInput(c, "share-0001"))
	harness.Eventually(t, "the share has failed", func() bool {
		return harness.At(sharesOf(c, nil), 0, "status") == "FAILED"
	})
	if sent := s.Credentials(t); len(sent) != 1 || sent[0]["statusCode"] != "CANCELLED" {
		t.Errorf("it failed, and MOSIP holds %v", sent)
	}
}

// TestAShareThatWasGivenUpAndNotRecordedHasFailed rewinds a share to where it was when the reconciler had called it off and
// the server died: it was not the resident who did.
func TestAShareThatWasGivenUpAndNotRecordedHasFailed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "SHARE_GIVE_UP_AFTER=1s")
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	c := s.SignIn(t, resident(t, s).UIN)
	shared(c, shareInput(c, "share-0001"))
	ended := func() bool { return harness.At(sharesOf(c, nil), 0, "status") != "IN_PROGRESS" }
	harness.Eventually(t, "the share has ended", ended)
	if _, err := database(t, s).Exec(t.Context(), `update event set status = 'IN_PROGRESS', status_detail = 'NEW', error_code = null,
		check_at = now() where request_type = 'SHARE_CRED_WITH_PARTNER'`); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "the share has ended again", ended)
	if share := harness.At(sharesOf(c, nil), 0); harness.At(share, "status") != "FAILED" {
		t.Errorf("the share is told as %v", share)
	}
}

func TestTheConsentTextHasAVersion(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "SHARE_CONSENT_VERSION=2026-11", "SHARE_CONSENT_TEMPLATE=mosip.event.type.SHARE_CRED_WITH_PARTNER")
	c := s.SignIn(t, resident(t, s).UIN)
	text := harness.At(c.Must(`{ viewer { shareConsent { version text } } }`, nil), "viewer", "shareConsent")
	if harness.At(text, "version") != "2026-11" || harness.At(text, "text") == nil {
		t.Errorf("the text: %v", text)
	}
	input := shareInput(c, "share-0001")
	if got := shared(c, input); code(got) != "EXPIRED" {
		t.Errorf("with the version from before: %v", got)
	}
	input["consent"] = map[string]any{"accepted": true, "textVersion": "2026-11"}
	if got := shared(c, input); code(got) != nil {
		t.Errorf("with the version: %v", got)
	}
}

// TestAShareThatIsStillOnItsWayIsNotTooLateToCallOff calls a share off that the generator may get yet.
func TestAShareThatIsStillOnItsWayIsNotTooLateToCallOff(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "UPSTREAM_TIMEOUT=1s", "OUTCOME_GRACE=1h")
	c := s.SignIn(t, resident(t, s).UIN)
	input := shareInput(c, "share-0001")
	s.Faults(t, map[string]any{"credential": map[string]any{"hang": true}})
	share := shared(c, input)
	if code(share) != "OUTCOME_UNKNOWN" {
		t.Fatalf("shared: %v", share)
	}
	s.Faults(t, nil)
	for range 2 {
		got := harness.At(c.Must(withdrawMutation, map[string]any{"id": harness.At(share, "share", "id"), "key": "withdraw-1"}), "withdrawShare")
		if code(got.(map[string]any)) != "UPSTREAM_UNAVAILABLE" || harness.At(got, "share", "status") != "IN_PROGRESS" ||
			harness.At(got, "share", "canWithdraw", "allowed") != true {
			t.Errorf("called off before it came: %v", got)
		}
	}
}

// TestCallingOffThatCannotBeRecordedIsToldAsUnknown keeps the server from writing down that a share was called off.
func TestCallingOffThatCannotBeRecordedIsToldAsUnknown(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "UPSTREAM_TIMEOUT=1s")
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	c := s.SignIn(t, resident(t, s).UIN)
	id := harness.At(shared(c, shareInput(c, "share-0001")), "share", "id")
	withdraw := func() map[string]any {
		return harness.At(c.Must(withdrawMutation, map[string]any{"id": id, "key": "withdraw-1"}), "withdrawShare").(map[string]any)
	}
	busy, err := database(t, s).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := busy.Exec(t.Context(), `select from event where request_type = 'SHARE_CRED_WITH_PARTNER' for update`); err != nil {
		t.Fatal(err)
	}
	if got := withdraw(); code(got) != "OUTCOME_UNKNOWN" || harness.At(got, "share", "status") != "IN_PROGRESS" {
		t.Errorf("called off and not recorded: %v", got)
	}
	if err := busy.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := withdraw(); code(got) != nil || harness.At(got, "share", "status") != "CANCELED" {
		t.Errorf("called off when it can be recorded: %v", got)
	}
}

// F39: MOSIP had called the share off, and the server died before it wrote that down.
func TestAShareThatIsCalledOffAlreadyIsToldSo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	c := s.SignIn(t, resident(t, s).UIN)
	share := harness.At(shared(c, shareInput(c, "share-0001")), "share")
	withdraw := func(key string) map[string]any {
		return harness.At(c.Must(withdrawMutation, map[string]any{"id": harness.At(share, "id"), "key": key}), "withdrawShare").(map[string]any)
	}
	if got := withdraw("withdraw-1"); code(got) != nil {
		t.Fatalf("called off: %v", got)
	}
	for _, forget := range []string{
		`update event set status = 'IN_PROGRESS', status_detail = 'NEW' where request_type = 'SHARE_CRED_WITH_PARTNER'`,
		`delete from idempotency where mutation = 'withdrawShare'`,
	} {
		if _, err := database(t, s).Exec(t.Context(), forget); err != nil {
			t.Fatal(err)
		}
	}
	if got := withdraw("withdraw-2"); code(got) != nil || harness.At(got, "share", "status") != "CANCELED" {
		t.Errorf("called off already: %v", got)
	}
}
