package pdf

import (
	"fmt"
	"slices"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/text"
)

// tags is the logical structure of the document (ISO 32000-1, 14.7): what is a heading, a table, a figure, in the order of
// reading.
type tags struct{ document *element }

// element is one structure element. Its kids are elements and marks.
type element struct {
	tag    file.Name
	parent *element
	kids   []any
	attrs  file.Dict
	alt    string // what a figure shows
	actual string // the text of the element's content, where its glyphs do not come in the order of reading
	ref    file.Ref
}

// mark is a piece of a page's content.
type mark struct{ page, number int }

func newTags() *tags { return &tags{document: &element{tag: "Document"}} }

func (e *element) add(tag file.Name) *element {
	kid := &element{tag: tag, parent: e}
	e.kids = append(e.kids, kid)
	return kid
}

// addText is add for an element whose content is the text s. The glyphs of right-to-left text are shown from left to right,
// as readers of pages expect; who reads the structure alone is told the text itself.
func (e *element) addText(tag file.Name, s string) *element {
	kid := e.add(tag)
	if text.HasRTL(s) {
		kid.actual = text.Clean(s)
	}
	return kid
}

// drop takes back a kid that turned out empty.
func (e *element) drop(kid *element) {
	e.kids = slices.DeleteFunc(e.kids, func(k any) bool { return k == kid })
}

// mark has draw's content belong to e; without one it is decoration, or a repetition that nobody needs to hear.
func (l *layout) mark(e *element, draw func()) {
	if e == nil {
		l.content = append(l.content, "/Artifact BMC\n"...)
	} else {
		p := l.page()
		e.kids = append(e.kids, mark{len(l.pages) - 1, len(p.marked)})
		l.content = fmt.Appendf(l.content, "/%s <</MCID %d>> BDC\n", e.tag, len(p.marked))
		p.marked = append(p.marked, e)
	}
	draw()
	l.content = append(l.content, "EMC\n"...)
}

// writeTags writes the structure tree and answers its root.
func (l *layout) writeTags() file.Ref {
	root := l.file.New()
	l.number(l.tags.document)
	l.writeElement(l.tags.document, root)
	numbers := file.Array{}
	for i, p := range l.pages {
		parents := file.Array{}
		for _, e := range p.marked {
			parents = append(parents, e.ref)
		}
		numbers = append(numbers, i, l.file.Add(parents))
	}
	l.file.Set(root, file.Dict{"Type": file.Name("StructTreeRoot"), "K": l.tags.document.ref,
		"ParentTree": l.file.Add(file.Dict{"Nums": numbers}), "ParentTreeNextKey": len(l.pages)})
	return root
}

func (l *layout) number(e *element) {
	e.ref = l.file.New()
	for _, kid := range e.kids {
		if kid, ok := kid.(*element); ok {
			l.number(kid)
		}
	}
}

func (l *layout) writeElement(e *element, parent file.Ref) {
	d := file.Dict{"S": e.tag, "P": parent}
	kids := file.Array{}
	for _, kid := range e.kids {
		switch kid := kid.(type) {
		case *element:
			kids = append(kids, kid.ref)
			l.writeElement(kid, e.ref)
		case mark:
			ref := l.pages[kid.page].ref
			if d["Pg"] == nil {
				d["Pg"] = ref
			}
			if d["Pg"] == ref {
				kids = append(kids, kid.number)
			} else {
				kids = append(kids, file.Dict{"Type": file.Name("MCR"), "Pg": ref, "MCID": kid.number})
			}
		}
	}
	if len(kids) > 0 {
		d["K"] = kids
	}
	if e.attrs != nil {
		d["A"] = e.attrs
	}
	if e.alt != "" {
		d["Alt"] = file.Text(e.alt)
	}
	if e.actual != "" {
		d["ActualText"] = file.Text(e.actual)
	}
	l.file.Set(e.ref, d)
}
