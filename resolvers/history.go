package resolvers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

// ServiceHistory answers a page of the resident's events.
func (r residentType) ServiceHistory(ctx context.Context, obj *resident.Resident, filter *graph.ServiceHistoryFilter,
	order store.EventOrder, first int, after *string, last *int, before *string) (*graph.EventConnection, error) {
	return r.history(ctx, obj, historyFilter(filter, false), order, window{first, after, before, last})
}

// AccessLog answers a page of the uses of the resident's identity.
func (r residentType) AccessLog(ctx context.Context, obj *resident.Resident, filter *graph.ServiceHistoryFilter,
	order store.EventOrder, first int, after *string, last *int, before *string) (*graph.EventConnection, error) {
	return r.history(ctx, obj, historyFilter(filter, true), order, window{first, after, before, last})
}

func (r *Resolver) history(ctx context.Context, who *resident.Resident, filter resident.HistoryFilter, order store.EventOrder,
	w window) (*graph.EventConnection, error) {
	list, err := historyList(filter, order)
	if err != nil {
		return nil, err
	}
	size, key, backward, err := r.openWindow(list, who.TokenID, w, given(ctx, "first"))
	if err != nil {
		return nil, err
	}
	place, err := parsePlace(key)
	if err != nil {
		return nil, err
	}
	found, err := r.Service.History(ctx, who, filter,
		store.HistoryPage{Order: order, Place: place, Backward: backward, Limit: size + 1})
	r.Service.AuditRead(who, resident.ReadHistory, "", err)
	if err != nil {
		return nil, err
	}
	seal := func(e *store.Event) string { return r.IDs.Seal("page/"+list, who.TokenID, placeOf(e)) }
	answered := page.New(found, size, place != nil, seal)
	if backward {
		answered = page.Before(found, size, place != nil, seal)
	}
	loadersOf(ctx).expect(answered.Nodes())
	return answered, nil
}

// given says whether the client wrote an argument of the present field, and did not leave it to its default.
func given(ctx context.Context, argument string) bool {
	written := graphql.GetFieldContext(ctx).Field.Arguments.ForName(argument)
	if written == nil {
		return false
	}
	v, err := written.Value.Value(graphql.GetOperationContext(ctx).Variables)
	return err == nil && v != nil
}

// historyList names the list that a cursor belongs to: the history with a filter in an order.
func historyList(wanted resident.HistoryFilter, order store.EventOrder) (string, error) {
	text, err := json.Marshal(wanted)
	if err != nil {
		return "", fmt.Errorf("name the list: %w", err)
	}
	hash := sha256.Sum256(text)
	return "history/" + string(order) + "/" + hex.EncodeToString(hash[:16]), nil
}

func historyFilter(f *graph.ServiceHistoryFilter, access bool) resident.HistoryFilter {
	if f == nil {
		return resident.HistoryFilter{Access: access}
	}
	return resident.HistoryFilter{Text: f.Text, Types: f.ServiceTypes, Statuses: f.Statuses, From: f.From, To: f.To,
		Pinned: f.Pinned, Access: access}
}

// placeOf writes where an event stands in the history; parsePlace reads it, nil for the start.
func placeOf(e *store.Event) string {
	return fmt.Sprintf("%t %d %s", e.Pinned, e.CreatedAt.UnixMicro(), e.EventID)
}

func parsePlace(text string) (*store.EventPlace, error) {
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, " ")
	if len(parts) != 3 {
		return nil, resident.Refuse(resident.Invalid, "after")
	}
	micros, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return nil, resident.Refuse(resident.Invalid, "after")
	}
	return &store.EventPlace{Pinned: parts[0] == "true", CreatedAt: time.UnixMicro(micros).UTC(), EventID: parts[2]}, nil
}

// PinEvent pins an event or unpins it.
func (r mutation) PinEvent(ctx context.Context, input graph.PinEventInput) (*graph.PinEventPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	event, err := r.Service.PinEvent(ctx, viewer, input.EventID, input.Pinned, r.maxPins())
	refusals, err := refused(ctx, err)
	return &graph.PinEventPayload{Event: event, Errors: refusals}, err
}

func (r *Resolver) maxPins() int {
	if r.MaxPins > 0 {
		return r.MaxPins
	}
	return resident.DefaultMaxPins
}

// MarkEventRead marks an event as read.
func (r mutation) MarkEventRead(ctx context.Context, input graph.MarkEventReadInput) (*graph.MarkEventReadPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	event, err := r.Service.ReadEvent(ctx, viewer, input.EventID)
	refusals, err := refused(ctx, err)
	return &graph.MarkEventReadPayload{Event: event, Errors: refusals}, err
}
