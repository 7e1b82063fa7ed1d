package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
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
	return r.linkTo(ctx, obj.Ref(), "card-"+obj.Event.EventID+".pdf", "application/pdf")
}
