package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

type (
	attribute       struct{ *Resolver }
	attributeFormat struct{ *Resolver }
)

// Attribute answers the resolvers of Attribute.
func (r *Resolver) Attribute() graph.AttributeResolver { return attribute{r} }

// AttributeFormat answers the resolvers of AttributeFormat.
func (r *Resolver) AttributeFormat() graph.AttributeFormatResolver { return attributeFormat{r} }

// Attributes answers what can be chosen for a purpose.
func (r residentType) Attributes(ctx context.Context, obj *resident.Resident, forArg resident.AttributePurpose, names []string) ([]*resident.Attribute, error) {
	sheet, err := r.Service.Attributes(ctx, forArg, names, resident.Language(ctx))
	r.Service.AuditRead(obj, resident.ReadAttributes, "", err)
	return sheet, err
}

// holderOf answers the viewer as whose attributes are written, each source read once per response.
func holderOf(ctx context.Context) (resident.Holder, error) {
	viewer, err := who(ctx)
	if err != nil {
		return resident.Holder{}, err
	}
	l := loadersOf(ctx)
	return resident.Holder{
		Identity: func(ctx context.Context) (*identity.Identity, error) { return l.identity.Load(ctx, viewer.UIN)() },
		Vids:     func(ctx context.Context) ([]*vid.Vid, error) { return l.vids.Load(ctx, viewer.UIN)() },
	}, nil
}

// maySee says whether the caller consented to what an attribute holds beyond identity data.
func maySee(ctx context.Context, name string) bool {
	caller, err := graph.CallerOf(ctx)
	return err == nil && (name != resident.PerpetualVidAttribute || caller.HasScope("Manage-VID"))
}

// masked answers an attribute in a format, masked; nil when the identity holds none.
func masked(ctx context.Context, a *resident.Attribute, format string) (*string, error) {
	h, err := holderOf(ctx)
	if err != nil || !maySee(ctx, a.Name) {
		return nil, err
	}
	text, err := a.Masked(ctx, h, format, resident.Language(ctx))
	if err != nil || text == "" {
		return nil, err
	}
	return &text, nil
}

// Masked answers the value as it is usually written, masked.
func (r attribute) Masked(ctx context.Context, obj *resident.Attribute) (*string, error) {
	return masked(ctx, obj, "")
}

// Photo answers a link to the photo, for the attribute that is one.
func (r attribute) Photo(ctx context.Context, obj *resident.Attribute) (*graph.FileLink, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil || !obj.IsPhoto() || !s.HasPicture {
		return nil, err
	}
	return r.photoLink(s), nil
}

// Preview answers the value in the format, masked.
func (r attributeFormat) Preview(ctx context.Context, obj *resident.AttributeFormat) (*string, error) {
	return masked(ctx, obj.Attribute, obj.ID)
}

// RevealAttribute answers one attribute unmasked.
func (r mutation) RevealAttribute(ctx context.Context, input graph.RevealAttributeInput) (*graph.RevealPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	if !maySee(ctx, input.Name) {
		return nil, &resident.Error{Code: resident.ConsentRequired}
	}
	h, err := holderOf(ctx)
	if err != nil {
		return nil, err
	}
	revealed, err := r.Service.RevealAttribute(ctx, viewer, h, input.Name, input.Format)
	refusals, err := refused(ctx, err)
	if revealed == nil {
		return &graph.RevealPayload{Errors: refusals}, err
	}
	return &graph.RevealPayload{Value: &revealed.Value, HideAt: &revealed.HideAt, Errors: refusals}, err
}
