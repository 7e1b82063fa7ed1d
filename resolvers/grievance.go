package resolvers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

type grievance struct{ *Resolver }

// Grievance answers the resolvers of Grievance.
func (r *Resolver) Grievance() graph.GrievanceResolver { return grievance{r} }

// Grievances answers a page of the resident's grievances.
func (r residentType) Grievances(ctx context.Context, obj *resident.Resident, first int, after *string) (*graph.GrievanceConnection, error) {
	const list = "grievances"
	place, err := r.openTicketPage(list, obj.TokenID, first, after)
	if err != nil {
		return nil, err
	}
	found, err := r.Service.Grievances(ctx, obj, place, first+1)
	if err != nil {
		return nil, err
	}
	return page.New(found, first, place != nil, func(g *resident.Grievance) string {
		return r.IDs.Seal("page/"+list, obj.TokenID, ticketPlace(&g.Grievance))
	}), nil
}

// Grievances answers a page of the grievances of all residents that stand so.
func (r query) Grievances(ctx context.Context, status store.GrievanceStatus, first int, after *string) (*graph.GrievanceCaseConnection, error) {
	list := "grievance cases/" + string(status)
	place, err := r.openTicketPage(list, "", first, after)
	if err != nil {
		return nil, err
	}
	found, err := r.Service.GrievanceQueue(ctx, status, place, first+1)
	if err != nil {
		return nil, err
	}
	return page.New(found, first, place != nil, func(g *resident.GrievanceCase) string {
		return r.IDs.Seal("page/"+list, "", ticketPlace(&g.Grievance.Grievance))
	}), nil
}

// Grievance answers one grievance of any resident by its ticket.
func (r query) Grievance(ctx context.Context, ticketID string) (*resident.GrievanceCase, error) {
	return r.Service.GrievanceCase(ctx, ticketID)
}

// ticketPlace writes where a grievance stands in a list; openTicketPage reads it, nil for the start.
func ticketPlace(g *store.Grievance) string {
	return fmt.Sprintf("%d %s", g.CreatedAt.UnixMicro(), g.TicketID)
}

func (r *Resolver) openTicketPage(list, owner string, first int, after *string) (*store.GrievancePlace, error) {
	key, err := r.openPage(list, owner, first, after)
	if err != nil || key == "" {
		return nil, err
	}
	at, ticketID, _ := strings.Cut(key, " ")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, resident.Refuse(resident.Invalid, "after")
	}
	return &store.GrievancePlace{CreatedAt: time.UnixMicro(micros).UTC(), TicketID: ticketID}, nil
}

// Grievances answers what the resident complained of about an event.
func (r event) Grievances(ctx context.Context, obj *store.Event) ([]*resident.Grievance, error) {
	return loadersOf(ctx).grievances.of(obj, func(events []*store.Event) (map[string][]*resident.Grievance, error) {
		return r.Service.GrievancesOf(ctx, obj.TokenID, events)
	})
}

// ID answers the opaque id of a grievance.
func (r grievance) ID(_ context.Context, obj *resident.Grievance) (id.ID, error) {
	return r.IDs.Node("Grievance", obj.TokenID, obj.TicketID), nil
}

// Event answers the event that a grievance is about.
func (r grievance) Event(ctx context.Context, obj *resident.Grievance) (*store.Event, error) {
	return loadersOf(ctx).events.Load(ctx, eventKey{obj.TokenID, obj.EventID})()
}

// ReportGrievance keeps a grievance about an event.
func (r mutation) ReportGrievance(ctx context.Context, input graph.ReportGrievanceInput) (*graph.ReportGrievancePayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	reported, err := r.Service.ReportGrievance(ctx, viewer, input.IdempotencyKey, resident.GrievanceReport{
		EventID: input.EventID, Message: input.Message,
		AlternateEmail: input.AlternateEmail, AlternatePhone: input.AlternatePhone,
	})
	refusals, err := refused(ctx, err)
	return &graph.ReportGrievancePayload{Grievance: reported, Errors: refusals}, err
}

// AnswerGrievance answers a resident's grievance.
func (r mutation) AnswerGrievance(ctx context.Context, input graph.AnswerGrievanceInput) (*graph.AnswerGrievancePayload, error) {
	caller, err := graph.CallerOf(ctx)
	if err != nil {
		return nil, err
	}
	answered, err := r.Service.AnswerGrievance(ctx, resident.Operator{Subject: caller.Issuer + " " + caller.Subject},
		input.IdempotencyKey, resident.GrievanceAnswer{TicketID: input.TicketID, Message: input.Message, Close: input.Close})
	refusals, err := refused(ctx, err)
	return &graph.AnswerGrievancePayload{Grievance: answered, Errors: refusals}, err
}
