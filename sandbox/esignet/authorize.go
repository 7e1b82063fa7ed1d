package esignet

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// transaction is a login under way. Its id is a secret that only the form
// knows, which is what binds a post to the browser that opened the page.
type transaction struct {
	id      string
	request authorization
	ends    time.Time

	mu    sync.Mutex // one attempt at a time
	wrong int        // OTPs
	over  bool
}

// authorize checks the request and shows the login form. A refusal is a page
// with status 400: the relying party does not hear of it.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	request, err := p.requested(r.URL.Query())
	if err != nil {
		p.page.refuse(w, http.StatusBadRequest, asCode(err), "")
		return
	}
	t := &transaction{id: rand.Text(), request: request, ends: time.Now().Add(formLife)}
	p.transactions.add(t.id, t)
	p.page.form(w, t, http.StatusOK, "", "")
}

// requested takes the request out of the query or, by request_uri, out of what
// was pushed before. A request_uri is used up by the first try, whoever makes it.
func (p *provider) requested(q url.Values) (authorization, error) {
	if !q.Has("request_uri") {
		return p.parse(q)
	}
	request, ok := p.pushed.take(q.Get("request_uri"))
	if !ok || request.client.ID != q.Get("client_id") {
		return authorization{}, invalidRequest
	}
	return request, nil
}

// answer is where the browser goes with the outcome of a login.
func (a *authorization) answer(parameters url.Values) string {
	target, err := url.Parse(a.redirectURI)
	if err != nil {
		return a.redirectURI // a registered one that is no URL goes nowhere anyhow
	}
	q := target.Query()
	for name, values := range parameters {
		q[name] = values
	}
	target.RawQuery = q.Encode()
	return target.String()
}

// failure is the redirect after a login that came to nothing. e-Signet's page
// takes state from its own address, where there is none after PAR, and then
// sends the word null.
func (a *authorization) failure(c code) string {
	state := a.state
	if state == "" || a.pushed {
		state = "null"
	}
	return a.answer(url.Values{
		"error": {string(c)}, "error_description": {text(c)}, "state": {state},
	})
}
