package esignet

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
)

// push keeps an authorization request for one use (RFC 9126). Its errors are
// those of the token endpoint.
func (p *provider) push(w http.ResponseWriter, r *http.Request) {
	if !onlyPost(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || r.PostForm.Has("request_uri") {
		refuse(w, invalidRequest)
		return
	}
	client, ok := p.clients[r.PostForm.Get("client_id")]
	if !ok {
		refuse(w, invalidClientID)
		return
	}
	if err := p.authenticateClient(client, r.PostForm, p.Issuer+parPath, p.Issuer+tokenPath); err != nil {
		refuse(w, err)
		return
	}
	request, err := p.parse(r.PostForm)
	if err != nil {
		refuse(w, err)
		return
	}
	request.pushed = true
	uri := requestURI()
	p.pushed.add(uri, request)
	noStore(w)
	writeJSON(w, http.StatusCreated, map[string]any{
		"request_uri": uri, "expires_in": int(pushedLife.Seconds()),
	})
}

// requestURI is RFC 9126's form with 43 characters of base64url.
func requestURI() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails
	return "urn:ietf:params:oauth:request_uri:" + base64.RawURLEncoding.EncodeToString(random)
}
