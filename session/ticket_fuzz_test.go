package session

import "testing"

// FuzzCookie looks for a cookie that the parser takes and that is not the ticket's own text: two cookies for one
// session could get past what compares them.
func FuzzCookie(f *testing.F) {
	f.Add("")
	f.Add(newTicket().cookie())
	f.Add(newTicket().cookie() + "=")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseTicket(text)
		if err == nil && parsed.cookie() != text {
			t.Errorf("%q is taken for %q", text, parsed.cookie())
		}
	})
}
