package config

import (
	"fmt"
	"io"
	"reflect"
	"text/tabwriter"
)

// Help writes every variable with its meaning and its default.
func Help(w io.Writer) {
	fmt.Fprint(w, "Resident Graph: one GraphQL endpoint over the services of a MOSIP digital ID.\n\n"+
		"resident-graph serves; resident-graph rotate-data-key gives personal data at rest a new key (--help says more).\n\n"+
		"It is configured by environment variables:\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows(table, reflect.TypeFor[Config](), "")
	_ = table.Flush()
}

func rows(w io.Writer, t reflect.Type, prefix string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, help := f.Tag.Get("env"), f.Tag.Get("help")
		if name == "" {
			if f.Type.Kind() == reflect.Struct {
				rows(w, f.Type, prefix+f.Tag.Get("envPrefix"))
			}
			continue
		}
		if d := f.Tag.Get("envDefault"); d != "" {
			help += " (default " + d + ")"
		}
		fmt.Fprintf(w, "  %s%s\t%s\n", prefix, name, help)
	}
}
