package resident

import (
	"html"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

func TestTemplatesAreFilledInAsVelocityDoes(t *testing.T) {
	values := map[string]string{"name": `<b>Zoé & "co"</b>`, "eventId": "1"}
	for _, test := range []struct {
		template string
		quote    func(string) string
		want     string
	}{
		{"Dear $name, ${eventId}.", html.EscapeString, "Dear &lt;b&gt;Zoé &amp; &#34;co&#34;&lt;/b&gt;, 1."},
		{"$!name!", oneLine, `<b>Zoé & "co"</b>!`},
		{"<p>$eventId</p>$!nothing and $nothing, $5", html.EscapeString, "<p>1</p> and $nothing, $5"},
	} {
		if got := merge(test.template, values, test.quote); got != test.want {
			t.Errorf("%s: %s, want %s", test.template, got, test.want)
		}
	}
	if got := merge("$name", map[string]string{"name": "a\r\nBcc: x"}, oneLine); got != "a Bcc: x" {
		t.Errorf("a value breaks the line: %q", got)
	}
}

func TestEachKindOfMessageIsSentOnce(t *testing.T) {
	const open, done = store.InProgress, store.Success
	for _, test := range []struct {
		request store.RequestType
		word    string
		was, is store.EventStatus
		source  string
		want    messageKind
	}{
		{store.GenerateVid, "VID_GENERATED", open, done, FromIDRepository, succeeded},
		{store.AuthTypeLockUnlock, "COMPLETED", open, done, FromIDAuthentication, succeeded},
		{store.AuthTypeLockUnlock, "FAILED", open, store.Failed, FromIDRepository, notSucceeded},
		{store.AuthTypeLockUnlock, Unknown, open, open, FromIDRepository, ""},
		{store.AuthenticationRequest, "Y", open, done, FromIDAuthentication, ""},
		{store.ShareCredWithPartner, "ISSUED", open, open, FromCredentials, ""},
		{store.ShareCredWithPartner, "RECEIVED", open, done, FromCredentials, succeeded},
		{store.ShareCredWithPartner, "STORED", done, done, FromCredentials, ""},
		{store.VidCardDownload, "CARD_DOWNLOADED", done, done, FromResident, ""},
		{store.UpdateMyUIN, "IDENTITY_UPDATED", open, open, FromRegistration, packetAccepted},
		{store.UpdateMyUIN, "REJECTED", open, store.Failed, FromRegistration, packetRefused},
		{store.UpdateMyUIN, "CANCELED", open, store.Canceled, FromResident, discarded},
		{store.GetMyID, "OTP_VERIFIED", open, done, FromResident, ""},
		{store.GetMyID, "CARD_DOWNLOADED", done, done, FromResident, succeeded},
	} {
		e := &store.Event{RequestType: test.request, StatusDetail: test.word, Status: test.is}
		if got := kindOf(e, test.was, test.source); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.request, test.word, got, test.want)
		}
	}
}

func TestLanguagesOfAResident(t *testing.T) {
	o := &Outgoing{config: OutgoingConfig{Languages: []string{"eng", "ara"}}}
	for preferred, want := range map[string][]string{"fra": {"fra"}, "fra, ENG,fra": {"fra", "eng"}, "": {"eng", "ara"}, "French": {"eng", "ara"}} {
		if diff := cmp.Diff(want, o.languagesOf(&identity.Identity{PreferredLanguage: preferred})); diff != "" {
			t.Errorf("%q: %s", preferred, diff)
		}
	}
}

func TestAddressesThatAreWrittenTo(t *testing.T) {
	for address, want := range map[string]bool{"asha@example.org": true, "a.b-c+d@mail.example.co": true, "no": false, "a@b": false, "a@b.c\nBcc: x@y.zz": false} {
		if emailShape.MatchString(address) != want {
			t.Errorf("%q: want %t", address, want)
		}
	}
	for number, want := range map[string]bool{"9000000001": true, "+9000000001": true, "900": false, "90000000012": false} {
		if phoneShape.MatchString(number) != want {
			t.Errorf("%q: want %t", number, want)
		}
	}
}
