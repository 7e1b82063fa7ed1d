package websub

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

const lockMutation = `mutation { setAuthLocks(input: {changes: [{type: BIO_FACE, locked: true}], idempotencyKey: "websub-300"}) {
  event { eventId status } errors { code } } }`

const changes = `subscription Changes($after: Cursor) { eventChanged(after: $after) { event { eventId status } } }`

// A delivery is answered with 2xx as soon as it is kept; what it says reaches the resident whom it concerns. The same
// again is 2xx again, and changes nothing.
func Test300DeliveryIsAcknowledged(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	one := s.subscriptions(p.self)[resident.AuthTypeTopic]
	c := s.SignIn(t, s.Residents(t)[0].UIN)
	stream := c.WebSocket(changes, map[string]any{"after": c.Settled()})
	event := harness.At(c.Must(lockMutation, nil), "setAuthLocks", "event", "eventId")
	if f := stream.Next(); harness.At(f.Data, "eventChanged", "event", "status") != "IN_PROGRESS" {
		t.Fatalf("the first frame is %v", f)
	}
	var request string
	s.read(&request, `select request_id from event where event_id = $1`, event)
	body := fmt.Sprintf(`{"publisher":"IDA","topic":%q,"event":{"id":"1","requestId":%q,"data":{"authTypes":[{"requestId":%[2]q}]}}}`,
		resident.AuthTypeTopic, request)
	for range 3 {
		if status := h.deliver(one, body); status/100 != 2 {
			t.Errorf("answered with %d", status)
		}
	}
	if f := stream.Next(); harness.At(f.Data, "eventChanged", "event", "eventId") != event || harness.At(f.Data, "eventChanged", "event", "status") != "SUCCESS" {
		t.Errorf("the resident sees %v", f)
	}
	if n := s.kept(resident.AuthTypeTopic, body); n != 1 {
		t.Errorf("kept %d times", n)
	}
}

// What else a delivery can be, at one server.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	all := s.subscriptions(p.self)
	for _, part := range []struct {
		name string
		test func(t *testing.T, s *stage, all map[string]subscription)
	}{
		{"signatures that are taken", signaturesThatAreTaken},
		{"ten megabytes are refused", tenMegabytesAreRefused},
		{"not JSON is parked", notJSONIsParked},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, s, all) })
		s.receives(all)
	}
}

