package sandbox

import (
	"embed"
	"fmt"
	"strings"
)

// data holds what the sandbox says and serves: names, places, texts, files.
//
//go:embed data
var data embed.FS

// languages the sandbox's residents and texts come in, in the order of the
// columns of its tables.
var languages = [...]string{"eng", "fra", "ara", "hin", "tam"}

// texts is one text in every language, in their order.
type texts [len(languages)]string

// in returns the text in a language, and whether there is one.
func (t texts) in(language string) (string, bool) {
	for i, code := range languages {
		if code == language {
			return t[i], true
		}
	}
	return "", false
}

// row of a table: two columns that say what it is, then the texts.
type row struct {
	kind, key string
	texts     texts
}

// table reads an embedded tab-separated table below its heading. keys is the
// number of columns before the texts: 1 or 2.
func table(name string, keys int) ([]row, error) {
	raw, err := data.ReadFile("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", name, err)
	}
	var rows []row
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for number, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != keys+len(languages) {
			return nil, fmt.Errorf("table %s, line %d: %d cells", name, number+2, len(cells))
		}
		rows = append(rows, row{kind: cells[0], key: cells[keys-1], texts: texts(cells[keys:])})
	}
	return rows, nil
}
