package faults

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strings"
	"sync"
	"testing"
	"time"
)

// sign answers the value of X-Hub-Signature.
func sign(method string, new func() hash.Hash, secret, body []byte) string {
	mac := hmac.New(new, secret)
	mac.Write(body)
	return method + "=" + hex.EncodeToString(mac.Sum(nil))
}

// sign256 answers the signature that hubs send.
func sign256(secret, body []byte) string { return sign("sha256", sha256.New, secret, body) }

// forgery is a delivery that must not be taken: where it goes, its body and its signatures.
type forgery struct {
	to         hook
	body       []byte
	signatures []string
}

// forgeries makes each kind of forgery of a message, by name.
func forgeries(hooks map[string]hook, body []byte) map[string]forgery {
	h, other := hooks[transactions], hooks[credentials]
	good := sign256(h.secret, body)
	flipped := []byte(strings.Replace(string(body), `"statusCode":"Y"`, `"statusCode":"X"`, 1)) // one bit
	all := map[string]forgery{
		"another topic's callback": {other, body, []string{good}},
		"one bit flipped":          {h, flipped, []string{good}},
		"a line feed more":         {h, append([]byte("\n"), body...), []string{good}},
		"no signature":             {h, body, nil},
	}
	for name, signatures := range map[string][]string{
		"an empty signature":       {""},
		"no method":                {strings.TrimPrefix(good, "sha256=")},
		"no digits":                {"sha256="},
		"a wrong secret":           {sign256([]byte("guess"), body)},
		"an empty secret":          {sign256(nil, body)},
		"another topic's secret":   {sign256(other.secret, body)},
		"SHA-1":                    {sign("sha1", sha1.New, h.secret, body)},
		"SHA-1 called SHA-256":     {"sha256" + strings.TrimPrefix(sign("sha1", sha1.New, h.secret, body), "sha1")},
		"SHA-512 called SHA-256":   {sign("sha256", sha512.New, h.secret, body)},
		"SHA-256 called SHA-512":   {sign("sha512", sha256.New, h.secret, body)},
		"an unknown method":        {sign("md5", sha256.New, h.secret, body)},
		"method none":              {"none="},
		"a short signature":        {good[:len(good)-2]},
		"a long signature":         {good + "00"},
		"no hexadecimal":           {good[:len(good)-1] + "g"},
		"a hash without a secret":  {fmt.Sprintf("sha256=%x", sha256.Sum256(body))},
		"two signatures":           {good, sign256([]byte("guess"), body)},
		"two signatures, good one": {sign256([]byte("guess"), body), good},
		"a list of signatures":     {good + ", " + good},
	} {
		all[name] = forgery{h, body, signatures}
	}
	return all
}

// TestForgedMessages (F14) forges messages in every way. None is taken, and all are answered alike.
func TestForgedMessages(t *testing.T) {
	t.Parallel()
	want := size("FAULT_FORGERIES", 2000)
	w := start(t, 2)
	w.follow(w.people[0])
	before, hooks := w.authentications(), w.hooks()
	var mu sync.Mutex
	answers, sent := map[string]string{}, 0
	var forgers sync.WaitGroup
	for forger := range 4 {
		forgers.Go(func() {
			for n := 0; ; n++ {
				body, _ := json.Marshal(w.authenticated(w.people[0], fmt.Sprintf("forged-%d-%d", forger, n), time.Now()))
				for name, f := range forgeries(hooks, body) {
					mu.Lock()
					sent++
					over := sent > want
					mu.Unlock()
					if over {
						return
					}
					status, rest := w.deliver(f.to, f.body, f.signatures, false)
					mu.Lock()
					answers[fmt.Sprint(status, rest)] = name
					mu.Unlock()
				}
			}
		})
	}
	forgers.Wait()
	if len(answers) != 1 {
		t.Errorf("forgeries are told apart: %q", answers)
	}
	// The same message, signed in the ways that are right.
	h := hooks[transactions]
	for i, signature := range []func([]byte) string{
		func(b []byte) string { return sign256(h.secret, b) },
		func(b []byte) string { return sign("sha384", sha512.New384, h.secret, b) },
		func(b []byte) string { return sign("sha512", sha512.New, h.secret, b) },
		func(b []byte) string { return strings.ToUpper(sign256(h.secret, b)) },
	} {
		body, _ := json.Marshal(w.authenticated(w.people[0], fmt.Sprintf("genuine-%d", i), time.Now()))
		if status, _ := w.deliver(h, body, []string{signature(body)}, true); status/100 != 2 {
			t.Errorf("genuine message %d was answered %d", i, status)
		}
	}
	a := w.account()
	if n := w.authentications() - before; n != 4 {
		t.Errorf("%d authentications in the history, want the 4 genuine ones", n)
	}
	report(t, "F14", want, a.Faults(), nil, "")
}
