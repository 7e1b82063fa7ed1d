package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Authenticate returns a context in which the holder of a bearer token asks; authorization is the value of an
// Authorization header, `Bearer` and the token, as it also comes in the payload of connection_init. The error is
// ErrTwoCredentials where ctx has a caller already or came with a session cookie, ErrBearerInvalid for a token that is
// not good, and ErrBearerUnavailable where that could not be found out.
func (m *Manager) Authenticate(ctx context.Context, authorization string) (context.Context, error) {
	if p := presenceOf(ctx); p.session != nil || p.caller != nil || p.ended || p.unavailable {
		return nil, ErrTwoCredentials
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, fmt.Errorf("%w: not a bearer token", ErrBearerInvalid)
	}
	caller, err := m.callerOf(ctx, strings.TrimSpace(token))
	switch {
	case err == nil:
		return WithCaller(ctx, caller), nil
	case unanswered(err), errors.Is(err, errLookup):
		return nil, fmt.Errorf("%w: %w", ErrBearerUnavailable, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrBearerInvalid, err)
}

// callerOf tells who a token stands for, see BearerIssuer.Kinds.
func (m *Manager) callerOf(ctx context.Context, raw string) (*Caller, error) {
	from, claims, err := m.bearer.verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	caller := &Caller{Bearer: true, Issuer: from.Issuer, Subject: claims.subject, ExpiresAt: claims.ends,
		Scopes: strings.Fields(claims.text("scope"))}
	may := func(kind CallerKind) bool { return slices.Contains(from.Kinds, kind) }
	roles := realmRoles(claims.fields)
	switch {
	case may(CallerOperator) && slices.Contains(roles, from.OperatorRole):
		caller.Kind, caller.Roles = CallerOperator, roles
	case may(CallerResident) && (claims.text("individual_id") != "" || from.userInfo != nil):
		caller.Kind = CallerResident
		caller.Session, err = m.residentOf(ctx, from, claims)
		if err != nil {
			return nil, err
		}
		caller.Scopes = caller.Session.Scopes
	case may(CallerPartner) && claims.text(from.PartnerClaim) != "":
		caller.Kind, caller.PartnerID = CallerPartner, claims.text(from.PartnerClaim)
	default:
		return nil, errors.New("stands for nobody that the issuer may speak for")
	}
	return caller, nil
}

// realmRoles are Keycloak's realm_access.roles.
func realmRoles(fields map[string]any) []string {
	access, _ := fields["realm_access"].(map[string]any)
	listed, _ := access["roles"].([]any)
	var roles []string
	for _, role := range listed {
		if text, ok := role.(string); ok {
			roles = append(roles, text)
		}
	}
	return roles
}
