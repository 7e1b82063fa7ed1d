package resident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/store"
)

// revealFor is how long a value that was revealed, of a VID or of an attribute, is to be shown.
const revealFor = time.Minute

// RevealVid answers the number of one of the resident's live VIDs and when to hide it again. It is answered only once
// the record for the audit manager is safe. RATE_LIMITED says that the resident reveals too often, NOT_FOUND that the VID
// is not one of their live ones.
func (s *Service) RevealVid(ctx context.Context, who *Resident, number string) (value string, hideAt time.Time, err error) {
	record := s.auditOfResident(who.TokenID, number, store.VID)
	record.Reference = "revealVid"
	if err = s.mayReveal(ctx, who); err == nil {
		_, err = s.liveVid(ctx, who, number)
	}
	if err != nil {
		record.Reference += " " + string(AsError(err).Code)
		s.Outgoing.auditSoon("GET_VIDS_EXCEPTION", record)
		return "", time.Time{}, err
	}
	if err := s.Outgoing.audited(ctx, "GET_VIDS_SUCCESS", record); err != nil {
		return "", time.Time{}, fmt.Errorf("audit a reveal: %w", err)
	}
	return number, s.Now().UTC().Add(revealFor), nil
}

// mayReveal counts one value that the resident reveals, and refuses when there are too many or they cannot be counted.
func (s *Service) mayReveal(ctx context.Context, who *Resident) error {
	wait, err := s.Limiter.AllowReveal(ctx, who.TokenID)
	switch {
	case errors.Is(err, limits.ErrExceeded):
		return &Error{Code: RateLimited, RetryAfter: limits.Seconds(wait), err: err}
	case err != nil:
		return &Error{Code: UpstreamUnavailable, err: err}
	}
	return nil
}
