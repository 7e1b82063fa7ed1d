package resolvers

import (
	"context"
	"strconv"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

// CreatePersonalizedCard makes a card of what the resident chose.
func (r mutation) CreatePersonalizedCard(ctx context.Context, input graph.CreatePersonalizedCardInput) (*graph.CardPayload, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	h, err := holderOf(ctx)
	if err != nil {
		return nil, err
	}
	for i, a := range input.Attributes {
		if !maySee(ctx, a.Name) {
			refusals, err := refused(ctx, resident.Refuse(resident.ConsentRequired, "input", "attributes", strconv.Itoa(i), "name"))
			return &graph.CardPayload{Errors: refusals}, err
		}
	}
	from := resident.CardSource{Holder: h, Fresh: func() error { return graph.RequireFresh(s, r.Sessions, r.FreshFor, r.Now()) }}
	if s.HasPicture {
		from.Photo = func(ctx context.Context) ([]byte, error) {
			picture, _, err := r.Sessions.Picture(ctx, s)
			return picture, err
		}
	}
	made, err := r.Service.CreatePersonalizedCard(ctx, residentOf(s), from, input.IdempotencyKey,
		resident.PersonalizedCardRequest{Attributes: input.Attributes, Lang: input.Lang})
	if resident.AsError(err).Code == resident.StepUpRequired { // with the sign-in URL, as for a reveal
		return nil, err
	}
	refusals, err := refused(ctx, err)
	if err != nil || made == nil {
		return &graph.CardPayload{Event: made, Errors: refusals}, err
	}
	cards, err := r.Service.CardsOf(ctx, s.TokenID, []*store.Event{made})
	return &graph.CardPayload{Event: made, Card: cards[made.EventID], Errors: refusals}, err
}
