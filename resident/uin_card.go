package resident

import (
	"context"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
)

// FetchUinCard makes the resident's UIN card ready to be fetched. It is the card that was made when the identity was made
// or last updated. NOT_READY says that there is none yet: nothing is recorded then, for nothing happened.
func (s *Service) FetchUinCard(ctx context.Context, who *Resident, key string) (*store.Event, error) {
	if s.Credentials == nil || s.DataShare == nil {
		return nil, &Error{Code: UpstreamUnavailable}
	}
	var requestID string
	return s.do(ctx, who, write{
		mutation: "fetchUinCard", key: key, request: store.GetMyID,
		check: func(ctx context.Context) error {
			rid, err := s.Identity.RID(ctx, who.UIN)
			if err != nil {
				return err
			}
			requestID = rid + credential.CardSuffix
			if kept, err := s.keepsCard(ctx, who.TokenID, requestID); err != nil || kept {
				return err
			}
			status, err := s.Credentials.Status(ctx, requestID)
			if err != nil && !upstream.HasCode(err, credential.NotFound) {
				return err
			}
			if _, ready := status.CardURL(); !ready {
				return Refuse(NotReady)
			}
			return nil
		},
		prepare: func(e *store.Event) { e.CredentialRequestID = &requestID },
		resend:  true, // there is nothing to send
		call:    func(context.Context, *store.Event) (string, error) { return credential.Stored, nil },
	})
}

// keepsCard says whether the card of a credential request was fetched before and is kept here.
func (s *Service) keepsCard(ctx context.Context, tokenID, requestID string) (bool, error) {
	key := sharedCardKey(requestID)
	kept, err := s.Store.FilesKept(ctx, tokenID, []string{key}, s.Now().UTC())
	_, still := kept[key]
	return still, err
}
