package keymanager

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

type wireSign struct {
	Data               string  `json:"dataToSign"`
	ApplicationID      string  `json:"applicationId"`
	ReferenceID        string  `json:"referenceId"`
	IncludePayload     bool    `json:"includePayload"`
	IncludeCertificate bool    `json:"includeCertificate"`
	IncludeCertHash    bool    `json:"includeCertHash"`
	CertificateURL     *string `json:"certificateUrl"`
}

// JWTSign signs claims, a JSON object, with the key of an application and reference ("" for its master key, RS256) and
// returns the compact JWS with the certificate in its header. Refused with KER-JWS-103: not JSON; KER-JWS-108: not for
// this service account. An application that Key Manager does not know signs as KERNEL.
func (c *Client) JWTSign(ctx context.Context, appID, refID string, claims []byte) (string, error) {
	const operation = "jwt sign"
	got, err := upstream.Do[struct {
		Signed string `json:"jwtSignedData"`
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/jwtSign", Idempotent: true,
		Body: upstream.Wrap("", "", wireSign{
			Data: base64.RawURLEncoding.EncodeToString(claims), ApplicationID: appID, ReferenceID: refID,
			IncludePayload: true, IncludeCertificate: true,
		}),
	})
	if err == nil && got.Signed == "" {
		return "", c.up.Garbled(operation, "no-signature", nil)
	}
	return got.Signed, err
}

// Verification is what Key Manager says of a signature.
type Verification struct {
	Valid bool
	// Trust is TRUST_CERT_PATH_VALID when trust was asked for and the certificate leads to one of the domain's roots. A
	// signature may bring its own certificate: Valid alone says that somebody signed, not who.
	Trust string
}

// TrustedPath is the Trust of a signer whom the domain knows.
const TrustedPath = "TRUST_CERT_PATH_VALID"

type wireVerify struct {
	Signed        string  `json:"jwtSignatureData"`
	ActualData    *string `json:"actualData"`
	ApplicationID string  `json:"applicationId"`
	ReferenceID   string  `json:"referenceId"`
	Certificate   *string `json:"certificateData"`
	ValidateTrust bool    `json:"validateTrust"`
	Domain        *string `json:"domain"`
}

// JWTVerify checks a compact JWS against the certificate in its header, else the application's own; domain, when not
// empty, asks for the trust in the certificate too. A wrong signature is an answer and no error. Refused with
// KER-JWS-106: not a JWS.
func (c *Client) JWTVerify(ctx context.Context, appID, refID, signed, domain string) (Verification, error) {
	ask := wireVerify{Signed: signed, ApplicationID: appID, ReferenceID: refID}
	if domain != "" {
		ask.ValidateTrust, ask.Domain = true, &domain
	}
	got, err := upstream.Do[struct {
		Valid bool   `json:"signatureValid"`
		Trust string `json:"trustValid"`
	}](ctx, c.up, upstream.Call{
		Operation: "jwt verify", Method: http.MethodPost, Path: "/jwtVerify", Idempotent: true, Body: upstream.Wrap("", "", ask),
	})
	return Verification{Valid: got.Valid, Trust: got.Trust}, err
}

// PDFSignature is how a PDF is signed. The zero rectangle is MOSIP's: 73, 100 to 300, 300.
type PDFSignature struct {
	ApplicationID, ReferenceID string // KERNEL and SIGN when empty
	Left, Bottom, Right, Top   int    // where the signature is seen, in points from the lower left corner
	Reason                     string // "Digitally Signed" when empty
	Page                       int    // the one on which it is seen, counted from 1: the last one, by MOSIP's custom
	Password                   string // that opens the signed file; "" for none
}

type wirePDF struct {
	ApplicationID string  `json:"applicationId"`
	ReferenceID   string  `json:"referenceId"`
	TimeStamp     string  `json:"timeStamp"`
	Data          string  `json:"data"`
	LowerLeftX    int     `json:"lowerLeftX"`
	LowerLeftY    int     `json:"lowerLeftY"`
	UpperRightX   int     `json:"upperRightX"`
	UpperRightY   int     `json:"upperRightY"`
	Reason        string  `json:"reason"`
	Page          int     `json:"pageNumber"`
	Password      *string `json:"password"`
}

func (s PDFSignature) wire(pdf []byte) wirePDF {
	w := wirePDF{
		ApplicationID: "KERNEL", ReferenceID: "SIGN", TimeStamp: upstream.Timestamp(time.Now()),
		Data:       base64.StdEncoding.EncodeToString(pdf),
		LowerLeftX: s.Left, LowerLeftY: s.Bottom, UpperRightX: s.Right, UpperRightY: s.Top, Reason: "Digitally Signed", Page: s.Page,
	}
	if s.ApplicationID != "" {
		w.ApplicationID, w.ReferenceID = s.ApplicationID, s.ReferenceID
	}
	if s.Left == 0 && s.Bottom == 0 && s.Right == 0 && s.Top == 0 {
		w.LowerLeftX, w.LowerLeftY, w.UpperRightX, w.UpperRightY = 73, 100, 300, 300
	}
	if s.Reason != "" {
		w.Reason = s.Reason
	}
	if s.Password != "" {
		w.Password = &s.Password
	}
	return w
}

// SignPDF returns the PDF signed and, with a password, locked. What comes back is another file of about the same size;
// an unsigned file is never returned in its place. Refused: not a PDF or no such page (KER-JWS-104), an application
// that Key Manager does not know (KER-KMS-002).
func (c *Client) SignPDF(ctx context.Context, pdf []byte, s PDFSignature) ([]byte, error) {
	const operation = "pdf sign"
	const room = 1 << 20 // for the signature and what Key Manager writes otherwise
	got, err := upstream.Do[wireCrypto](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/pdf/sign", Idempotent: true,
		Body: upstream.Wrap("", "", s.wire(pdf)), MaxBytes: 2*int64(len(pdf)) + room,
	})
	if err != nil {
		return nil, err
	}
	signed, err := decode(got.Data)
	if err != nil || !strings.HasPrefix(string(signed[:min(len(signed), 5)]), "%PDF-") {
		return nil, c.up.Garbled(operation, "not-a-pdf", err)
	}
	return signed, nil
}
