package parity

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/resident/codes"
)

// The numbers of error constants of Resident Services 1.3, and of codes: some stand for two things.
const (
	errorConstants = 128
	errorCodes     = 121
)

// codeRow is a row of docs/error-codes.md.
type codeRow struct {
	code, name, here, where, shown string
	line                           int
}

var (
	ours     = regexp.MustCompile("`([A-Z][A-Z_]+)`")
	answered = regexp.MustCompile("^`[A-Z_]+`(, `[A-Z_]+`)*$")
)

func codeRows(t *testing.T) (all []codeRow) {
	t.Helper()
	for i, cells := range cellsOf(t, "error-codes.md") {
		if len(cells) != 7 || !strings.HasPrefix(cells[1], "`") {
			continue
		}
		all = append(all, codeRow{strings.Trim(cells[1], "`"), strings.Trim(cells[2], "`"), cells[3], cells[4], cells[5], i + 1})
	}
	return all
}

// theirCodes answers those of Resident Services that the table of upstream codes knows, with what each becomes.
func theirCodes() map[string][]string {
	found := map[string][]string{}
	for _, row := range codes.All() {
		if strings.HasPrefix(row.Code, "RES-") {
			found[row.Code] = append(found[row.Code], row.Answer)
		}
	}
	found["IDA-MLC-018"] = []string{"NOT_FOUND"} // the one that it borrows
	return found
}

func TestEveryErrorCodeHasItsRow(t *testing.T) {
	rows, theirs := codeRows(t), theirCodes()
	seen, distinct := map[[2]string]bool{}, map[string]bool{}
	for _, r := range rows {
		if seen[[2]string{r.code, r.name}] {
			t.Errorf("line %d: %s %s is there twice", r.line, r.code, r.name)
		}
		seen[[2]string{r.code, r.name}], distinct[r.code] = true, true
		if theirs[r.code] == nil {
			t.Errorf("line %d: upstream.tsv has no %s", r.line, r.code)
		}
	}
	for code := range theirs {
		if !distinct[code] {
			t.Errorf("%s has no row", code)
		}
	}
	if len(rows) != errorConstants || len(distinct) != errorCodes {
		t.Errorf("%d rows of %d codes, want %d of %d", len(rows), len(distinct), errorConstants, errorCodes)
	}
}

func TestEveryErrorCodeIsAnsweredAsItIsTold(t *testing.T) {
	s, theirs := schema(t), theirCodes()
	for _, r := range codeRows(t) {
		if !answered.MatchString(r.here) {
			if r.here != "never" && !slices.Contains(states, r.here) || r.here == "done" || r.here == "dropped" {
				t.Errorf("line %d: no such state: %q", r.line, r.here)
			}
			if r.here == "never" && r.where == "" || r.shown != "" {
				t.Errorf("line %d: %s without a reason, or with a test", r.line, r.here)
			}
			continue
		}
		for _, m := range ours.FindAllStringSubmatch(r.here, -1) {
			if s.Types["ErrorCode"].EnumValues.ForName(m[1]) == nil {
				t.Errorf("line %d: the schema has no code %s", r.line, m[1])
			}
		}
		for _, m := range coordinate.FindAllStringSubmatch(r.where, -1) {
			if !has(s, m[1], m[2]) {
				t.Errorf("line %d: the schema has no %s.%s", r.line, m[1], m[2])
			}
		}
		// Who moves here looks a code up in either place.
		if !slices.ContainsFunc(theirs[r.code], func(code string) bool { return strings.Contains(r.here+r.where, "`"+code+"`") }) {
			t.Errorf("line %d: upstream.tsv has %s become %v, here it is %s", r.line, r.code, theirs[r.code], r.here)
		}
		if r.where == "" || r.shown == "" {
			t.Errorf("line %d: no place or no test", r.line)
		}
		for named := range strings.SplitSeq(r.shown, ", ") {
			if !isTest(t, named) {
				t.Errorf("line %d: there is no test %q", r.line, named)
			}
		}
	}
}
