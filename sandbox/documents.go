package sandbox

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// document is a file of an identity; value is URL-safe base64 without padding.
type document struct {
	Category string `json:"category"`
	Value    string `json:"value"`
}

// documents loads the files that were asked for: proofs, biometrics.
func (r *resident) documents(proofs, biometrics bool) []document {
	list := []document{}
	if proofs {
		list = append(list, document{"proofOfIdentity", base64.RawURLEncoding.EncodeToString(r.proof())})
	}
	if biometrics {
		list = append(list, document{"individualBiometrics", base64.RawURLEncoding.EncodeToString(r.cbeff())})
	}
	return list
}

// proof is a one-page PDF, with the cross-reference table a strict reader wants.
func (r *resident) proof() []byte {
	text := "BT /F1 18 Tf 72 720 Td (Sandbox proof of identity) Tj ET"
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(text), text),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var pdf strings.Builder
	pdf.WriteString("%PDF-1.4\n")
	table := "0000000000 65535 f \n"
	for i, object := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", pdf.Len())
		fmt.Fprintf(&pdf, "%d 0 obj%sendobj\n", i+1, object)
	}
	start := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, table, len(objects)+1, start)
	return []byte(pdf.String())
}

// cbeff is the biometric file: the photo as the only record.
func (r *resident) cbeff() []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>`+
		`<BIR xmlns="http://standards.iso.org/iso-iec/19785/-3/ed-2/"><BIR><BDBInfo><Type>Face</Type>`+
		`<Purpose>Enroll</Purpose></BDBInfo><BDB>%s</BDB></BIR></BIR>`,
		base64.StdEncoding.EncodeToString(r.photo()))
}

// splitList cuts a comma list into its words; an empty text has none.
func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}
