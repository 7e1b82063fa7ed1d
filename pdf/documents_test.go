package pdf_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/pdf"
)

// sample is what one language's document says. Its sentences have what is hard to shape in its script.
type sample struct {
	lang, title, sentence, label, value, note string
	head                                      []string
	row                                       []string
}

var samples = []sample{
	{"eng", "Service history", "Your request was received, and the office will find “fiancée” and naïve spelled as you wrote them.",
		"Full name", "Zoë O’Neill", "Page made for you", []string{"Event", "Status", "Time"},
		[]string{"VID generated", "Success", "2026-10-03 12:00"}},
	{"fra", "Historique des services", "Votre demande a été reçue : l’œuvre, le maïs et la façade, 50 % du total.",
		"Nom complet", "Anaïs Lefèvre", "Établi pour vous", []string{"Événement", "Statut", "Date"},
		[]string{"VID généré", "Succès", "2026-10-03 12:00"}},
	{"spa", "Historial de servicios", "¿Recibió su solicitud el niño? ¡Sí! El pingüino también, señor.",
		"Nombre completo", "Begoña Núñez", "Hecho para usted", []string{"Evento", "Estado", "Fecha"},
		[]string{"VID generado", "Éxito", "2026-10-03 12:00"}},
	{"ara", "سجل الخدمات", "تم استلام طلبك رقم 1234 بنجاح، ولا إله إلا الله، والسَّلام عليكم في VID جديد.",
		"الاسم الكامل", "آلاء عبد الرحمن", "أُنشئ لك", []string{"الحدث", "الحالة", "الوقت"},
		[]string{"تم إنشاء VID", "نجاح", "2026-10-03 12:00"}},
	{"hin", "सेवा इतिहास", "आपका अनुरोध क्रमांक 1234 प्राप्त हुआ: क्षत्रिय, धर्म, श्री, ज्ञान, विद्यार्थी, कर्तव्य।",
		"पूरा नाम", "कृष्णा शर्मा", "आपके लिए बनाया गया", []string{"घटना", "स्थिति", "समय"},
		[]string{"VID बनाया गया", "सफल", "2026-10-03 12:00"}},
	{"kan", "ಸೇವಾ ಇತಿಹಾಸ", "ನಿಮ್ಮ ಕೋರಿಕೆ 1234 ಸ್ವೀಕರಿಸಲಾಗಿದೆ: ಕ್ಷೇತ್ರ, ಕರ್ನಾಟಕ, ಜ್ಞಾನ, ಶ್ರೀ, ಕೊಟ್ಟಿದ್ದಾರೆ.",
		"ಪೂರ್ಣ ಹೆಸರು", "ಲಕ್ಷ್ಮಿ ಗೌಡ", "ನಿಮಗಾಗಿ ಮಾಡಲಾಗಿದೆ", []string{"ಘಟನೆ", "ಸ್ಥಿತಿ", "ಸಮಯ"},
		[]string{"VID ರಚಿಸಲಾಗಿದೆ", "ಯಶಸ್ವಿ", "2026-10-03 12:00"}},
	{"tam", "சேவை வரலாறு", "உங்கள் கோரிக்கை 1234 பெறப்பட்டது: கொடுக்க, கௌரி, ஸ்ரீ, க்ஷேத்திரம், போய்விட்டது.",
		"முழு பெயர்", "மீனாட்சி சுந்தரம்", "உங்களுக்காக உருவாக்கப்பட்டது", []string{"நிகழ்வு", "நிலை", "நேரம்"},
		[]string{"VID உருவாக்கப்பட்டது", "வெற்றி", "2026-10-03 12:00"}},
}

var made = time.Date(2026, 10, 3, 12, 0, 0, 0, time.UTC)

// document is a document with every kind of block.
func (s sample) document() *pdf.Document {
	rows := make([][]string, 3)
	for i := range rows {
		rows[i] = s.row
	}
	return &pdf.Document{Title: s.title, Lang: s.lang, Made: made, Footer: s.note, Blocks: []pdf.Block{
		pdf.Heading{Level: 1, Text: s.title},
		pdf.Paragraph{Text: s.sentence},
		pdf.Fields{List: []pdf.Field{{Label: s.label, Value: s.value}, {Label: "VID", Value: "XXXX XXXX 1234"}}},
		pdf.Divider{},
		pdf.Heading{Level: 2, Text: s.head[0]},
		pdf.Table{Head: s.head, Rows: rows},
		pdf.Card{Title: s.title, Photo: &pdf.Image{Data: photo(), Alt: s.label}, Name: s.value, ID: "XXXX XXXX 1234",
			Fields: []pdf.Field{{Label: s.head[2], Value: "1990/05/17"}, {Label: s.head[1], Value: "+91 98765 43210"}}},
		pdf.Image{Data: photo(), Alt: s.note, Width: 30},
	}}
}

// photo is a portrait of nobody.
func photo() []byte {
	m := image.NewYCbCr(image.Rect(0, 0, 96, 128), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = uint8(i % 251)
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 128, uint8(110+i%40)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var renderer = sync.OnceValues(pdf.New)

func render(t *testing.T, d *pdf.Document, o pdf.Options) ([]byte, pdf.Report) {
	t.Helper()
	r, err := renderer()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	report, err := r.Render(t.Context(), &b, d, o)
	if err != nil {
		t.Fatalf("render %s: %v", d.Lang, err)
	}
	return b.Bytes(), report
}

func BenchmarkAcknowledgement(b *testing.B) {
	r, err := renderer()
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range samples {
		b.Run(s.lang, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Render(b.Context(), io.Discard, s.document(), pdf.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
