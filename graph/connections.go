package graph

import (
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// The connections of the schema: one generic page per noun.
type (
	VidConnection           = page.Connection[*vid.Vid]
	VidEdge                 = page.Edge[*vid.Vid]
	EventConnection         = page.Connection[*store.Event]
	EventEdge               = page.Edge[*store.Event]
	GrievanceConnection     = page.Connection[*resident.Grievance]
	GrievanceEdge           = page.Edge[*resident.Grievance]
	GrievanceCaseConnection = page.Connection[*resident.GrievanceCase]
	GrievanceCaseEdge       = page.Edge[*resident.GrievanceCase]
	ShareConnection         = page.Connection[*store.Share]
	ShareEdge               = page.Edge[*store.Share]
	PartnerConnection       = page.Connection[*partner.Partner]
	PartnerEdge             = page.Edge[*partner.Partner]
)
