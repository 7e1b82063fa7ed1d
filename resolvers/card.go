package resolvers

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

type card struct{ *Resolver }

// Card answers the resolvers of Card.
func (r *Resolver) Card() graph.CardResolver { return card{r} }

// Card answers the card that an event is about.
func (r event) Card(ctx context.Context, obj *store.Event) (*resident.Card, error) {
	return loadersOf(ctx).cards.of(obj, func(events []*store.Event) (map[string]*resident.Card, error) {
		return r.Service.CardsOf(ctx, obj.TokenID, events)
	})
}

// File answers a link to the card, while it can be fetched.
func (r card) File(ctx context.Context, obj *resident.Card) (*graph.FileLink, error) {
	if obj.State != resident.CardReady && obj.State != resident.CardDownloaded {
		return nil, nil
	}
	caller, err := graph.CallerOf(ctx)
	if err != nil || obj.ShowsVid() && !caller.HasScope("Manage-VID") {
		return nil, err
	}
	return r.linkTo(ctx, obj.Ref(), obj.FileName(), pdfType)
}

// PasswordRule answers how the password of the card is found.
func (r card) PasswordRule(ctx context.Context, obj *resident.Card) (*string, error) {
	return r.Service.PasswordRule(ctx, obj), nil
}

// Card answers the card of the VID that was asked for last.
func (r vidType) Card(ctx context.Context, obj *vid.Vid) (*resident.Card, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	cards, err := loadersOf(ctx).vidCards.Load(ctx, viewer.TokenID)()
	if err != nil {
		return nil, err
	}
	return cards[obj.Hash()], nil
}

// RequestVidCard asks for the card of a VID.
func (r mutation) RequestVidCard(ctx context.Context, input graph.RequestVidCardInput) (*graph.CardPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	number, err := r.openHandle(viewer, "Vid", input.VidID, "vidId")
	if err != nil {
		refusals, err := refused(ctx, err)
		return &graph.CardPayload{Errors: refusals}, err
	}
	e, err := r.Service.RequestVidCard(ctx, viewer, input.IdempotencyKey, number, r.photo)
	return r.cardPayload(ctx, e, err)
}

// FetchUinCard makes the UIN card ready to be fetched.
func (r mutation) FetchUinCard(ctx context.Context, input graph.FetchUinCardInput) (*graph.CardPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	e, err := r.Service.FetchUinCard(ctx, viewer, input.IdempotencyKey)
	return r.cardPayload(ctx, e, err)
}

// cardPayload answers what became of a request for a card.
func (r *Resolver) cardPayload(ctx context.Context, e *store.Event, err error) (*graph.CardPayload, error) {
	refusals, err := refused(ctx, err)
	payload := &graph.CardPayload{Event: e, Errors: refusals}
	if err != nil || e == nil {
		return payload, err
	}
	cards, err := r.Service.CardsOf(ctx, e.TokenID, []*store.Event{e})
	payload.Card = cards[e.EventID]
	return payload, err
}

// photo answers the photo that came with the sign-in as a data URI, "" when none came.
func (r *Resolver) photo(ctx context.Context) (string, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil {
		return "", err
	}
	picture, mediaType, err := r.Sessions.Picture(ctx, s)
	switch {
	case errors.Is(err, session.ErrNoPicture):
		return "", nil
	case err != nil:
		return "", resident.Wrap(resident.UpstreamUnavailable, err)
	}
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(picture), nil
}
