package resident

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// SignIn is a resident who has just signed in, or out.
type SignIn struct {
	TokenID, UIN, IndividualID string
	With                       store.IDKind
	Until                      time.Time // the end of the session, whatever happens
}

// SignedIn keeps that a resident signed in and has their history compared with ID Authentication's while the session
// lasts.
func (r *Reconciler) SignedIn(ctx context.Context, in SignIn, at time.Time) error {
	s := r.service
	if err := s.Store.RecordLogin(ctx, in.TokenID, at); err != nil {
		return err
	}
	if err := s.Outgoing.audited(ctx, "LOGIN_REQ_SUCCESS", s.auditOfResident(in.TokenID, in.IndividualID, in.With)); err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(ctx, []byte(in.UIN))
	if err != nil {
		return err
	}
	return s.Store.WatchHistory(ctx, in.TokenID, sealed, s.Now().UTC().Add(r.config.HistoryFirst), in.Until)
}

// SignInFailed has a record written that somebody could not sign in, with the code of the failure. It goes with the
// next batch: anybody can fail as often as they like, and must not fill a table one row at a time.
func (s *Service) SignInFailed(code string) {
	s.Outgoing.auditSoon("LOGIN_REQ_FAILURE", auditRecord{At: s.Now().UTC(), Reference: code})
}

// SignedOut has a record written that a resident signed out.
func (s *Service) SignedOut(ctx context.Context, out SignIn) {
	record := s.auditOfResident(out.TokenID, out.IndividualID, out.With)
	if err := s.Outgoing.audited(context.WithoutCancel(ctx), "LOGOUT_REQ_SUCCESS", record); err != nil {
		s.Log.ErrorContext(ctx, "sign-out not audited", "error", err)
	}
}
