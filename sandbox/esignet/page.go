package esignet

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

// page draws the login form and the refusals. It needs no script.
type page struct {
	html  *template.Template
	style string // CSP source of the one style sheet
}

func newPage() page {
	sum := sha256.Sum256([]byte(pageCSS))
	return page{
		html:  template.Must(template.New("page").Parse(pageHTML)),
		style: "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
}

// view is what page.html draws: a form when Transaction is set.
type view struct {
	CSS          template.CSS
	Client       string
	Transaction  string
	IndividualID string
	ACR          string // when it is not a one-time password
	Scopes       []string
	Claims       []string
	Code         code
	Message      string
	Return       string // back to the relying party
}

// form shows the form of t, after a failed attempt with its error.
func (p page) form(w http.ResponseWriter, t *transaction, status int, failed code, individualID string) {
	v := view{
		Client: t.request.client.ID, Transaction: t.id, IndividualID: individualID,
		Scopes: t.request.scopes, Claims: t.request.claims, Code: failed,
	}
	if t.request.acr != generatedCode {
		v.ACR = t.request.acr
	}
	p.draw(w, status, v, t.request.redirectURI)
}

// refuse shows a page that ends here, with a way back to the relying party
// where one is known to be right.
func (p page) refuse(w http.ResponseWriter, status int, why code, back string) {
	p.draw(w, status, view{Code: why, Return: back}, "")
}

func (p page) draw(w http.ResponseWriter, status int, v view, redirectURI string) {
	v.CSS, v.Message = template.CSS(pageCSS), text(v.Code)
	var html bytes.Buffer
	if err := p.html.Execute(&html, v); err != nil {
		http.Error(w, string(unknownError), http.StatusInternalServerError)
		return
	}
	// A browser applies form-action to the redirect after a post as well.
	action := "'self'"
	if target, err := url.Parse(redirectURI); err == nil && target.Host != "" {
		action += " " + target.Scheme + "://" + target.Host
	}
	noStore(w)
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+p.style+
		"; form-action "+action+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = html.WriteTo(w) // an error means that the browser has gone
}

// text is what a person reads for a code.
func text(c code) string {
	switch c {
	case "":
		return ""
	case invalidIndividualID:
		return "There is no such UIN or VID."
	case individualIDBlocked:
		return "This UIN or VID cannot be used to sign in."
	case invalidChallenge:
		return "The one-time password is wrong."
	case noAttemptsLeft:
		return "The one-time password was wrong too many times."
	case transactionTimeout:
		return "The sign-in took too long."
	case invalidTransaction:
		return "This sign-in is over or was never started here."
	case consentRejected:
		return "The sign-in was declined."
	case unknownError:
		return "Something went wrong here. Please try again."
	}
	return "The service that sent you here asked in a way that e-Signet refuses."
}
