package resolvers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// Partners answers a page of the active partners of a type, by name.
func (r query) Partners(ctx context.Context, typeArg partner.Type, search *string, first int, after *string) (*graph.PartnerConnection, error) {
	text := ""
	if search != nil {
		text = strings.ToLower(*search)
	}
	list := "partners/" + string(typeArg) + "/" + text
	key, err := r.openPage(list, "", first, after)
	if err != nil {
		return nil, err
	}
	listed, err := r.Service.References.Partners(ctx)
	if err != nil {
		return nil, err
	}
	var found []*partner.Partner
	for _, p := range listed {
		if p.Active && p.Type == typeArg && strings.Contains(strings.ToLower(p.Name), text) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *partner.Partner) int { return cmp.Compare(a.Name, b.Name) })
	return page.Of(found, first, key, func(p *partner.Partner) string { return p.Key }, func(p *partner.Partner) string {
		return r.IDs.Seal("page/"+list, "", p.Key)
	}), nil
}

// ID answers the opaque id of a partner, the same for everybody.
func (r partnerType) ID(_ context.Context, obj *partner.Partner) (id.ID, error) {
	return r.IDs.Node("Partner", "", obj.Key), nil
}

// LogoURL answers where the logo is.
func (r partnerType) LogoURL(_ context.Context, obj *partner.Partner) (*string, error) {
	if obj.LogoURL == "" {
		return nil, nil
	}
	return &obj.LogoURL, nil
}
