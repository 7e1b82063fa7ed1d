package page

import (
	"slices"
	"strconv"
	"testing"
)

func text(n int) string { return strconv.Itoa(n) }

func TestPagesWalkTheWholeListOnce(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6}
	for first := 1; first <= 8; first++ {
		var walked []int
		after := ""
		for {
			c := Of(all, first, after, text, text)
			walked = append(walked, c.Nodes()...)
			if c.PageInfo.HasPreviousPage != (after != "") {
				t.Errorf("pages of %d: hasPreviousPage is %v after %q", first, c.PageInfo.HasPreviousPage, after)
			}
			if !c.PageInfo.HasNextPage {
				break
			}
			after = *c.PageInfo.EndCursor
		}
		if !slices.Equal(walked, all) {
			t.Errorf("pages of %d walk %v", first, walked)
		}
	}
}

func TestAnEmptyPageHasNoCursors(t *testing.T) {
	for name, c := range map[string]*Connection[int]{
		"an empty list":            Of(nil, 10, "", text, text),
		"after the last":           Of([]int{1}, 10, "1", text, text),
		"after what has been gone": Of([]int{1}, 10, "7", text, text),
	} {
		if len(c.Edges) != 0 || c.PageInfo.HasNextPage || c.PageInfo.StartCursor != nil || c.PageInfo.EndCursor != nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestFirstHasBounds(t *testing.T) {
	for first, ok := range map[int]bool{-1: false, 0: false, 1: true, MaxFirst: true, MaxFirst + 1: false} {
		if (Check(first) == nil) != ok {
			t.Errorf("first: %d is taken: %v", first, !ok)
		}
	}
}
