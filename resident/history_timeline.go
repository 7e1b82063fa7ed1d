package resident

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// Stage is one step in the life of an event.
type Stage struct {
	// Name is the upstream's own word for it.
	Name   string
	Status store.EventStatus
	Source string
	At     time.Time
}

// Timelines answers the stages of some of the resident's events by event id, first stage first, in one statement. What
// did not move an event, such as a pin, is no stage. An event whose changes are not kept has one stage: how it stands.
func (s *Service) Timelines(ctx context.Context, tokenID string, events []*store.Event) (map[string][]*Stage, error) {
	changes, err := s.Store.ChangesOf(ctx, tokenID, idsOf(events))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(changes, func(a, b *store.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	stages := make(map[string][]*Stage, len(events))
	for _, c := range changes {
		so := stages[c.EventID]
		if n := len(so); n > 0 && so[n-1].Name == c.StatusDetail && so[n-1].Status == c.Status {
			continue
		}
		stages[c.EventID] = append(so, &Stage{Name: c.StatusDetail, Status: c.Status, Source: c.Source, At: c.At})
	}
	for _, e := range events {
		if len(stages[e.EventID]) == 0 {
			stages[e.EventID] = []*Stage{{Name: e.StatusDetail, Status: e.Status, Source: FromResident, At: e.UpdatedAt}}
		}
	}
	return stages, nil
}

// StageLabel answers what a stage is called in the language of ctx: what its status is called.
func (s *Service) StageLabel(ctx context.Context, stage *Stage) (string, error) {
	return s.statusText(ctx, stage.Status)
}
