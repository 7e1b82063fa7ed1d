package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/resident"
)

// MarshalText writes a scalar of ours that is text.
func MarshalText(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// UnmarshalText answers the text of a scalar of ours, such as an EventID; INVALID for an object or a list, which no
// rule of GraphQL keeps from a scalar that it does not know.
func UnmarshalText(v any) (string, error) {
	text, err := graphql.UnmarshalString(v)
	if err != nil {
		return "", resident.Wrap(resident.Invalid, err)
	}
	return text, nil
}
