package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/pdf"
)

func TestTheSameDocumentMakesTheSameBytes(t *testing.T) {
	for _, s := range samples {
		first, _ := render(t, s.document(), pdf.Options{})
		second, _ := render(t, s.document(), pdf.Options{})
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two renderings differ", s.lang)
		}
	}
}

func TestAPasswordOpensTheFileAndNothingElseDoes(t *testing.T) {
	s := samples[3]
	for _, password := range []string{"अआ12", strings.Repeat("long ", 40)} {
		file, _ := render(t, s.document(), pdf.Options{Password: password})
		if bytes.Contains(file, []byte(password)) || bytes.Contains(file, []byte("Resident Graph")) {
			t.Error("the file says in clear what it should not")
		}
		for _, wrong := range []string{"", password[1:]} {
			if r := read(t, file, wrong); r.Error != "PasswordException" {
				t.Errorf("%q opened a file with the password %q: %q", wrong, password, r.Error)
			}
		}
		// A password counts up to 127 bytes.
		r := read(t, file, password[:min(len(password), 127)])
		if diff := cmp.Diff(s.expected(), spaced(r.outline())); diff != "" {
			t.Errorf("as written (-) and as read (+):\n%s", diff)
		}
	}
}

func TestWhatNoFontHasIsCounted(t *testing.T) {
	d := &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{pdf.Paragraph{Text: "Tokyo 東京"}}}
	file, report := render(t, d, pdf.Options{})
	if report.Missing != 2 {
		t.Errorf("%d characters missing, want 2", report.Missing)
	}
	if got := read(t, file, "").of("P")[0].Text; got != "Tokyo 東京" {
		t.Errorf("read %q", got)
	}
}

func TestWhatIsNoTextIsCleaned(t *testing.T) {
	d := &pdf.Document{Title: "a\x00b\u202e", Lang: "eng",
		Blocks: []pdf.Block{pdf.Paragraph{Text: "a\xffb\x07c\u202ed\u2066e\ufefff\tg\r\nh\u0085i"}}}
	file, _ := render(t, d, pdf.Options{})
	r := read(t, file, "")
	if r.Title != "ab" || r.of("P")[0].Text != "a\uFFFDbcdef g h i" {
		t.Errorf("title %q, text %q", r.Title, r.of("P")[0].Text)
	}
}

// history is a table as long as a service history may get.
func history(rows int) *pdf.Document {
	table := pdf.Table{Head: []string{"EID", "Event", "Status", "Time", "Description"}, Rows: make([][]string, rows)}
	for i := range table.Rows {
		table.Rows[i] = []string{fmt.Sprintf("%016d", i), "Credential shared with a partner", "Success", "2026-10-03 12:00",
			"A description that is long enough to take more than one line of its column"}
	}
	return &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{table}}
}

func TestATableRepeatsItsHeaderAndLosesNoRow(t *testing.T) {
	const rows = 100
	file, report := render(t, history(rows), pdf.Options{})
	if report.Pages < 4 {
		t.Fatalf("%d pages", report.Pages)
	}
	read := read(t, file, "")
	var got, want []string
	for _, cell := range read.of("TD") {
		if len(cell.Text) == 16 && cell.Text[0] == '0' {
			got = append(got, cell.Text)
		}
	}
	for i := range rows {
		want = append(want, fmt.Sprintf("%016d", i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows as written (-) and as read (+):\n%s", diff)
	}
	headers := slices.DeleteFunc(read.of("TH"), func(e element) bool { return e.Text == "" })
	if len(headers) != 5 {
		t.Errorf("%d headers in the structure, want 5", len(headers))
	}
	for _, a := range read.of("Artifact")[1:] {
		if !strings.HasPrefix(a.Text, "EID|Event|Status|Time|Description|") {
			t.Errorf("page %d begins with %q", a.Page, a.Text)
		}
	}
}

func TestALongTableTakesLittleMemory(t *testing.T) {
	r, err := pdf.New()
	if err != nil {
		t.Fatal(err)
	}
	d := history(2000)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	live := &watch{}
	report, err := r.Render(t.Context(), live, d, pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	used := int64(live.most) - int64(before.HeapAlloc)
	t.Logf("%d pages, %d bytes, at most %d KiB in use", report.Pages, live.size, used>>10)
	if report.Pages < 80 || used > 32<<20 {
		t.Errorf("%d pages, %d MiB in use at once", report.Pages, used>>20)
	}
}

// watch keeps how much memory is in use, at most, whenever bytes are written.
type watch struct {
	most uint64
	size int
}

func (w *watch) Write(p []byte) (int, error) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.most = max(w.most, m.HeapAlloc)
	w.size += len(p)
	return len(p), nil
}

func TestARowTallerThanAPageIsCut(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 3000))
	table := pdf.Table{Head: []string{"A", "B"}, Widths: []float64{1, 1}, Rows: [][]string{{"short", long}, {"next", "row"}}}
	d := &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{table}}
	file, report := render(t, d, pdf.Options{})
	var text []string
	for _, cell := range read(t, file, "").of("TD") {
		if strings.HasPrefix(cell.Text, "word") {
			text = append(text, cell.Text)
		}
	}
	if report.Pages < 3 || len(text) < 3 || strings.Join(text, " ") != long {
		t.Errorf("%d pages, %d pieces with %d words", report.Pages, len(text), len(strings.Fields(strings.Join(text, " "))))
	}
}

