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
	"github.com/resident-graph/resident-graph/upstream/partner"
)

type share struct{ *Resolver }

// Share answers the resolvers of Share.
func (r *Resolver) Share() graph.ShareResolver { return share{r} }

// Shares answers a page of what the resident shared, with everybody or with one partner.
func (r residentType) Shares(ctx context.Context, obj *resident.Resident, partnerID *id.ID, first int, after *string) (*graph.ShareConnection, error) {
	with := ""
	if partnerID != nil {
		var ok bool
		if with, ok = r.openPartner(obj.TokenID, *partnerID); !ok {
			return nil, resident.Refuse(resident.NotFound, "partnerId")
		}
	}
	list := "shares/" + with
	key, err := r.openPage(list, obj.TokenID, first, after)
	if err != nil {
		return nil, err
	}
	place, err := sharePlace(key)
	if err != nil {
		return nil, err
	}
	found, err := r.Service.Store.Shares(ctx, obj.TokenID, with, place, first+1)
	if err != nil {
		return nil, err
	}
	return page.New(found, first, place != nil, func(s *store.Share) string {
		return r.IDs.Seal("page/"+list, obj.TokenID, fmt.Sprintf("%d %s", s.CreatedAt.UnixMicro(), s.EventID))
	}), nil
}

// sharePlace reads where a page goes on, nil for the start.
func sharePlace(key string) (*store.SharePlace, error) {
	if key == "" {
		return nil, nil
	}
	at, eventID, _ := strings.Cut(key, " ")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, resident.Refuse(resident.Invalid, "after")
	}
	return &store.SharePlace{CreatedAt: time.UnixMicro(micros).UTC(), EventID: eventID}, nil
}

// openPartner answers the key of the partner that an id names; false for an id of anything else.
func (r *Resolver) openPartner(tokenID string, partnerID id.ID) (string, bool) {
	kind, key, err := r.IDs.OpenNode(tokenID, partnerID)
	return key, err == nil && kind == "Partner"
}

// ShareConsent answers what residents agree to when they share.
func (r residentType) ShareConsent(ctx context.Context, _ *resident.Resident) (*graph.ConsentText, error) {
	text, err := r.Service.ShareConsent(ctx)
	if err != nil {
		return nil, err
	}
	consent := &graph.ConsentText{Version: r.Service.Shares.ConsentVersion}
	if text != "" {
		consent.Text = &text
	}
	return consent, nil
}

// ID answers the opaque id of a share.
func (r share) ID(_ context.Context, obj *store.Share) (id.ID, error) {
	return r.IDs.Node("Share", obj.TokenID, obj.EventID), nil
}

// Event answers the event that records the share.
func (r share) Event(_ context.Context, obj *store.Share) (*store.Event, error) {
	return &obj.Event, nil
}

// Partner answers with whom it was shared.
func (r share) Partner(ctx context.Context, obj *store.Share) (*partner.Partner, error) {
	return event(r).Partner(ctx, &obj.Event)
}

// Attributes answers what was shared. Of a share from elsewhere only the names are known.
func (r share) Attributes(_ context.Context, obj *store.Share) ([]*store.SharedAttribute, error) {
	shared := obj.Shared
	if shared == nil {
		for _, name := range obj.Attributes {
			shared = append(shared, store.SharedAttribute{Name: name})
		}
	}
	all := make([]*store.SharedAttribute, len(shared))
	for i := range shared {
		all[i] = &shared[i]
	}
	return all, nil
}

// CanWithdraw says whether the share can be called off now.
func (r share) CanWithdraw(_ context.Context, obj *store.Share) (*graph.Permission, error) {
	if resident.MayWithdraw(obj) {
		return &graph.Permission{Allowed: true}, nil
	}
	reason := resident.Conflict
	return &graph.Permission{Reason: &reason}, nil
}

// ShareCredential shares attributes with a partner.
func (r mutation) ShareCredential(ctx context.Context, input graph.ShareCredentialInput) (*graph.ShareCredentialPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	with, ok := r.openPartner(viewer.TokenID, input.PartnerID)
	if !ok {
		refusals, err := refused(ctx, resident.Refuse(resident.NotFound, "input", "partnerId"))
		return &graph.ShareCredentialPayload{Errors: refusals}, err
	}
	event, shared, err := r.Service.ShareCredential(ctx, viewer, input.IdempotencyKey, resident.ShareRequest{
		PartnerID: with, Purpose: input.Purpose, Attributes: input.Attributes,
		Accepted: input.Consent.Accepted, ConsentVersion: input.Consent.TextVersion,
	})
	refusals, err := refused(ctx, err)
	return &graph.ShareCredentialPayload{Event: event, Share: shared, Errors: refusals}, err
}

// WithdrawShare calls a share off.
func (r mutation) WithdrawShare(ctx context.Context, input graph.WithdrawShareInput) (*graph.WithdrawSharePayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	eventID, err := r.openHandle(viewer, "Share", input.ShareID, "shareId")
	if err != nil {
		refusals, err := refused(ctx, err)
		return &graph.WithdrawSharePayload{Errors: refusals}, err
	}
	withdrawn, err := r.Service.WithdrawShare(ctx, viewer, input.IdempotencyKey, eventID)
	refusals, err := refused(ctx, err)
	return &graph.WithdrawSharePayload{Share: withdrawn, Errors: refusals}, err
}
