package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

var (
	authenticationFailed = kernelError{"KER-ATH-401", "Authentication Failed"}
	forbidden            = kernelError{"KER-ATH-403", "Forbidden"}
)

type callerKey struct{}

// caller returns the claims of the service token a guarded call came with.
func caller(ctx context.Context) *serviceClaims {
	claims, _ := ctx.Value(callerKey{}).(*serviceClaims)
	return claims
}

// require lets through calls whose cookie carries a valid token with one of
// the roles. A bearer header counts for nothing: MOSIP's adapter never reads it.
func (r *realm) require(roles []string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		token, ok := tokenCookie(req.Cookies())
		if !ok {
			unauthenticated(w, 2) // MOSIP's filter writes its document twice here
			return
		}
		claims, err := r.verify(token)
		if err != nil {
			unauthenticated(w, 1)
			return
		}
		if len(roles) > 0 && !slices.ContainsFunc(claims.RealmAccess.Roles, func(role string) bool {
			return slices.Contains(roles, role)
		}) {
			writeJSON(w, http.StatusForbidden, envelope{ResponseTime: now(), Errors: []kernelError{forbidden}})
			return
		}
		h.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), callerKey{}, claims)))
	})
}

// tokenCookie finds the cookie as the adapter does: by a name that contains
// "Authorization".
func tokenCookie(cookies []*http.Cookie) (string, bool) {
	for _, cookie := range cookies {
		if strings.Contains(cookie.Name, "Authorization") && cookie.Value != "" {
			return cookie.Value, true
		}
	}
	return "", false
}

// unauthenticated answers 401 with the error document, so many times.
func unauthenticated(w http.ResponseWriter, times int) {
	document := envelope{ResponseTime: now(), Errors: []kernelError{authenticationFailed}}
	writeJSON(w, http.StatusUnauthorized, document)
	for range times - 1 {
		_ = json.NewEncoder(w).Encode(document)
	}
}

// authorizeHub answers the hub's question who sent a cookie header. The hub
// splits cookies at "; " and takes the one called Authorization.
func (r *realm) authorizeHub(_ context.Context, cookieHeader string) (string, []string, error) {
	for part := range strings.SplitSeq(cookieHeader, "; ") {
		token, found := strings.CutPrefix(part, "Authorization=")
		if !found {
			continue
		}
		claims, err := r.verify(token)
		if err != nil {
			return "", nil, err
		}
		return claims.PreferredUsername, claims.RealmAccess.Roles, nil
	}
	return "", nil, errUnauthenticated
}