func TestALongWordStaysOnThePage(t *testing.T) {
	word := strings.Repeat("x", 1000)
	d := &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{pdf.Paragraph{Text: word}}}
	file, _ := render(t, d, pdf.Options{})
	p := read(t, file, "").of("P")[0]
	if p.Right > 595.276-54+0.1 || strings.ReplaceAll(p.Text, " ", "") != word {
		t.Errorf("it ends at %.1f and reads back as %d characters", p.Right, len(p.Text))
	}
}

func TestACardGoesOnWhereItsFaceIsFull(t *testing.T) {
	card := pdf.Card{Title: "Card", Photo: &pdf.Image{Data: photo(), Alt: "Photo"}, Name: "A name", ID: "XXXX 1234"}
	for i := range 20 {
		card.Fields = append(card.Fields, pdf.Field{Label: fmt.Sprintf("Label %d", i), Value: fmt.Sprintf("Value %d", i)})
	}
	file, _ := render(t, &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{card}}, pdf.Options{})
	var want, got []string
	for _, f := range card.Fields {
		want = append(want, f.Value)
	}
	for _, e := range read(t, file, "").of("LBody") {
		got = append(got, e.Text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("as written (-) and as read (+):\n%s", diff)
	}
}

func TestTheLastPageKeepsRoomForASignature(t *testing.T) {
	d := &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{pdf.Paragraph{Text: strings.Repeat("line\n", 40)}}}
	if _, report := render(t, d, pdf.Options{}); report.Pages != 1 {
		t.Errorf("%d pages, want 1", report.Pages)
	}
	if _, report := render(t, d, pdf.Options{Clear: 310}); report.Pages != 2 {
		t.Errorf("%d pages with room for a signature, want 2", report.Pages)
	}
}

func TestImages(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	m.Set(3, 3, color.NRGBA{R: 200, A: 90})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	logo := pdf.Image{Data: b.Bytes(), Alt: "Logo", Width: 500}
	blocks := []pdf.Block{logo, logo, pdf.Image{Data: b.Bytes()}}
	file, _ := render(t, &pdf.Document{Title: "t", Lang: "eng", Blocks: blocks}, pdf.Options{})
	if n := bytes.Count(file, []byte("/Subtype /Image")); n != 2 {
		t.Errorf("%d images in the file, want the picture and its transparency", n)
	}
	if n := len(read(t, file, "").of("Figure")); n != 2 {
		t.Errorf("%d figures, want 2: an image without a text is decoration", n)
	}
}