// The signature may be made with any recognised method but sha1, and be written in any way that HTTP allows.
func signaturesThatAreTaken(t *testing.T, s *stage, all map[string]subscription) {
	h, one := s.hub, all[resident.CredentialTopic]
	for what, header := range map[string]func(body string) []string{
		"sha256":             func(b string) []string { return with("sha256=" + signature(sha256.New, one.secret, b)) },
		"sha384":             func(b string) []string { return with("sha384=" + signature(sha512.New384, one.secret, b)) },
		"sha512":             func(b string) []string { return with("sha512=" + signature(sha512.New, one.secret, b)) },
		"method in capitals": func(b string) []string { return with("SHA256=" + signature(sha256.New, one.secret, b)) },
		"digits in capitals": func(b string) []string {
			return with("sha256=" + strings.ToUpper(signature(sha256.New, one.secret, b)))
		},
		"space about it": func(b string) []string { return with("  sha256=" + signature(sha256.New, one.secret, b) + " ") },
		"header in lower case": func(b string) []string {
			return []string{"X-Hub-Signature", "", "x-hub-signature", "sha256=" + signature(sha256.New, one.secret, b)}
		},
		"header in capitals": func(b string) []string {
			return []string{"X-Hub-Signature", "", "X-HUB-SIGNATURE", "sha256=" + signature(sha256.New, one.secret, b)}
		},
		"no Link header": func(string) []string { return []string{"Link", ""} },
		"another topic's Link": func(string) []string {
			return []string{"Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.url, all[resident.AuthTypeTopic].topic)}
		},
		"MOSIP's bare Link": func(string) []string { return []string{"Link", h.url + `; rel="hub", ` + one.topic + `; rel="self"`} },
		"another type":      func(string) []string { return []string{"Content-Type", "text/plain"} },
		"no type":           func(string) []string { return []string{"Content-Type", ""} },
	} {
		body := message(what)
		if status := h.deliver(one, body, header(body)...); status/100 != 2 {
			t.Errorf("%s: answered with %d", what, status)
		}
		if n := s.kept(resident.CredentialTopic, body); n != 1 {
			t.Errorf("%s: kept %d times", what, n)
		}
	}
}

func with(signature string) []string { return []string{"X-Hub-Signature", signature} }

// websub.rocks is content with a message that is ignored; here it must be refused too, and nothing of it kept.
func Test301InvalidSignature(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	all := s.subscriptions(p.self)
	one, other := all[resident.CredentialTopic], all[resident.AuthTypeTopic]
	body := message("forged")
	good := signature(sha256.New, one.secret, body)
	before := s.keptInAll()
	for what, forged := range map[string]struct {
		to      subscription
		body    string
		headers []string
	}{
		"one bit of the body":          {one, strings.Replace(body, "forged", "gorged", 1), with("sha256=" + good)},
		"a line end more":              {one, body + "\n", with("sha256=" + good)},
		"one digit of the signature":   {one, body, with("sha256=" + flipped(good))},
		"cut short":                    {one, body, with("sha256=" + good[:62])},
		"longer":                       {one, body, with("sha256=" + good + "00")},
		"no digits":                    {one, body, with("sha256=")},
		"no method":                    {one, body, with(good)},
		"not hexadecimal":              {one, body, with("sha256=" + strings.Repeat("z", 64))},
		"another method's name":        {one, body, with("sha512=" + good)},
		"an unknown method":            {one, body, with("md5=" + good)},
		"sha1, and right":              {one, body, with("sha1=" + signature(sha1.New, one.secret, body))},
		"a guessed secret":             {one, body, with("sha256=" + signature(sha256.New, "secret", body))},
		"no secret":                    {one, body, with("sha256=" + signature(sha256.New, "", body))},
		"another topic's secret":       {one, body, with("sha256=" + signature(sha256.New, other.secret, body))},
		"sent to another callback":     {other, body, with("sha256=" + good)},
		"two signatures":               {one, body, append(with("sha256="+good), with("sha256="+good)...)},
		"a wrong one before the right": {one, body, append(with("sha256="+flipped(good)), with("sha256="+good)...)},
		"both in one":                  {one, body, with("sha1=00, sha256=" + good)},
		"under the name of GitHub":     {one, body, []string{"X-Hub-Signature", "", "X-Hub-Signature-256", "sha256=" + good}},
	} {
		if status := h.deliver(forged.to, forged.body, forged.headers...); status != http.StatusUnauthorized {
			t.Errorf("%s: answered with %d", what, status)
		}
	}
	if n := s.keptInAll(); n != before {
		t.Errorf("%d forgeries were kept", n-before)
	}
	s.receives(all)
}

func Test302MissingSignature(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	all, before := s.subscriptions(p.self), s.keptInAll()
	for name, one := range all {
		for what, headers := range map[string][]string{
			"none": {"X-Hub-Signature", ""}, "an empty one": {"X-Hub-Signature", "", "x-hub-signature", " "},
		} {
			if status := h.deliver(one, message(what), headers...); status != http.StatusUnauthorized {
				t.Errorf("%s, %s: answered with %d", name, what, status)
			}
		}
	}
	if n := s.keptInAll(); n != before {
		t.Errorf("%d unsigned messages were kept", n-before)
	}
	s.receives(all)
}

func flipped(digits string) string {
	if digits[0] == '0' {
		return "1" + digits[1:]
	}
	return "0" + digits[1:]
}

// A message may have a mebibyte. More is 413, before it is read if its length is said.
func tenMegabytesAreRefused(t *testing.T, s *stage, all map[string]subscription) {
	one, before := all[resident.CredentialTopic], s.keptInAll()
	large := `"` + strings.Repeat("x", 10<<20) + `"`
	for what, length := range map[string]int64{"said": int64(len(large)), "not said": -1} {
		r, err := http.NewRequest(http.MethodPost, one.callback, bytes.NewReader([]byte(large)))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("X-Hub-Signature", "sha256="+signature(sha256.New, one.secret, large))
		r.Header.Set("Expect", "100-continue") // or the answer may be lost in what is still being sent
		if status, _, _ := s.hub.send(r); status != http.StatusRequestEntityTooLarge {
			t.Errorf("length %s: answered with %d", what, status)
		}
	}
	if n := s.keptInAll(); n != before {
		t.Errorf("%d were kept", n-before)
	}
	largest := `"` + strings.Repeat("x", 1<<20-2) + `"`
	if status := s.hub.deliver(one, largest); status/100 != 2 || s.kept(resident.CredentialTopic, largest) != 1 {
		t.Errorf("a mebibyte was answered with %d", status)
	}
}

// What is signed and not JSON is answered with 2xx, so that a MOSIP hub goes on, and parked for an operator.
func notJSONIsParked(t *testing.T, s *stage, all map[string]subscription) {
	var sent [][]byte
	bodies := map[string]string{"XML": "<event/>", "cut": `{"event":`, "nothing": "", "two": "{}{}", "bytes": "\xff\xfe\x00", "a form": "a=b"}
	for name, one := range all {
		for what, body := range bodies {
			sent = append(sent, []byte(body))
			if status := s.hub.deliver(one, body); status/100 != 2 {
				t.Errorf("%s, %s: answered with %d", name, what, status)
			}
		}
	}
	harness.Eventually(t, "all are parked", func() bool {
		var parked int
		s.read(&parked, `select count(*) from delivery where parked is not null and applied_at is null and body = any($1)`, sent)
		return parked == len(sent)
	})
}
