package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

// signingRing is the key of one application and its certificate.
type signingRing struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

// The certificates' validity: fixed, so that the seed makes the same ones.
var (
	certificateFrom  = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	certificateUntil = time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC)
)

// signing returns the ring of an application, made when first asked for.
func (k *keyManager) signing(application string) (*signingRing, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if ring := k.rings[application]; ring != nil {
		return ring, nil
	}
	key := seedkey.RSA(k.seed, "keymanager "+application)
	digest := sha256.Sum256(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(digest[:8]),
		Subject:      pkix.Name{CommonName: application, Organization: []string{"Sandbox"}},
		NotBefore:    certificateFrom, NotAfter: certificateUntil,
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		SignatureAlgorithm: x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	ring := &signingRing{key: key, certificate: certificate}
	k.rings[application] = ring
	return ring, nil
}

// signRequest is request of jwtSign.
type signRequest struct {
	DataToSign         string `json:"dataToSign"`
	ApplicationID      string `json:"applicationId"`
	IncludePayload     bool   `json:"includePayload"`
	IncludeCertificate bool   `json:"includeCertificate"`
	IncludeCertHash    bool   `json:"includeCertHash"`
	CertificateURL     string `json:"certificateUrl"`
}

func (k *keyManager) jwtSign(w http.ResponseWriter, r *http.Request) {
	var body keyRequest[signRequest]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, "null", "null", kernelError{"KER-KMS-005", err.Error()})
		return
	}
	signed, err := k.sign(body.Request)
	if err != nil {
		refuse(w, asText(body.ID), asText(body.Version), keyError(err))
		return
	}
	succeedNull(w, body.ID, body.Version, map[string]string{
		"jwtSignedData": signed, "timestamp": time.Now().UTC().Format(localTime),
	})
}

// sign makes the compact JWS, RS256, as Key Manager lays it out: no typ, and
// the header members that were asked for.
func (k *keyManager) sign(s signRequest) (string, error) {
	if s.DataToSign == "" {
		return "", kernelError{"KER-KMS-005", "dataToSign must not be blank"}
	}
	payload, err := decodeBase64(s.DataToSign)
	if err != nil {
		return "", kernelError{"KER-JWS-102", "Data to sign is not valid."}
	}
	if !json.Valid(payload) {
		return "", kernelError{"KER-JWS-103", "Data to sign is not valid JSON."}
	}
	application := s.ApplicationID
	if !slices.Contains(keyPolicies, application) {
		application = "KERNEL" // what an unknown application signs with
	}
	ring, err := k.signing(application)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(ring.certificate.Raw)
	thumbprint := base64.RawURLEncoding.EncodeToString(hash[:])
	options := &jose.SignerOptions{}
	if s.IncludeCertificate {
		options.WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(ring.certificate.Raw)})
	}
	if s.IncludeCertHash {
		options.WithHeader("x5t#S256", thumbprint)
	}
	if s.CertificateURL != "" {
		options.WithHeader("x5u", s.CertificateURL)
	}
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: ring.key, KeyID: thumbprint}}
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		return "", fmt.Errorf("make a signer: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	if s.IncludePayload {
		return signed.CompactSerialize()
	}
	return signed.DetachedCompactSerialize()
}

func (k *keyManager) getCertificate(w http.ResponseWriter, r *http.Request) {
	application := r.URL.Query().Get("applicationId")
	if !slices.Contains(keyPolicies, application) {
		refuse(w, nil, nil, unknownApplication)
		return
	}
	ring, err := k.signing(application)
	if err != nil {
		refuse(w, nil, nil, kernelError{"KER-KMS-500", err.Error()})
		return
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ring.certificate.Raw})
	succeedNull(w, nil, nil, map[string]any{
		"certificate": string(block), "certSignRequest": nil, "timestamp": now(),
		"issuedAt": certificateFrom.Format(wireTime), "expiryAt": certificateUntil.Format(wireTime),
	})
}
