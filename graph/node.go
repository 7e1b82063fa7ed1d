package graph

// Node is the GraphQL interface Node. Which Go types are nodes, the schema says.
type Node any
