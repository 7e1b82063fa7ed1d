package session

import (
	"context"
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
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (m *Manager) begin(w http.ResponseWriter, r *http.Request) (target string, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), loginDeadline)
	defer cancel()
	md, err := m.provider.metadata(ctx)
	if err != nil {
		return "", fail(CodeProviderUnavailable, err)
	}
	t, tx := newTicket(), newTransaction(r.URL.Query().Get("return"))
	if err := m.store.saveLogin(ctx, t, tx); err != nil {
		return "", fail(CodeUnavailable, err)
	}
	m.cookies.set(w, m.cookies.login, t.cookie(), loginLife)
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(tx.Nonce),
		oauth2.S256ChallengeOption(tx.Verifier),
		oauth2.SetAuthURLParam("claims", claimsParameter),
	}
	if acr := m.wantedACR(r); acr != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", acr))
	}
	if locales := wantedLocales(r); locales != "" {
		options = append(options, oauth2.SetAuthURLParam("ui_locales", locales))
	}
	return m.oauth(md).AuthCodeURL(tx.State, options...), nil
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
