package resident

import (
	"context"

	"github.com/maypok86/otter/v2"

	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// UISchema answers the attributes of one of the country's UI schemas, in its order.
func (r *References) UISchema(ctx context.Context, schema configserver.UISchema) ([]configserver.Attribute, error) {
	return r.schemaCache.Get(ctx, schema, otter.LoaderFunc[configserver.UISchema, []configserver.Attribute](
		func(ctx context.Context, schema configserver.UISchema) ([]configserver.Attribute, error) {
			return r.files.UISchema(ctx, schema)
		}))
}

// SharePolicy answers what a partner may be given; partner.ErrNoPolicy says nothing.
func (r *References) SharePolicy(ctx context.Context, partnerID string) (*partner.Policy, error) {
	return r.sharePolicyCache.Get(ctx, partnerID, otter.LoaderFunc[string, *partner.Policy](
		func(ctx context.Context, partnerID string) (*partner.Policy, error) {
			return r.partners.Policy(ctx, partnerID, credential.Share)
		}))
}
