package sandbox

import (
	"fmt"
	"strings"
)

// readTemplates reads templates.tsv. A code may name a set of labels.tsv in
// braces: that row stands for one template per label, and the braces become
// the label's key in the code and its text in the texts. A later row wins, so
// that what is special can be said below what is general.
func readTemplates() (map[string]texts, error) {
	labels, err := table("labels.tsv", 2)
	if err != nil {
		return nil, err
	}
	sets := map[string][]row{}
	for _, label := range labels {
		sets[label.kind] = append(sets[label.kind], label)
	}
	rows, err := table("templates.tsv", 1)
	if err != nil {
		return nil, err
	}
	templates := map[string]texts{}
	for _, row := range rows {
		set, braced := betweenBraces(row.key)
		if !braced {
			templates[row.key] = row.texts
			continue
		}
		if sets[set] == nil {
			return nil, fmt.Errorf("template %s: no labels called %q", row.key, set)
		}
		for _, label := range sets[set] {
			templates[strings.ReplaceAll(row.key, "{"+set+"}", label.key)] = row.texts.with("{"+set+"}", label.texts)
		}
	}
	return templates, nil
}

// with puts a label into every text, in its own language.
func (t texts) with(placeholder string, label texts) texts {
	for i := range t {
		t[i] = strings.ReplaceAll(t[i], placeholder, label[i])
	}
	return t
}

func betweenBraces(code string) (string, bool) {
	_, rest, opened := strings.Cut(code, "{")
	set, _, closed := strings.Cut(rest, "}")
	return set, opened && closed
}
