package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

const pdfType = "application/pdf"

// Acknowledgement answers a link to the document that says what became of an event.
func (r event) Acknowledgement(ctx context.Context, obj *store.Event) (*graph.FileLink, error) {
	ref, name, has := resident.Acknowledgement(ctx, obj)
	if !has {
		return nil, nil
	}
	return r.linkTo(ctx, ref, name, pdfType)
}

// ExportServiceHistory answers a link to the service history as a document.
func (r mutation) ExportServiceHistory(ctx context.Context, input graph.ExportServiceHistoryInput) (*graph.FilePayload, error) {
	ref, err := r.Service.ExportHistory(ctx, historyFilter(input.Filter, false), input.Lang)
	if err != nil {
		refusals, err := refused(ctx, err)
		return &graph.FilePayload{Errors: refusals}, err
	}
	link, err := r.linkTo(ctx, ref, resident.HistoryName, pdfType)
	return &graph.FilePayload{File: link, Errors: []*resident.UserError{}}, err
}
