package limits

import "github.com/vektah/gqlparser/v2/gqlerror"

// CheckValues answers TOO_COSTLY when the variables hold more scalars, lists and objects than the bounds allow. It stops
// counting there.
func (b Bounds) CheckValues(variables map[string]any) *gqlerror.Error {
	left := b.Values + 1 // for the object of variables itself
	if !counted(variables, &left) {
		return tooCostly("The variables hold too many values.")
	}
	return nil
}

// counted takes one from left for each value and says whether there were enough.
func counted(value any, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			if !counted(v, left) {
				return false
			}
		}
	case []any:
		for _, v := range value {
			if !counted(v, left) {
				return false
			}
		}
	}
	return true
}
