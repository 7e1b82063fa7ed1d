package pdf

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/text"
)

const producer = "Resident Graph"

// finish closes the last page and writes what needs the whole document: page numbers, fonts, structure, metadata.
func (l *layout) finish(d *Document, lang language.Tag) error {
	if l.y < l.clear {
		if err := l.breakPage(); err != nil {
			return err
		}
	}
	l.close()
	feet, err := l.feet(d.Footer)
	if err != nil {
		return err
	}
	if err := l.writeResources(); err != nil {
		return err
	}
	tree := l.writeTags()
	pages := l.file.New()
	kids := file.Array{}
	for i, p := range l.pages {
		kids = append(kids, p.ref)
		l.file.Set(p.ref, file.Dict{
			"Type": file.Name("Page"), "Parent": pages, "MediaBox": file.Array{0, 0, pageWidth, pageHeight},
			"Contents": file.Array{p.content, feet[i]}, "Resources": l.resources, "StructParents": i, "Tabs": file.Name("S"),
		})
	}
	l.file.Set(pages, file.Dict{"Type": file.Name("Pages"), "Kids": kids, "Count": len(kids)})
	catalog := file.Dict{
		"Type": file.Name("Catalog"), "Pages": pages, "Lang": file.Text(lang.String()), "StructTreeRoot": tree,
		"MarkInfo": file.Dict{"Marked": true}, "Metadata": l.metadata(d, lang),
		"ViewerPreferences": file.Dict{"DisplayDocTitle": true, "Direction": l.direction()},
	}
	return l.file.Close(catalog, l.file.Add(info(d)))
}

// direction is how two pages lie side by side.
func (l *layout) direction() file.Name {
	if l.text.RTL {
		return "R2L"
	}
	return "L2R"
}

// feet answers each page's footer: the document's own at one side, the page's number at the other.
func (l *layout) feet(footer string) ([]file.Ref, error) {
	const numberWidth = 70
	a := line()
	lines, err := l.set(footer, foot, a.width-numberWidth)
	if err != nil {
		return nil, err
	}
	feet := make([]file.Ref, 0, len(l.pages))
	for i := range l.pages {
		number := l.text.Lines(fmt.Sprintf("%d / %d", i+1, len(l.pages)), foot, numberWidth)[0]
		l.content = l.content[:0]
		l.mark(nil, func() {
			l.grey(muted)
			// A footer has room for two lines.
			l.lines(lines[:min(len(lines), 2)], a, footerLine+lines[0].Ascent)
			l.content = l.text.Append(l.content, number, l.end(a, number.Width), footerLine)
		})
		feet = append(feet, l.file.AddStream(nil, l.content))
	}
	return feet, nil
}

func (l *layout) writeResources() error {
	fonts := file.Dict{}
	for _, s := range l.text.Subsets() {
		ref, err := s.Embed(l.file)
		if err != nil {
			return err
		}
		fonts[s.Resource] = ref
	}
	images := file.Dict{}
	for _, p := range l.images {
		images[p.name] = p.ref
	}
	l.file.Set(l.resources, file.Dict{"Font": fonts, "XObject": images})
	return nil
}

func info(d *Document) file.Dict {
	entries := file.Dict{"Title": file.Text(text.Clean(d.Title)), "Producer": file.Text(producer)}
	if !d.Made.IsZero() {
		made := file.Bytes(d.Made.UTC().Format("D:20060102150405+00'00'"))
		entries["CreationDate"], entries["ModDate"] = made, made
	}
	return entries
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text.Clean(s))) // a Builder takes everything
	return b.String()
}

// metadata writes the same facts in XMP (ISO 16684-1), where archives look for them.
func (l *layout) metadata(d *Document, lang language.Tag) file.Ref {
	dates := ""
	if !d.Made.IsZero() {
		at := d.Made.UTC().Format(time.RFC3339)
		dates = "<xmp:CreateDate>" + at + "</xmp:CreateDate><xmp:ModifyDate>" + at + "</xmp:ModifyDate>"
	}
	packet := fmt.Sprintf(`<?xpacket begin="%s" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
%s<pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, "\uFEFF", escaped(d.Title), lang, dates, producer)
	return l.file.AddStream(file.Dict{"Type": file.Name("Metadata"), "Subtype": file.Name("XML")}, []byte(packet))
}
