package resident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/resident-graph/resident-graph/store"
)

// firstResult answers what to keep with the key of a write beside its event, so that a repeat answers the same: the
// sentence that told a refusal, and what the write answered, sealed.
func (s *Service) firstResult(ctx context.Context, w write, refused error) (first store.FirstResult, err error) {
	if refused != nil {
		first.Sentence = nonEmpty(AsError(refused).sentence)
	}
	if w.answer == nil {
		return first, nil
	}
	plain, err := json.Marshal(w.answer)
	if err != nil {
		return first, fmt.Errorf("first result: %w", err)
	}
	first.Result, err = s.Vault.Seal(ctx, plain)
	return first, err
}

// answerAgain fills in what the first call answered.
func (s *Service) answerAgain(ctx context.Context, w write, first store.FirstResult) error {
	if w.answer == nil || first.Result == nil {
		return nil
	}
	plain, err := s.Vault.Open(ctx, first.Result)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, w.answer); err != nil {
		return fmt.Errorf("first result: %w", err)
	}
	return nil
}

// blame names the input value at fault in a refusal of one of some codes: upstream does not know our inputs.
func blame(err error, path []string, of ...ErrorCode) error {
	if err == nil || !slices.Contains(of, AsError(err).Code) {
		return err
	}
	e := *AsError(err)
	e.Path = path
	return &e
}

// partnerNotFound is the sentence for a partner that is none, whoever says so.
const partnerNotFound = "PARTNER_NOT_FOUND"

// blamePartner names the partner as the input value at fault where that is what upstream refused.
func blamePartner(err error) error {
	if err == nil || AsError(err).sentence != partnerNotFound {
		return err
	}
	return blame(err, []string{"input", "partnerId"}, AsError(err).Code)
}
