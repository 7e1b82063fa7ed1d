package sandbox

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// verifyRequest is request of jwtVerify.
type verifyRequest struct {
	Signed        string `json:"jwtSignatureData"`
	ActualData    string `json:"actualData"` // of a detached signature
	ApplicationID string `json:"applicationId"`
	Certificate   string `json:"certificateData"` // PEM
	ValidateTrust bool   `json:"validateTrust"`
	Domain        string `json:"domain"`
}

var (
	nothingToVerify = kernelError{"KER-JWS-106", "Signature data to verify not valid."}
	badCertificate  = kernelError{"KER-JWS-107", "Signature verification certificate not valid."}
)

// jwtVerify answers whether a signature is right; a wrong one is an answer, not an error.
func (k *keyManager) jwtVerify(w http.ResponseWriter, r *http.Request) {
	var body keyRequest[verifyRequest]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, "null", "null", kernelError{"KER-KMS-005", "Invalid Request"})
		return
	}
	valid, trust, err := k.verify(body.Request)
	if err != nil {
		refuse(w, asText(body.ID), asText(body.Version), keyError(err))
		return
	}
	message := "Validation Failed"
	if valid {
		message = "Validation Successful"
	}
	succeedNull(w, body.ID, body.Version, map[string]any{
		"signatureValid": valid, "message": message, "trustValid": trust,
	})
}

func (k *keyManager) verify(v verifyRequest) (valid bool, trust string, err error) {
	algorithms := []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256}
	var detached []byte
	if v.ActualData != "" {
		if detached, err = decodeBase64(v.ActualData); err != nil {
			return false, "", nothingToVerify
		}
	}
	var signed *jose.JSONWebSignature
	if detached != nil {
		signed, err = jose.ParseDetached(v.Signed, detached, algorithms)
	} else {
		signed, err = jose.ParseSignedCompact(v.Signed, algorithms)
	}
	if err != nil {
		return false, "", nothingToVerify
	}
	certificate, err := k.verifier(v)
	if err != nil {
		return false, "", err
	}
	_, err = signed.Verify(certificate.PublicKey)
	return err == nil, k.trust(v, certificate), nil
}

// trust says whether a certificate is one of Key Manager's own, when that is asked.
func (k *keyManager) trust(v verifyRequest, certificate *x509.Certificate) string {
	switch {
	case !v.ValidateTrust:
		return "TRUST_NOT_VERIFIED"
	case v.Domain == "":
		return "TRUST_NOT_VERIFIED_NO_DOMAIN"
	}
	application := certificate.Subject.CommonName
	if slices.Contains(keyPolicies, application) {
		if own, err := k.signing(application); err == nil && own.certificate.Equal(certificate) {
			return "TRUST_CERT_PATH_VALID"
		}
	}
	return "TRUST_CERT_PATH_NOT_VALID"
}

// verifier is the certificate to verify with, in Key Manager's order: the one in the header, the one given, the
// application's own. A signature may so vouch for itself: whoever relies on it must ask for trust too.
func (k *keyManager) verifier(v verifyRequest) (*x509.Certificate, error) {
	var header struct {
		Chain [][]byte `json:"x5c"`
	}
	first, _, _ := strings.Cut(v.Signed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(raw, &header) != nil {
		return nil, nothingToVerify
	}
	var der []byte
	block, _ := pem.Decode([]byte(v.Certificate))
	switch {
	case len(header.Chain) > 0:
		der = header.Chain[0]
	case block != nil:
		der = block.Bytes
	case v.Certificate != "":
		return nil, badCertificate
	default:
		ring, err := k.signing(v.ApplicationID)
		if err != nil {
			return nil, err
		}
		return ring.certificate, nil
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, badCertificate
	}
	return certificate, nil
}
