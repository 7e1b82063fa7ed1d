package sandbox_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/sandbox"
)

func crypt(c *client, operation, application, reference, data string, more ...string) answer {
	request := map[string]string{
		"applicationId": application, "referenceId": reference, "timeStamp": "2026-03-04T10:15:30.123Z", "data": data,
	}
	for i := 0; i < len(more); i += 2 {
		request[more[i]] = more[i+1]
	}
	return c.send(http.MethodPost, "/v1/keymanager/"+operation, map[string]any{"request": request})
}

func TestKeyManagerEncrypts(t *testing.T) {
	plain := base64.RawURLEncoding.EncodeToString([]byte("a data key"))
	first := start(t, sandbox.Options{})
	var sealed, opened struct{ Data string }
	first.into(crypt(first, "encrypt", "RESIDENT", "resident_document", plain), &sealed)

	c := start(t, sandbox.Options{}) // what one start encrypts the next can read
	c.into(crypt(c, "decrypt", "RESIDENT", "resident_document", sealed.Data), &opened)
	if opened.Data != plain {
		t.Errorf("got %q", opened.Data)
	}
	for name, row := range map[string]struct {
		got   answer
		codes string
	}{
		"other reference":     {crypt(c, "decrypt", "RESIDENT", "another", sealed.Data), "KER-CRY-012"},
		"other application":   {crypt(c, "decrypt", "REGISTRATION", "resident_document", sealed.Data), "KER-CRY-012"},
		"unknown application": {crypt(c, "encrypt", "RESIDNT", "resident_document", plain), "KER-KMS-002"},
		"master key":          {crypt(c, "encrypt", "RESIDENT", "", plain), "KER-CRY-011"},
		"no base64":           {crypt(c, "encrypt", "RESIDENT", "x", "*"), "KER-CRY-003"},
		"no cipher text":      {crypt(c, "decrypt", "RESIDENT", "x", plain), "KER-CRY-003"},
		"other aad":           {crypt(c, "decrypt", "RESIDENT", "resident_document", sealed.Data, "aad", plain), "KER-CRY-003"},
		"time with a zone":    {crypt(c, "encrypt", "RESIDENT", "x", plain, "timeStamp", "2026-03-04T10:15:30.123+05:30"), "KER-KMS-005"},
		"no data":             {crypt(c, "encrypt", "RESIDENT", "x", ""), "KER-KMS-005"},
	} {
		if row.got.codes() != row.codes || row.got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, row.got.status, row.got.body)
		}
	}
}

func TestKeyManagerSigns(t *testing.T) {
	c := start(t, sandbox.Options{})
	var signed struct{ JwtSignedData string }
	c.into(c.send(http.MethodPost, "/v1/keymanager/jwtSign", map[string]any{"request": map[string]any{
		"dataToSign": base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"x"}`)), "applicationId": "RESIDENT",
		"referenceId": "", "includePayload": true, "includeCertificate": true,
	}}), &signed)
	var found struct{ Certificate string }
	c.into(c.get("/v1/keymanager/getCertificate?"+url.Values{"applicationId": {"RESIDENT"}}.Encode()), &found)
	block, _ := pem.Decode([]byte(found.Certificate))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jose.ParseSignedCompact(signed.JwtSignedData, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if payload, err := parsed.Verify(certificate.PublicKey); err != nil || string(payload) != `{"iss":"x"}` {
		t.Errorf("got %s %v", payload, err)
	}
}
