package resident

import (
	"context"
	"time"
)

// Revealed is a personal value that is shown whole, for a moment.
type Revealed struct {
	Value  string
	HideAt time.Time
}

// RevealAttribute answers an attribute as a format writes it, unmasked. It is audited before it is told. NOT_FOUND says
// that no such attribute can be chosen, or that the identity does not hold it; INVALID that the format is none of it.
func (s *Service) RevealAttribute(ctx context.Context, who *Resident, h Holder, name string, format *string) (*Revealed, error) {
	lang := Language(ctx)
	a, err := s.attributeNamed(ctx, name, lang)
	switch {
	case err != nil:
		return nil, err
	case a == nil || a.IsPhoto():
		return nil, Refuse(NotFound, "input", "name")
	case format != nil && !a.hasFormat(*format):
		return nil, Refuse(Invalid, "input", "format")
	}
	if err := s.mayReveal(ctx, who); err != nil {
		return nil, err
	}
	record, outcome := s.auditOfResident(who.TokenID, who.IndividualID, who.SignedInWith), "GET_INPUT_ATTRIBUTES_SUCCESS"
	record.Reference = a.Name
	value, err := a.Value(ctx, h, orEmpty(format), lang)
	if err == nil && value == "" {
		err = Refuse(NotFound, "input", "name")
	}
	if err != nil {
		outcome = "GET_INPUT_ATTRIBUTES_EXCEPTION"
	}
	if auditErr := s.Outgoing.audited(ctx, outcome, record); auditErr != nil && err == nil {
		return nil, auditErr
	}
	if err != nil {
		return nil, err
	}
	return &Revealed{Value: value, HideAt: s.Now().UTC().Add(revealFor)}, nil
}
