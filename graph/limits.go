package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/resident-graph/resident-graph/resident"
)

// The bounds of one operation. The largest screen uses less than a half of each.
const (
	maxTokens     = 2000
	maxDepth      = 12
	maxAliases    = 30
	maxRootFields = 10
	maxDirectives = 50
)

// limits refuses operations that are larger than any screen needs, before anything is resolved.
type limits struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = limits{}

// ExtensionName names the extension to gqlgen.
func (limits) ExtensionName() string { return "Limits" }

// Validate accepts every schema.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses an operation that is too large, with TOO_COSTLY.
func (limits) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	size := measure{}
	size.selections(op.Operation.SelectionSet, 1)
	switch {
	case size.depth > maxDepth:
		return tooCostly("The operation is nested too deeply.")
	case size.aliases > maxAliases:
		return tooCostly("The operation has too many aliases.")
	case len(op.Operation.SelectionSet) > maxRootFields:
		return tooCostly("The operation has too many root fields.")
	case size.directives > maxDirectives:
		return tooCostly("The operation has too many directives.")
	}
	return nil
}

func tooCostly(message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": string(resident.TooCostly)}}
}

// measure is the size of an operation with its fragments spread out.
type measure struct{ depth, aliases, directives, fields int }

// maxFields stops the measuring itself: fragments that spread fragments grow without bound.
const maxFields = 10_000

func (m *measure) selections(set ast.SelectionSet, depth int) {
	if len(set) == 0 || m.fields > maxFields {
		return
	}
	m.depth = max(m.depth, depth)
	for _, s := range set {
		m.fields++
		switch s := s.(type) {
		case *ast.Field:
			if s.Alias != s.Name {
				m.aliases++
			}
			m.directives += len(s.Directives)
			m.selections(s.SelectionSet, depth+1)
		case *ast.InlineFragment:
			m.directives += len(s.Directives)
			m.selections(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			m.directives += len(s.Directives)
			if s.Definition != nil {
				m.selections(s.Definition.SelectionSet, depth)
			}
		}
	}
	if m.fields > maxFields {
		m.depth = maxDepth + 1
	}
}
