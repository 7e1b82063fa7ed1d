package esignet

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// sandboxOTP is right for everybody, as in MOSIP's public sandboxes.
	sandboxOTP = "111111"
	maxWrong   = 5 // one-time passwords per transaction
	maxForm    = 64 << 10
)

// grant is what an authorization code stands for.
type grant struct {
	request   authorization
	person    string // the individual id as typed
	permitted []string
	at        time.Time // of the login
}

// login takes the form. A login that fails is shown on the page, so that the
// resident can try again; only its end, good or bad, goes to the relying party.
func (p *provider) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.page.refuse(w, http.StatusBadRequest, invalidRequest, "")
		return
	}
	t, ok := p.transactions.get(r.PostForm.Get("transaction"))
	if !ok {
		p.page.refuse(w, http.StatusBadRequest, invalidTransaction, "")
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		p.page.refuse(w, http.StatusBadRequest, invalidTransaction, "")
	case time.Now().After(t.ends):
		p.end(w, r, t, t.request.failure(transactionTimeout))
	case r.PostForm.Get("action") == "deny":
		p.end(w, r, t, t.request.failure(consentRejected))
	default:
		p.attempt(w, r, t)
	}
}

func (p *provider) attempt(w http.ResponseWriter, r *http.Request, t *transaction) {
	individualID := strings.TrimSpace(r.PostForm.Get("individualId"))
	switch err := p.authenticate(t, individualID, strings.TrimSpace(r.PostForm.Get("otp"))); {
	case err == nil:
		p.end(w, r, t, p.grant(t, individualID, r.PostForm))
	case errors.Is(err, noAttemptsLeft):
		t.over = true
		p.page.refuse(w, http.StatusForbidden, noAttemptsLeft, t.request.failure(noAttemptsLeft))
	case errors.Is(err, unknownError):
		p.page.form(w, t, http.StatusInternalServerError, unknownError, individualID)
	default:
		p.page.form(w, t, http.StatusUnauthorized, asCode(err), individualID)
	}
}

// authenticate checks the person and the OTP. The error is a code.
func (p *provider) authenticate(t *transaction, individualID, otp string) error {
	client := t.request.client.ID
	switch _, err := p.Resident(individualID); {
	case errors.Is(err, ErrUnknown) || individualID == "":
		return invalidIndividualID
	case errors.Is(err, ErrBlocked):
		p.Authenticated(individualID, client, false)
		return individualIDBlocked
	case err != nil:
		p.Log.Error("e-Signet: resident not read", "client", client)
		return unknownError
	}
	if subtle.ConstantTimeCompare([]byte(otp), []byte(sandboxOTP)) == 1 {
		p.Authenticated(individualID, client, true)
		return nil
	}
	p.Authenticated(individualID, client, false)
	t.wrong++
	if t.wrong >= maxWrong {
		return noAttemptsLeft
	}
	return invalidChallenge
}

// grant makes the authorization code and returns the redirect that carries it.
func (p *provider) grant(t *transaction, individualID string, form url.Values) string {
	permitted := t.request.scopes
	// Only the page's own form has boxes to leave unticked. A script that
	// posts nothing but the credentials permits everything.
	if form.Get("consent") == "form" || form.Has("scope") {
		permitted = slices.DeleteFunc(slices.Clone(permitted), func(scope string) bool {
			return !slices.Contains(form["scope"], scope)
		})
	}
	authorizationCode := rand.Text() + rand.Text()
	p.codes.add(authorizationCode, &grant{
		request: t.request, person: individualID, permitted: permitted, at: time.Now(),
	})
	q := url.Values{"code": {authorizationCode}, "iss": {p.Issuer}}
	if t.request.state != "" {
		q.Set("state", t.request.state)
	}
	return t.request.answer(q)
}

// end closes the transaction and sends the browser back.
func (p *provider) end(w http.ResponseWriter, r *http.Request, t *transaction, location string) {
	t.over = true
	noStore(w)
	http.Redirect(w, r, location, http.StatusFound)
}
