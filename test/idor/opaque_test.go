package idor

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestHandlesAreOpaqueAndStable reads every handle that the schema can give, twice and in two browsers.
func TestHandlesAreOpaqueAndStable(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	r := residents(t, s, 1)[0]
	p := settle(t, s, r)
	for _, h := range p.handles {
		for secret, form := range hidden(r) {
			for _, text := range readings(h.value) {
				if strings.Contains(text, secret) {
					t.Errorf("%s at %s holds %s", h.giver, h.path, form)
				}
			}
		}
	}
	for name, c := range map[string]*harness.Client{"read again": p.Client, "with another browser": s.SignIn(t, r.UIN), "signed in with a VID": s.SignIn(t, r.Vids[0].VID)} {
		later := harvest(t, c)
		for _, giver := range []string{"Resident.id", "Vid.id", "Event.id", "Event.eventId", "Partner.id"} {
			for _, h := range p.handles {
				if h.giver == giver && !strings.HasPrefix(h.path, "eventChanged.") && !known(c, later, h) {
					t.Errorf("%s: %s at %s is another one, or names nothing", name, h.giver, h.path)
				}
			}
		}
	}
}

// known says whether a handle is among those that were read later, or still names something where lists have moved on.
func known(c *harness.Client, later []handle, h handle) bool {
	if slices.ContainsFunc(later, func(l handle) bool { return l.giver == h.giver && l.value == h.value }) {
		return true
	}
	if h.giver == "Event.eventId" {
		return harness.At(c.Must(`query ($id: EventID!) { viewer { event(eventId: $id) { eventId } } }`, map[string]any{"id": h.value}), "viewer", "event", "eventId") == h.value
	}
	return harness.At(c.Must(`query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": h.value}), "node", "id") == h.value
}

// hidden answers the forms in which who a resident is could stand in a handle, each with its name.
func hidden(r harness.Resident) map[string]string {
	forms := map[string]string{r.Email: "the e-mail address", r.Phone: "the phone number"}
	for _, name := range r.Names {
		forms[name] = "a name"
	}
	numbers := map[string]string{r.UIN: "the UIN"}
	for _, v := range r.Vids {
		numbers[v.VID] = "a VID"
	}
	for number, what := range numbers {
		forms[number] = what
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			continue
		}
		forms[reversed(number)] = what + ", backwards"
		forms[string(binary.BigEndian.AppendUint64(nil, n)[3:])] = what + " in bytes"
		forms[string(binary.LittleEndian.AppendUint64(nil, n)[:5])] = what + " in bytes"
		forms[new(big.Int).SetUint64(n).Text(36)] = what + " to the base of 36"
		forms[strconv.FormatUint(n, 16)] = what + " in hexadecimal"
		packed, _ := hex.DecodeString(number)
		forms[string(packed)] = what + " in packed decimals"
		m, s1, s2, s5 := md5.Sum([]byte(number)), sha1.Sum([]byte(number)), sha256.Sum256([]byte(number)), sha512.Sum512([]byte(number))
		for _, sum := range [][]byte{m[:], s1[:], s2[:], s5[:]} {
			// The first bytes are enough: a shortened hash can be guessed as well as a whole one.
			forms[string(sum[:8])], forms[hex.EncodeToString(sum[:8])] = what+", hashed", what+", hashed"
		}
	}
	delete(forms, "")
	return forms
}

// readings answers a handle as it is, in hexadecimal, and decoded from base64, whole and in parts, twice over.
func readings(value string) []string {
	all := []string{value}
	for range 2 {
		for _, text := range slices.Clone(all) {
			for _, part := range append(strings.FieldsFunc(text, func(c rune) bool { return c == '/' || c == '_' || c == '.' }), text, value[strings.IndexAny(value, "_/")+1:]) {
				for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
					if raw, err := encoding.DecodeString(strings.TrimRight(part, "=")); err == nil {
						all = append(all, string(raw), hex.EncodeToString(raw))
					}
				}
			}
		}
	}
	return all
}

func reversed(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}
