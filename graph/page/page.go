// Package page is the shape of every list in the API: Relay connections over opaque cursors. It is a leaf: anyone may
// import it.
package page

import (
	"errors"
	"fmt"
)

// MaxFirst is the most entries that one page can ask for.
const MaxFirst = 100

// ErrFirst says that `first` is out of bounds.
var ErrFirst = fmt.Errorf("first must be 1 to %d", MaxFirst)

// ErrCursor says that a cursor is not of this list.
var ErrCursor = errors.New("the cursor is not of this list")

// Info is the GraphQL type PageInfo.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is one entry of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is one page of a list.
type Connection[T any] struct {
	Edges    []Edge[T]
	PageInfo Info
}

// Nodes answers the entries without their cursors.
func (c *Connection[T]) Nodes() []T {
	nodes := make([]T, len(c.Edges))
	for i := range c.Edges {
		nodes[i] = c.Edges[i].Node
	}
	return nodes
}

// Check refuses a `first` that is out of bounds.
func Check(first int) error {
	if first < 1 || first > MaxFirst {
		return ErrFirst
	}
	return nil
}

// New makes a page from what a query for first+1 entries found: the one too many says that there is a next page.
// seal turns an entry into its cursor.
func New[T any](found []T, first int, hasPrevious bool, seal func(T) string) *Connection[T] {
	c := &Connection[T]{Edges: make([]Edge[T], 0, min(len(found), first))}
	for _, node := range found[:min(len(found), first)] {
		c.Edges = append(c.Edges, Edge[T]{Cursor: seal(node), Node: node})
	}
	c.PageInfo = Info{HasNextPage: len(found) > first, HasPreviousPage: hasPrevious}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c
}

// Before makes a page that was read backward, from what a query for last+1 entries found, in the order of the list: the
// one too many is the first and says that there is a page before.
func Before[T any](found []T, last int, hasNext bool, seal func(T) string) *Connection[T] {
	extra := max(len(found)-last, 0)
	c := New(found[extra:], last, extra > 0, seal)
	c.PageInfo.HasNextPage = hasNext
	return c
}

// Of makes a page from a list that is wholly in memory. key tells entries apart and is what the cursor opens to; after
// is the key to go on from, empty for the start. A key that is no longer in the list answers an empty page, not a
// repeat.
func Of[T any](all []T, first int, after string, key func(T) string, seal func(T) string) *Connection[T] {
	start := 0
	if after != "" {
		start = len(all)
		for i, node := range all {
			if key(node) == after {
				start = i + 1
				break
			}
		}
	}
	rest := all[start:]
	return New(rest[:min(len(rest), first+1)], first, start > 0, seal)
}
