package resident

import (
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// overdueCard answers the word for an event whose card was waited for long enough and, by the word that upstream
// answered, is not there; "" for any other. The Digital Card Service tells nobody that it could not make a card. An
// update stays done: only its card failed.
func (s *Service) overdueCard(e *store.Event, word string, asOf time.Time) string {
	since, end := e.CreatedAt, failedWord
	switch {
	case e.RequestType == store.UpdateMyUIN && e.StatusDetail == identityUpdated:
		if word == failedWord {
			return onlyCardFailed(e)
		}
		since, end = e.UpdatedAt, dataUpdated
	case e.RequestType != store.VidCardDownload:
		return ""
	}
	if to, moves := forward(e, word); moves && to != store.InProgress || asOf.Sub(since) < s.Cards.Timeout || s.Cards.Timeout == 0 {
		return ""
	}
	code := string(UpstreamTimeout)
	e.ErrorCode = &code
	return end
}

// onlyCardFailed answers the word for an update that was made and whose card was not.
func onlyCardFailed(e *store.Event) string {
	code := string(UpstreamUnavailable)
	e.ErrorCode = &code
	return dataUpdated
}
