package resident

import (
	"context"
	"slices"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// CardState is how a card stands.
type CardState string

// The states of a card.
const (
	CardPreparing  CardState = "PREPARING"
	CardReady      CardState = "READY"
	CardDownloaded CardState = "DOWNLOADED"
	CardFailed     CardState = "FAILED"
	CardExpired    CardState = "EXPIRED"
)

// Card is the card that an event is about.
type Card struct {
	State CardState
	// Failure is why there will be no card; nil unless State is CardFailed or CardExpired.
	Failure *ErrorCode
	Event   *store.Event
}

// CardFile is the kind of a card's file.
const CardFile FileKind = "card"

// Ref answers what a link to the card's file leads to.
func (c *Card) Ref() FileRef {
	key := cardKey(c.Event.EventID)
	if id := cardRequestID(c.Event); id != "" { // events about one request share its file: it can be fetched a few times only
		key = sharedCardKey(id)
	}
	return FileRef{Kind: CardFile, Key: key, EventID: c.Event.EventID}
}

// FileName answers under what name the card's file is saved.
func (c *Card) FileName() string { return "card-" + c.Event.EventID + ".pdf" }

// ShowsVid says whether a VID can be read on the card: then it needs the consent for VIDs too.
func (c *Card) ShowsVid() bool {
	return c.Event.RequestType == store.VidCardDownload || slices.Contains(c.Event.Attributes, PerpetualVidAttribute)
}

// cardKey is under what a card that was made here is kept.
func cardKey(eventID string) string { return "card/" + eventID }

// sharedCardKey is under what a card that was fetched is kept, which events about one credential request share.
func sharedCardKey(requestID string) string { return "card/" + upstream.RefHash(requestID) }

// The words of an event whose card can be fetched, and of one whose card was.
var readyWords = []string{"STORED", cardReady, "OTP_VERIFIED", cardDownloaded}

const (
	cardReady      = "CARD_READY_TO_DOWNLOAD"
	cardDownloaded = "CARD_DOWNLOADED"
	dataUpdated    = "DATA_UPDATED"
)

// CardsOf answers the cards of some of the resident's events by event id, in at most one statement; events that are
// about none are left out.
func (s *Service) CardsOf(ctx context.Context, tokenID string, events []*store.Event) (map[string]*Card, error) {
	cards, keys := map[string]*Card{}, []string{}
	for _, e := range events {
		if c := cardOf(e); c != nil {
			cards[e.EventID] = c
			if c.madeHere() {
				keys = append(keys, cardKey(e.EventID))
			}
		}
	}
	if len(keys) == 0 {
		return cards, nil
	}
	kept, err := s.Store.FilesKept(ctx, tokenID, keys, s.Now().UTC())
	if err != nil {
		return nil, err
	}
	for _, c := range cards {
		if _, still := kept[cardKey(c.Event.EventID)]; c.madeHere() && !still {
			c.expire()
		}
	}
	return cards, nil
}

// cardOf answers the card of an event as the event tells it, nil for one that is about none.
func cardOf(e *store.Event) *Card {
	c := &Card{State: CardPreparing, Event: e}
	switch {
	case machines[e.RequestType].access != AccessCard && e.RequestType != store.UpdateMyUIN, e.RequestType == store.OrderPhysicalCard:
		return nil
	case e.Status == store.Failed, e.Status == store.Canceled:
		c.State, c.Failure = CardFailed, failureOf(e)
	case e.StatusDetail == dataUpdated && e.ErrorCode != nil: // the update was made, its card never came
		c.State, c.Failure = CardFailed, failureOf(e)
	case e.Status == store.Success && e.ErrorCode != nil: // what was ready could not be fetched any more
		c.expire()
	case e.StatusDetail == cardDownloaded:
		c.State = CardDownloaded
	case slices.Contains(readyWords, e.StatusDetail):
		c.State = CardReady
	}
	return c
}

// madeHere says that the card's file is made when it is asked for, and kept for a while: no service has another.
func (c *Card) madeHere() bool {
	return c.Event.RequestType == store.DownloadPersonalizedCard && (c.State == CardReady || c.State == CardDownloaded)
}

func (c *Card) expire() {
	code := Expired
	c.State, c.Failure = CardExpired, &code
}

// failureOf answers why an event failed.
func failureOf(e *store.Event) *ErrorCode {
	code := UpstreamUnavailable
	if e.ErrorCode != nil {
		code = ErrorCode(*e.ErrorCode)
	}
	return &code
}
