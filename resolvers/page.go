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

// window is which entries of a list that is paged both ways are wanted.
type window struct {
	first         int
	after, before *string
	last          *int
}

// openWindow checks the arguments of such a list and answers how many entries to answer, the key of the entry to go on
// from, empty for the start or the end, and the direction. firstGiven says that the client wrote `first`: its default
// does not contradict `last`.
func (r *Resolver) openWindow(list, owner string, w window, firstGiven bool) (size int, key string, backward bool, err error) {
	switch {
	case w.last == nil && w.before != nil:
		return 0, "", false, resident.Refuse(resident.Invalid, "before")
	case w.last == nil:
		key, err = r.openPage(list, owner, w.first, w.after)
		return w.first, key, false, err
	case firstGiven:
		return 0, "", false, resident.Refuse(resident.Invalid, "first")
	case w.after != nil:
		return 0, "", false, resident.Refuse(resident.Invalid, "after")
	case page.Check(*w.last) != nil:
		return 0, "", false, resident.Refuse(resident.Invalid, "last")
	case w.before == nil:
		return *w.last, "", true, nil
	}
	key, err = r.IDs.Open("page/"+list, owner, *w.before)
	if err != nil || key == "" {
		return 0, "", false, resident.Refuse(resident.Invalid, "before")
	}
	return *w.last, key, true, nil
}
