package fonts

import (
	"reflect"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype/tables"
)

// listCoverage turns the ranges of glyphs that a font's rules are for into lists of glyphs. The shaper keeps a digest of
// each rule's glyphs, and drops every range that comes after a long one from it (typesetting v0.3.5): in Noto Sans Arabic
// the rules that join yeh, noon and qaf were never looked at. Lists it adds completely.
func listCoverage(f *font.Font) {
	list(reflect.ValueOf(&f.GSUB).Elem())
	list(reflect.ValueOf(&f.GPOS).Elem())
}

// list walks through a table, replacing what it finds in place.
func list(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			list(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			list(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				list(field)
			}
		}
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		if ranges, ok := v.Interface().(tables.Coverage2); ok {
			v.Set(reflect.ValueOf(listed(ranges)))
			return
		}
		held := reflect.New(v.Elem().Type()).Elem() // what an interface holds cannot be changed where it is
		held.Set(v.Elem())
		list(held)
		v.Set(held)
	}
}

// listed answers the glyphs of ranges, which are in ascending order as the format asks.
func listed(ranges tables.Coverage2) tables.Coverage1 {
	var all tables.Coverage1
	for _, r := range ranges.Ranges {
		for id := r.StartGlyphID; id < r.EndGlyphID; id++ {
			all.Glyphs = append(all.Glyphs, id)
		}
		all.Glyphs = append(all.Glyphs, r.EndGlyphID)
	}
	return all
}
