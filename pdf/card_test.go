package pdf_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/pdf"
)

// TestALongNameHasRoomOnACard: a name of 120 characters, with spaces and without.
func TestALongNameHasRoomOnACard(t *testing.T) {
	for _, s := range samples {
		for _, name := range []string{first(strings.Repeat(s.value+" ", 40), 120), first(strings.ReplaceAll(strings.Repeat(s.value, 40), " ", ""), 120)} {
			card := pdf.Card{Title: s.title, Photo: &pdf.Image{Data: photo(), Alt: s.label}, Name: name, ID: "1234567890",
				Fields: []pdf.Field{{Label: s.label, Value: name}, {Label: s.head[0], Value: "a.very.long.address.of.somebody@a.very.long.domain.example.org"}}}
			b, _ := render(t, &pdf.Document{Title: s.title, Lang: s.lang, Blocks: []pdf.Block{card}}, pdf.Options{})
			r := read(t, b, "")
			if !has(r.of("P"), name) || !has(r.of("LBody"), name) {
				t.Errorf("%s: nothing says %q: %s", s.lang, name, r.outline())
			}
		}
	}
}

func has(elements []element, text string) bool {
	for _, e := range elements {
		if strings.ReplaceAll(e.Text, " ", "") == strings.ReplaceAll(text, " ", "") {
			return true
		}
	}
	return false
}

// first answers the first n characters of s, without a space at their end.
func first(s string, n int) string { return strings.TrimSpace(string([]rune(s)[:n])) }

// TestWhichPhotosCanBeDrawn: JPEG 2000, which e-Signet may have from a registration, is none of them.
func TestWhichPhotosCanBeDrawn(t *testing.T) {
	jpegOf := func(width, height int) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		data  []byte
		drawn bool
	}{
		"a portrait":         {photo(), true},
		"grey":               {jpegOf(90, 120), true},
		"very tall":          {jpegOf(2, 4000), true},
		"very wide":          {jpegOf(4000, 2), true},
		"one pixel":          {jpegOf(1, 1), true},
		"CMYK":               {cmyk, true},
		"too many pixels":    {jpegOf(6000, 10), false},
		"JPEG 2000":          {[]byte("\x00\x00\x00\x0cjP  \r\n\x87\n\x00\x00\x00\x14ftypjp2 "), false},
		"cut off":            {photo()[:400], false},
		"nothing":            {nil, false},
		"markup":             {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), false},
		"more than it takes": {append(photo(), make([]byte, pdf.MaxImage)...), false},
	} {
		if err := pdf.Drawable(c.data); (err == nil) != c.drawn {
			t.Errorf("%s: %v", name, err)
		}
		if !c.drawn {
			continue
		}
		card := pdf.Card{Title: "Card", Photo: &pdf.Image{Data: c.data, Alt: "Photo"}, Name: "Zoë", Fields: []pdf.Field{{Label: "A", Value: "B"}}}
		b, _ := render(t, &pdf.Document{Title: "Card", Lang: "eng", Blocks: []pdf.Block{card}}, pdf.Options{})
		if r := read(t, b, ""); len(r.of("Figure")) != 1 || !has(r.of("P"), "Zoë") {
			t.Errorf("%s: %s", name, r.outline())
		}
	}
}

// cmyk is a JPEG of four inks as Adobe's programs write it, eight by eight pixels of one grey.
var cmyk = slices.Concat(
	[]byte{0xFF, 0xD8, 0xFF, 0xEE, 0, 14}, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"),
	[]byte{0xFF, 0xDB, 0, 67, 0}, bytes.Repeat([]byte{1}, 64),
	[]byte{0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0},
	[]byte{0xFF, 0xC4, 0, 20, 0x00, 1}, make([]byte, 16), []byte{0xFF, 0xC4, 0, 20, 0x10, 1}, make([]byte, 16),
	[]byte{0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0}, []byte{0x00, 0xFF, 0xD9})
