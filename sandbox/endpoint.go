package sandbox

import (
	"net/http"
)

// maxBody bounds what any service reads of a request.
const maxBody = 4 << 20

// endpoint is one operation of one MOSIP service.
type endpoint struct {
	service string   // name in the call counts and in the faults
	pattern string   // ServeMux pattern, method first
	access  access   // who may call it
	roles   []string // with serviceToken: any one of these; none means any valid token
	handle  http.HandlerFunc
}

// access says how a service looks at its caller.
type access int

const (
	serviceToken access = iota // the cookie Authorization, as every kernel service wants it
	open                       // the service decides itself, or serves everybody
)

// guarded wraps an endpoint in what stands before every service: the journal, the count,
// the fault that is switched on for it, the limit on bodies, the token check.
func (s *Sandbox) guarded(e endpoint) http.Handler {
	var h http.Handler = e.handle
	if e.access == serviceToken {
		h = s.realm.require(e.roles, h)
	}
	return s.arrivals(e.pattern, s.observed(e.service, func(*http.Request) string { return e.pattern }, h))
}

// observed counts a call under its label and lets the service's fault have it.
func (s *Sandbox) observed(service string, label func(*http.Request) string, h http.Handler) http.Handler {
	faulty := s.faults.wrap(service, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.count(service, label(r))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		faulty.ServeHTTP(w, r)
	})
}
