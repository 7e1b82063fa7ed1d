package graph

import (
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// The connections of the schema: one generic page per noun.
type (
	VidConnection     = page.Connection[*vid.Vid]
	VidEdge           = page.Edge[*vid.Vid]
	EventConnection   = page.Connection[*store.Event]
	EventEdge         = page.Edge[*store.Event]
	PartnerConnection = page.Connection[*partner.Partner]
	PartnerEdge       = page.Edge[*partner.Partner]
)
