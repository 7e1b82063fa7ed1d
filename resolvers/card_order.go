package resolvers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/print"
)

// OrderPhysicalCard opens an order at a print partner.
func (r mutation) OrderPhysicalCard(ctx context.Context, input graph.OrderPhysicalCardInput) (*graph.OrderPhysicalCardPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	from, ok := r.openPartner(viewer.TokenID, input.PartnerID)
	if !ok {
		refusals, err := refused(ctx, resident.Refuse(resident.NotFound, "input", "partnerId"))
		return &graph.OrderPhysicalCardPayload{Errors: refusals}, err
	}
	e, order, err := r.Service.OrderPhysicalCard(ctx, viewer, input.IdempotencyKey,
		resident.OrderRequest{PartnerID: from, ReturnPath: input.ReturnPath})
	refusals, err := refused(ctx, err)
	payload := &graph.OrderPhysicalCardPayload{Event: e, Errors: refusals}
	if err != nil || order == nil {
		return payload, err
	}
	payload.PaymentURL, err = r.Service.PaymentURL(e, order, r.IDs.Seal(orderState, viewer.TokenID, e.EventID))
	return payload, err
}

// orderState is the kind of what a resident comes back with from a print partner: it says which order it is to us alone,
// and opens for its resident alone.
const orderState = "order"

// Tracking answers how the card that an event ordered is followed.
func (r event) Tracking(ctx context.Context, obj *store.Event) (*resident.Tracking, error) {
	return loadersOf(ctx).trackings.of(obj, func(events []*store.Event) (map[string]*resident.Tracking, error) {
		return r.Service.Trackings(ctx, obj.TokenID, events)
	})
}

// Failure answers why an event failed.
func (r event) Failure(ctx context.Context, obj *store.Event) (*resident.UserError, error) {
	failures, err := refused(ctx, resident.FailureOf(obj))
	if err != nil || len(failures) == 0 {
		return nil, err
	}
	return failures[0], nil
}

// OrderReturn takes a resident back from a print partner and sends them on to where they wanted to go. Without a session
// they sign in first, and what the partner says of who they are does not come along. NOT_FOUND, as
// application/problem+json, is a state that is no order of theirs.
func (r *Resolver) OrderReturn(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet { // GET patterns match HEAD too, which must not use the way back up
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	state, query := req.PathValue("state"), req.URL.Query()
	brought, err := print.ParseReturn(query)
	if err != nil {
		brought = print.Return{}
	}
	s, err := graph.SignedIn(req.Context())
	if err != nil && resident.AsError(err).Code == resident.Unauthenticated {
		back := url.URL{Path: "/orders/return/" + state, RawQuery: kept(brought).Encode()}
		redirect(w, "/auth/login?"+url.Values{"return": {back.String()}}.Encode())
		return
	}
	if err != nil {
		problem(w, req, err)
		return
	}
	eventID, err := r.IDs.Open(orderState, s.TokenID, state)
	if err != nil {
		problem(w, req, resident.Refuse(resident.NotFound))
		return
	}
	if brought.EventID != eventID {
		brought.TransactionID = "" // the payment of something else
	}
	location, err := r.Service.ReturnFromPayment(req.Context(), residentOf(s), eventID, brought.TransactionID)
	if err != nil {
		problem(w, req, err)
		return
	}
	redirect(w, location)
}

// kept is what of a return is needed again after a sign-in: nothing of the resident.
func kept(brought print.Return) url.Values {
	values := url.Values{}
	if brought.EventID != "" {
		values.Set("eventId", brought.EventID)
		if brought.TransactionID != "" {
			values.Set("paymentTransactionId", brought.TransactionID)
		} else {
			values.Set("error_code", "none")
		}
	}
	return values
}

func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
