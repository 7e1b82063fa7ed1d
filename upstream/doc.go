// Package upstream is the one way Resident Graph talks to MOSIP: transport, service token, kernel envelope,
// deadlines, retries, breaker. Each MOSIP service has a package of its own below this one that knows its
// wire format; none of them knows another.
//
//	Do → reads: retry → breaker → bulkhead → send (→ 401: fresh token, once more) → envelope → T
//	     writes:        breaker → bulkhead → send …
package upstream
