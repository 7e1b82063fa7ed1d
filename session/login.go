package session

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// claimsParameter asks for what the portal shows, all in UserInfo (OIDC Core 5.5).
const claimsParameter = `{"userinfo":{"name":{"essential":true},"picture":{"essential":true},` +
	`"email":{"essential":true},"phone_number":{"essential":true},"individual_id":{"essential":true}}}`

// loginDeadline covers discovery and Redis.
const loginDeadline = 15 * time.Second

// login starts an authorization code flow and sends the browser to e-Signet.
func (m *Manager) login(w http.ResponseWriter, r *http.Request) {
	private(w)
	if err := requireNavigation(r); err != nil {
		m.refuse(w, r, err)
		return
	}
	target, err := m.begin(w, r)
	if err != nil {
		m.refuse(w, r, err)
		return
	}
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // to the discovered provider
}

func (m *Manager) begin(w http.ResponseWriter, r *http.Request) (target string, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), loginDeadline)
	defer cancel()
	md, err := m.provider.metadata(ctx)
	if err != nil {
		return "", fail(CodeProviderUnavailable, err)
	}
	tx := newTransaction(r.URL.Query().Get("return"))
	if target, err = m.authorization(ctx, md, tx, r); err != nil {
		return "", err
	}
	t := newTicket()
	if err := m.store.saveLogin(ctx, t, tx); err != nil {
		return "", fail(CodeUnavailable, err)
	}
	m.cookies.set(w, m.cookies.login, t.cookie(), loginLife)
	return target, nil
}

// authorization is where the browser signs in: by reference to a pushed request where the provider takes those, else
// with the whole request in the address.
func (m *Manager) authorization(ctx context.Context, md *metadata, tx *transaction, r *http.Request) (string, error) {
	whole := m.oauth(md).AuthCodeURL(tx.State, m.parameters(tx, r)...)
	if md.push == "" {
		return whole, nil
	}
	reference, err := m.push(ctx, md, whole)
	switch {
	case !errors.Is(err, errPushUnavailable):
		return reference, err
	case md.pushOnly:
		return "", fail(CodeProviderUnavailable, err)
	}
	m.log.WarnContext(ctx, "authorization request not pushed", "error", err)
	tx.Nonce = randomText() // e-Signet may have seen the request, and takes a nonce once
	return m.oauth(md).AuthCodeURL(tx.State, m.parameters(tx, r)...), nil
}

func (m *Manager) parameters(tx *transaction, r *http.Request) []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(tx.Nonce),
		oauth2.S256ChallengeOption(tx.Verifier),
		oauth2.SetAuthURLParam("claims", claimsParameter),
	}
	if acr := m.wantedACR(r); acr != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", acr))
	}
	if r.URL.Query().Get("fresh") == "true" {
		// max_age makes a provider say when it asked (OIDC Core 2, auth_time); e-Signet says so anyway.
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	if locales := wantedLocales(r); locales != "" {
		options = append(options, oauth2.SetAuthURLParam("ui_locales", locales))
	}
	return options
}

func (m *Manager) oauth(md *metadata) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    m.cfg.ClientID,
		Endpoint:    md.endpoint,
		RedirectURL: m.cfg.PublicURL + "/auth/callback",
		Scopes:      m.cfg.Scopes,
	}
}

// wantedACR is ?acr when it is one that we know, else what is configured. A login that reaches less is still a
// login; whoever needs more looks at the session's ACR.
func (m *Manager) wantedACR(r *http.Request) string {
	acr := r.URL.Query().Get("acr")
	if slices.Contains(m.cfg.ACRValues, acr) || loginMode(acr) != acr {
		return acr
	}
	return strings.Join(m.cfg.ACRValues, " ")
}

func wantedLocales(r *http.Request) string {
	var locales []string
	for _, tag := range wantedLanguages(r) {
		locales = append(locales, tag.String())
	}
	return strings.Join(locales, " ")
}

// refuse shows why a login failed.
func (m *Manager) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if m.cfg.OnLoginFailed != nil {
		m.cfg.OnLoginFailed(r.Context(), codeOf(err))
	}
	m.explain(w, r, err)
}

// explain shows the code of err; its cause is for the operator's log.
func (m *Manager) explain(w http.ResponseWriter, r *http.Request, err error) {
	code := codeOf(err)
	m.log.WarnContext(r.Context(), "sign-in or sign-out refused", "code", code, "cause", err)
	errorPage(w, r, code)
}
