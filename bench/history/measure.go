package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

const (
	size = 20
	deep = 500 // the page that is compared with the first
)

// ask reads one page of the history.
type ask struct {
	name  string
	page  store.HistoryPage
	times []time.Duration
}

// measure walks to the deep page as a client does, then times both pages in turn.
func measure(ctx context.Context, s *store.Store, o options) error {
	everything := store.EventFilter{
		Types:    []store.RequestType{store.AuthenticationRequest, store.GenerateVid, store.AuthTypeLockUnlock},
		Statuses: []store.EventStatus{store.InProgress, store.Success, store.Failed, store.Canceled},
	}
	var place *store.EventPlace
	for page := 1; page < deep; page++ {
		found, err := s.History(ctx, owner, everything, store.HistoryPage{Order: store.NewestFirst, Place: place, Limit: size + 1})
		if err != nil {
			return err
		}
		if len(found) != size+1 {
			return fmt.Errorf("page %d has %d events", page, len(found))
		}
		last := found[size-1]
		place = &store.EventPlace{Pinned: last.Pinned, CreatedAt: last.CreatedAt, EventID: last.EventID}
	}
	asks := []*ask{
		{name: "page 1", page: store.HistoryPage{Order: store.NewestFirst, Limit: size + 1}},
		{name: "page 500", page: store.HistoryPage{Order: store.NewestFirst, Place: place, Limit: size + 1}},
		{name: "page 499, backward", page: store.HistoryPage{Order: store.NewestFirst, Place: place, Backward: true, Limit: size + 1}},
		{name: "the last page", page: store.HistoryPage{Order: store.NewestFirst, Backward: true, Limit: size + 1}},
	}
	for range o.rounds {
		for _, a := range asks {
			begun := time.Now()
			if _, err := s.History(ctx, owner, everything, a.page); err != nil {
				return err
			}
			a.times = append(a.times, time.Since(begun))
		}
	}
	first := median(asks[0].times)
	for _, a := range asks {
		m := median(a.times)
		fmt.Printf("%-20s median %.3f ms   to page 1 %.2f\n", a.name, float64(m)/float64(time.Millisecond), float64(m)/float64(first))
	}
	return nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
