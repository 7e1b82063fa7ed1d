package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pdfSignRequest is request of pdf/sign.
type pdfSignRequest struct {
	ApplicationID string `json:"applicationId"`
	ReferenceID   string `json:"referenceId"`
	TimeStamp     string `json:"timeStamp"`
	Data          string `json:"data"`
	LowerLeftX    int    `json:"lowerLeftX"`
	LowerLeftY    int    `json:"lowerLeftY"`
	UpperRightX   int    `json:"upperRightX"`
	UpperRightY   int    `json:"upperRightY"`
	Reason        string `json:"reason"`
	PageNumber    int    `json:"pageNumber"`
	Password      string `json:"password"`
}

var cannotSign = kernelError{"KER-JWS-104", "Error - Unable to sign the data."}

// pdfSign signs a PDF and, with a password, locks it. The answer is base64 of the URL alphabet, unpadded.
func (k *keyManager) pdfSign(w http.ResponseWriter, r *http.Request) {
	var body keyRequest[pdfSignRequest]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, "null", "null", kernelError{"KER-KMS-005", "Invalid Request"})
		return
	}
	signed, err := k.signDocument(body.Request)
	if err != nil {
		refuse(w, asText(body.ID), asText(body.Version), keyError(err))
		return
	}
	succeedNull(w, body.ID, body.Version, map[string]string{"data": base64.RawURLEncoding.EncodeToString(signed)})
}

func (k *keyManager) signDocument(s pdfSignRequest) ([]byte, error) {
	for _, field := range [][2]string{
		{"applicationId", s.ApplicationID}, {"referenceId", s.ReferenceID}, {"timeStamp", s.TimeStamp}, {"data", s.Data},
	} {
		if strings.TrimSpace(field[1]) == "" {
			return nil, kernelError{"KER-KMS-005", field[0] + " must not be blank"}
		}
	}
	if _, err := time.Parse(wireTime, s.TimeStamp); err != nil {
		return nil, kernelError{"KER-KMS-005", "timeStamp is not a timestamp"}
	}
	document, err := decodeBase64(s.Data)
	if err != nil {
		return nil, kernelError{"KER-JWS-102", "Data to sign is not valid."}
	}
	if !slices.Contains(keyPolicies, s.ApplicationID) {
		return nil, unknownApplication
	}
	ring, err := k.signing(s.ApplicationID)
	if err != nil {
		return nil, err
	}
	signed, err := ring.signPDF(document, pdfSignature{
		Page: s.PageNumber, Left: s.LowerLeftX, Bottom: s.LowerLeftY, Right: s.UpperRightX, Top: s.UpperRightY,
		Reason: s.Reason, Password: s.Password, At: time.Now().UTC(),
	})
	if err != nil {
		return nil, errors.Join(cannotSign, err) // no PDF, no such page
	}
	return signed, nil
}
