package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// content makes the file behind a data share.
func (c *credentialRequests) content(ctx context.Context, s share) ([]byte, error) {
	one, _, err := c.find(ctx, s.RequestID)
	if err != nil {
		return nil, err
	}
	person, err := c.people.find(one.ID, nil)
	if err != nil {
		return nil, err
	}
	if !s.Card {
		return c.credential(one, person)
	}
	return c.card(one, person)
}

// card is the signed PDF that the digital card service makes of its template.
func (c *credentialRequests) card(one credentialRequest, person *resident) ([]byte, error) {
	lines := []string{"National digital ID", "Name: " + person.Names[0], "Date of birth: " + person.attribute("dateOfBirth")}
	if one.Ask.AdditionalData["templateTypeCode"] == "vid-card-type" {
		lines[0] = "Virtual ID card"
		lines = append(lines, "VID: "+one.ID)
		for _, key := range []string{"vidType", "expiryTimestamp", "transactionLimit", "transactionsLeftCount"} {
			if value, given := one.Ask.AdditionalData[key]; given {
				lines = append(lines, fmt.Sprintf("%s: %v", key, value))
			}
		}
	} else {
		lines = append(lines, "UIN: "+person.UIN, "Gender: "+person.attribute("gender"))
	}
	ring, err := c.keys.signing("KERNEL")
	if err != nil {
		return nil, err
	}
	signature := pdfSignature{Page: 1, Left: 73, Bottom: 100, Right: 300, Top: 140, Reason: "Digitally Signed", At: time.Now().UTC()}
	if c.settings.get().CardPasswords {
		signature.Password = cardPassword(person)
	}
	return ring.signPDF(onePage(lines, person.photo()), signature)
}

// onePage is a PDF of one A4 page with lines of text and perhaps a square JPEG beside them, with the cross-reference
// table that a strict reader wants.
func onePage(lines []string, photo []byte) []byte {
	var text strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&text, "BT /F1 %d Tf 72 %d Td (%s) Tj ET\n", max(12, 18-6*i), 720-24*i, latin(line))
	}
	picture := ""
	if photo != nil {
		fmt.Fprintf(&text, "q %d 0 0 %d 420 620 cm /P Do Q\n", portraitSize, portraitSize)
		picture = "/XObject<</P 6 0 R>>"
	}
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>" + picture + ">>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", text.Len(), text.String()),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
	}
	if photo != nil {
		objects = append(objects, fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB"+
			"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream", portraitSize, portraitSize, len(photo), photo))
	}
	var pdf strings.Builder
	pdf.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	table := "0000000000 65535 f \n"
	for i, object := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", pdf.Len())
		fmt.Fprintf(&pdf, "%d 0 obj%s\nendobj\n", i+1, object)
	}
	start := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, table, len(objects)+1, start)
	return []byte(pdf.String())
}

// latin writes a text for a PDF string in WinAnsi; what that does not have becomes a question mark.
func latin(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '(' || r == ')' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r < ' ' || r > 0xff:
			out.WriteByte('?')
		default:
			out.WriteByte(byte(r))
		}
	}
	return out.String()
}
