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

// proof is a one-page PDF.
func (r *resident) proof() []byte { return onePage([]string{"Sandbox proof of identity"}, nil) }

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
