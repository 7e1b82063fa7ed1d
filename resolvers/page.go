package resolvers

import (
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
)

// openPage checks the arguments of a list and answers the key of the entry to go on from, empty for the start. list
// names the list with its filter: a cursor of another list, filter or resident is INVALID.
func (r *Resolver) openPage(list, owner string, first int, after *string) (string, error) {
	if page.Check(first) != nil {
		return "", resident.Refuse(resident.Invalid, "first")
	}
	if after == nil {
		return "", nil
	}
	key, err := r.IDs.Open("page/"+list, owner, *after)
	if err != nil || key == "" {
		return "", resident.Refuse(resident.Invalid, "after")
	}
	return key, nil
}
