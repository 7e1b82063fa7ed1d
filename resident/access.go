package resident

import (
	"context"

	"github.com/resident-graph/resident-graph/store"
)

// AccessKind is a way in which an identity is used.
type AccessKind string

// The ways in which an identity is used.
const (
	AccessAuthentication AccessKind = "AUTHENTICATION"
	AccessSignIn         AccessKind = "SIGN_IN"
	AccessShare          AccessKind = "SHARE"
	AccessCard           AccessKind = "CARD"
)

// Access answers how an event uses the identity, nil for one that does not. ID Authentication reports a sign-in here as
// an authentication at the relying party that we are to e-Signet.
func (s *Service) Access(ctx context.Context, e *store.Event) (*AccessKind, error) {
	kind := machines[e.RequestType].access
	switch {
	case kind == "":
		return nil, nil
	case kind != AccessAuthentication || s.RelyingParty == "":
		return &kind, nil
	}
	here := e.PartnerID != nil && *e.PartnerID == s.RelyingParty
	if e.PartnerID == nil && e.PartnerName != nil { // ID Authentication's own history names partners only
		us, err := s.References.Partner(ctx, s.RelyingParty)
		if err != nil {
			return nil, err
		}
		here = us != nil && us.Name == *e.PartnerName
	}
	if here {
		kind = AccessSignIn
	}
	return &kind, nil
}
