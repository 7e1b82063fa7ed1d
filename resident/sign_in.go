package resident

import (
	"context"
	"errors"

	"github.com/resident-graph/resident-graph/store"
)

// ErrNobody says that ID Repository knows no active resident behind an id.
var ErrNobody = errors.New("no active resident behind this id")

// vidLength is MOSIP's mosip.kernel.vid.length.
const vidLength = 16

// WhoIs answers the UIN behind what was typed at e-Signet, and the kind of id that it was. ID Repository decides; it
// answers identities whatever their status, so the status is looked at here.
func (s *Service) WhoIs(ctx context.Context, individualID string) (uin string, kind store.IDKind, err error) {
	found, err := s.Identity.Read(ctx, individualID)
	switch {
	case turnedDown(err):
		return "", "", ErrNobody
	case err != nil:
		return "", "", err
	case found.UIN == "" || !found.Active():
		return "", "", ErrNobody
	case individualID == found.UIN:
		return found.UIN, store.UIN, nil
	case len(individualID) == vidLength:
		return found.UIN, store.VID, nil
	}
	return found.UIN, store.AID, nil
}
