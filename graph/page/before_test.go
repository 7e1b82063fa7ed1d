package page

import (
	"slices"
	"testing"
)

func TestAPageThatWasReadBackwardStandsInTheOrderOfTheList(t *testing.T) {
	for name, test := range map[string]struct {
		found    []int
		hasNext  bool
		want     []int
		previous bool
	}{
		"one too many":   {[]int{3, 4, 5}, true, []int{4, 5}, true},
		"just enough":    {[]int{4, 5}, true, []int{4, 5}, false},
		"from the end":   {[]int{3, 4, 5}, false, []int{4, 5}, true},
		"nothing before": {nil, true, []int{}, false},
	} {
		c := Before(test.found, 2, test.hasNext, text)
		if !slices.Equal(c.Nodes(), test.want) || c.PageInfo.HasPreviousPage != test.previous || c.PageInfo.HasNextPage != test.hasNext {
			t.Errorf("%s: %v %+v", name, c.Nodes(), c.PageInfo)
		}
		if n := len(test.want); n > 0 && (*c.PageInfo.StartCursor != text(test.want[0]) || *c.PageInfo.EndCursor != text(test.want[n-1])) {
			t.Errorf("%s: %s to %s", name, *c.PageInfo.StartCursor, *c.PageInfo.EndCursor)
		}
	}
}
