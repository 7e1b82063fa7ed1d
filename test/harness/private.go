package harness

import (
	"encoding/json"
	"regexp"
	"strings"
)

// otp matches the sandbox's one-time password where it stands alone; hexadecimal ids may hold its digits.
var otp = regexp.MustCompile(`(^|[^0-9a-zA-Z])111111([^0-9a-zA-Z]|$)`)

// duration matches how long a call took, in nanoseconds, which is any number now and then.
var duration = regexp.MustCompile(`"duration":[0-9]+`)

// keepPrivate fails the test when the server's log, or an error that it answered, holds anything that tells who a
// resident of the sandbox is.
func (s *Server) keepPrivate() {
	s.t.Helper()
	written := duration.ReplaceAllString(s.log.String(), "") + s.errors.String()
	for _, r := range s.Residents(s.t) {
		secrets := []string{r.UIN, r.Email, r.Phone}
		for _, v := range r.Vids {
			secrets = append(secrets, v.VID)
		}
		for _, name := range r.Names {
			secrets = append(secrets, name)
		}
		for _, secret := range secrets {
			if secret != "" && strings.Contains(written, secret) {
				s.t.Errorf("the log or an error tells who a resident is: %s", around(written, secret))
				return
			}
		}
	}
	if at := otp.FindStringIndex(written); at != nil {
		s.t.Errorf("the log or an error holds a one-time password: %s", around(written[max(0, at[0]-200):], "111111"))
	}
}

// keepErrors remembers the errors of an answer, at its top and in its payloads.
func (s *Server) keepErrors(a *Answer) {
	errors := []any{a.Errors}
	for _, payload := range a.Data {
		errors = append(errors, At(payload, "errors"))
	}
	raw, err := json.Marshal(errors)
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = s.errors.Write(raw)
}

// around answers where a secret stands, without the secret: residents of the sandbox are made up, but the habit counts.
func around(text, secret string) string {
	i := strings.Index(text, secret)
	return strings.ReplaceAll(text[max(0, i-200):min(len(text), i+len(secret)+100)], secret, "(secret)")
}
