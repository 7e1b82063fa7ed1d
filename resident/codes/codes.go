// Package codes is the table of the error codes that MOSIP's services answer: what each becomes in this API and which
// sentence tells it to the resident. The table is data, upstream.tsv.
package codes

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

//go:embed upstream.tsv
var table string

// AnyService stands for the services that have no row of their own for a code.
const AnyService = "*"

// Row says what one code means.
type Row struct {
	// Code is MOSIP's, letter case and punctuation as on the wire.
	Code string
	// Service is the only one that the row is for, or AnyService: some codes mean different things in different places.
	Service string
	// Text must stand in the upstream's message as words of their own; "" for any message. MOSIP uses some codes for
	// several things that only the text tells apart.
	Text string
	// Answer is a code of this API's closed list.
	Answer string
	// Sentence is the key of a sentence that tells the resident more than the answer's own; "" for none.
	Sentence string
	// Meaning is for people who read the table.
	Meaning string

	text *regexp.Regexp
}

var parsed = sync.OnceValues(parse)

// parse reads the table; the rows by code, and in their order.
func parse() (map[string][]Row, []Row) {
	lines := strings.Split(strings.TrimSpace(table), "\n")[1:]
	all, byCode := make([]Row, 0, len(lines)), make(map[string][]Row, len(lines))
	for number, line := range lines {
		cells := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		if len(cells) != 6 {
			panic(fmt.Sprintf("upstream.tsv, line %d: %d cells", number+2, len(cells)))
		}
		row := Row{Code: cells[0], Service: cells[1], Text: cells[2], Answer: cells[3], Sentence: cells[4], Meaning: cells[5]}
		if row.Text != "" {
			row.text = regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(row.Text) + `\b`)
		}
		all = append(all, row)
		byCode[row.Code] = append(byCode[row.Code], row)
	}
	return byCode, all
}

// All lists the rows, sorted by code.
func All() []Row {
	_, all := parsed()
	return all
}

// Find answers the row that fits best: one for this very service before one for any, and one for this text before one
// for any. message is the upstream's own, "" when it is not known. It answers false for a code that is not in the table.
func Find(service, code, message string) (Row, bool) {
	byCode, _ := parsed()
	var best Row
	found := -1
	for _, row := range byCode[code] {
		if fit := row.fit(service, message); fit > found {
			best, found = row, fit
		}
	}
	return best, found >= 0
}

// Generic answers what a code means whoever sent it, whatever the text was. It answers false for a code that is not in
// the table or that means something else at one of the services.
func Generic(code string) (Row, bool) {
	byCode, _ := parsed()
	for _, row := range byCode[code] {
		if row.Service != AnyService {
			return Row{}, false
		}
	}
	return Find(AnyService, code, "")
}

// fit is -1 for a row that does not apply, else greater for one that says more.
func (r Row) fit(service, message string) int {
	fit := 0
	if r.Service != AnyService {
		if r.Service != service {
			return -1
		}
		fit += 2
	}
	if r.text != nil {
		if !r.text.MatchString(message) {
			return -1
		}
		fit++
	}
	return fit
}
