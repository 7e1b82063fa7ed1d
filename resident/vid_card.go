package resident

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// RequestVidCard asks for the card of one of the resident's live VIDs; photo reads the resident's photo as a data URI, ""
// for none. The card comes later: the event tells. The request has an id of ours, so that it can be asked about when no
// answer came; it is never sent again. While a card of the VID is being made, asking once more answers that one.
func (s *Service) RequestVidCard(ctx context.Context, who *Resident, key, number string,
	photo func(context.Context) (string, error)) (*store.Event, error) {
	if s.Credentials == nil {
		return nil, &Error{Code: UpstreamUnavailable}
	}
	var v *vid.Vid
	var card credential.VIDCard
	return s.do(ctx, who, write{
		mutation: "requestVidCard", key: key, input: upstream.RefHash(number), request: store.VidCardDownload,
		check: func(ctx context.Context) (err error) {
			if v, err = s.liveVid(ctx, who, number); err != nil {
				return err
			}
			if card, err = s.vidCard(ctx, who, v); err != nil {
				return err
			}
			card.Photo, err = photo(ctx)
			return err
		},
		prepare: func(e *store.Event) {
			refer(e, v)
			e.Attributes = []string{string(v.Type)}
			requestID := uuid.NewString()
			e.CredentialRequestID = &requestID
		},
		same: func(ctx context.Context, tx store.Tx, e *store.Event) (*store.Event, error) {
			return tx.OpenVidCard(ctx, e)
		},
		call: func(ctx context.Context, e *store.Event) (string, error) {
			err := s.Credentials.RequestAs(ctx, *e.CredentialRequestID, card.Request(s.Cards.Issuer))
			failpoint("vid_card.requested")
			return "NEW", err
		},
	})
}

// vidCard answers what the card of a VID shows, without the photo.
func (s *Service) vidCard(ctx context.Context, who *Resident, v *vid.Vid) (credential.VIDCard, error) {
	person, err := s.Identity.Read(ctx, who.UIN)
	if err != nil {
		return credential.VIDCard{}, err
	}
	card := credential.VIDCard{VID: v.Number, Type: string(v.Type), Masked: v.Masked(), TransactionLimit: v.TransactionLimit,
		DateOfBirth: s.Identity.BirthDate(person), Name: nameIn(person, Language(ctx)), GeneratedAt: s.cardTime(ctx, &v.CreatedAt),
		ExpiresAt: s.cardTime(ctx, v.ExpiresAt)}
	if v.TransactionLimit != nil {
		uses, err := s.VidUses(ctx, who, []*vid.Vid{v})
		if err != nil {
			return credential.VIDCard{}, err
		}
		left := max(0, *v.TransactionLimit-uses[v.Hash()])
		card.TransactionsLeft = &left
	}
	return card, nil
}

func (s *Service) cardTime(ctx context.Context, at *time.Time) string {
	if at == nil || at.IsZero() {
		return ""
	}
	return s.moment(ctx, *at)
}

// cardOfRevoked has the event of a card that fails say that its VID was revoked meanwhile, where nobody gave another
// reason than that there is no card: no waiting brings it.
func cardOfRevoked(ctx context.Context, tx store.Tx, e *store.Event, word string) error {
	if e.RequestType != store.VidCardDownload || e.UpstreamCode != nil {
		return nil
	}
	if to, moves := forward(e, word); !moves || to != store.Failed {
		return nil
	}
	revoked, err := tx.VidRevoked(ctx, e)
	if err == nil && revoked {
		code := string(Conflict)
		e.ErrorCode = &code
	}
	return err
}

// VidCards answers the newest card of each of some of the resident's VIDs by the VID's hash; VIDs whose card was never
// asked for are left out.
func (s *Service) VidCards(ctx context.Context, who *Resident, vids []*vid.Vid) (map[string]*Card, error) {
	hashes := make([]string, len(vids))
	for i, v := range vids {
		hashes[i] = v.Hash()
	}
	if len(hashes) == 0 {
		return nil, nil
	}
	events, err := s.Store.VidCards(ctx, who.TokenID, hashes)
	cards := make(map[string]*Card, len(events))
	for _, e := range events {
		cards[*e.RefHash] = cardOf(e)
	}
	return cards, err
}
