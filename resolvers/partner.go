package resolvers

import (
	"context"
	"unicode/utf8"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// longestSearch is how many characters of a name can be looked for.
const longestSearch = 100

// Partners answers a page of the active partners of a type, by name.
func (r query) Partners(ctx context.Context, typeArg partner.Type, search *string, first int, after *string) (*graph.PartnerConnection, error) {
	text := ""
	if search != nil {
		text = *search
	}
	if utf8.RuneCountInString(text) > longestSearch {
		return nil, resident.Refuse(resident.Invalid, "search")
	}
	list := "partners/" + string(typeArg) + "/" + text
	place, err := r.openPage(list, "", first, after)
	if err != nil {
		return nil, err
	}
	listed, err := r.Service.References.Partners(ctx)
	viewer, _ := who(ctx) // nil for a partner
	r.Service.AuditRead(viewer, resident.ReadPartners, "", err)
	if err != nil {
		return nil, err
	}
	found, start := resident.FindPartners(listed, typeArg, text, place)
	rest := found[start:]
	return page.New(rest[:min(len(rest), first+1)], first, start > 0, func(p *partner.Partner) string {
		return r.IDs.Seal("page/"+list, "", resident.PartnerPlace(p))
	}), nil
}

// ID answers the opaque id of a partner, the same for everybody.
func (r partnerType) ID(_ context.Context, obj *partner.Partner) (id.ID, error) {
	return r.IDs.Node("Partner", "", obj.Key), nil
}

// LogoURL answers the path of the logo here: a page must not tell partners who looks at it.
func (r partnerType) LogoURL(ctx context.Context, obj *partner.Partner) (*string, error) {
	if obj.LogoURL == "" {
		return nil, nil
	}
	partnerID, err := r.ID(ctx, obj)
	path := logoPath + string(partnerID)
	return &path, err
}