func TestWhatIsTooLargeOrWrongIsRefused(t *testing.T) {
	wide := image.NewGray(image.Rect(0, 0, pdf.MaxImageSide+1, 1))
	var side bytes.Buffer
	if err := png.Encode(&side, wide); err != nil {
		t.Fatal(err)
	}
	pages := make([]pdf.Block, 0, 2*pdf.MaxPages+2)
	for range pdf.MaxPages + 1 {
		pages = append(pages, pdf.Paragraph{Text: "x"}, pdf.PageBreak{})
	}
	for name, c := range map[string]struct {
		blocks []pdf.Block
		large  bool
	}{
		"pages":       {pages, true},
		"cells":       {[]pdf.Block{pdf.Table{Head: []string{"a"}, Rows: make([][]string, pdf.MaxCells)}}, true},
		"string":      {[]pdf.Block{pdf.Paragraph{Text: strings.Repeat("x", pdf.MaxString+1)}}, true},
		"image bytes": {[]pdf.Block{pdf.Image{Data: make([]byte, pdf.MaxImage+1)}}, true},
		"image side":  {[]pdf.Block{pdf.Image{Data: side.Bytes()}}, true},
		"card field":  {[]pdf.Block{pdf.Card{Fields: []pdf.Field{{Value: strings.Repeat("x ", 5000)}}}}, true},
		"card title":  {[]pdf.Block{pdf.Card{Title: strings.Repeat("x ", 5000)}}, true},
		"card id":     {[]pdf.Block{pdf.Card{ID: strings.Repeat("x ", 5000)}}, true},
		"header":      {[]pdf.Block{pdf.Table{Head: []string{strings.Repeat("x\n", 5000)}}}, true},
		"columns":     {[]pdf.Block{pdf.Table{Head: make([]string, 200)}}, true},
		"no width":    {[]pdf.Block{pdf.Table{Head: []string{"a", "b"}, Widths: []float64{1, 0}}}, true},
		"card name":   {[]pdf.Block{pdf.Card{Name: strings.Repeat("x ", 5000)}}, true},
		"no image":    {[]pdf.Block{pdf.Image{Data: []byte("<svg/>")}}, false},
		"wide row":    {[]pdf.Block{pdf.Table{Head: []string{"a"}, Rows: [][]string{{"1", "2"}}}}, false},
		"no header":   {[]pdf.Block{pdf.Table{Rows: [][]string{{"1"}}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := pdf.New()
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Render(t.Context(), io.Discard, &pdf.Document{Title: "t", Lang: "eng", Blocks: c.blocks}, pdf.Options{})
			if err == nil || errors.Is(err, pdf.ErrTooLarge) != c.large {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestRenderingStopsWithItsContext(t *testing.T) {
	r, err := pdf.New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := &pdf.Document{Title: "t", Lang: "eng", Blocks: []pdf.Block{pdf.Paragraph{Text: "x"}, pdf.PageBreak{}}}
	if _, err := r.Render(ctx, io.Discard, d, pdf.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestARendererServesManyAtOnce(t *testing.T) {
	r, err := pdf.New()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for _, s := range samples {
		alone, _ := render(t, s.document(), pdf.Options{})
		for range 2 {
			wait.Go(func() {
				var b bytes.Buffer
				if _, err := r.Render(t.Context(), &b, s.document(), pdf.Options{}); err != nil || !bytes.Equal(b.Bytes(), alone) {
					t.Errorf("%s beside others: error %v, %d bytes instead of %d", s.lang, err, b.Len(), len(alone))
				}
			})
		}
	}
	wait.Wait()
}

// FuzzParagraph looks for text that breaks shaping, breaking into lines or the file.
func FuzzParagraph(f *testing.F) {
	for _, s := range samples {
		f.Add(s.sentence, s.lang)
	}
	f.Add("\u200f\u200d\u0301 \u064b\n\n\U000E0001", "ara")
	f.Add("x\ufe0f\U000e0100\u034f", strings.Repeat("\n", 500))
	r, err := pdf.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s, lang string) {
		d := &pdf.Document{Title: "t", Lang: "ara", Footer: s, Blocks: []pdf.Block{pdf.Heading{Level: 3, Text: s},
			pdf.Fields{List: []pdf.Field{{Label: s, Value: s}}}, pdf.Table{Head: []string{s, lang}, Rows: [][]string{{lang, s}}}}}
		if _, err := r.Render(t.Context(), io.Discard, d, pdf.Options{}); err != nil && !errors.Is(err, pdf.ErrTooLarge) {
			t.Error(err)
		}
	})
}
