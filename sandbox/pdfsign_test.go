package sandbox_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/smallstep/pkcs7"

	"github.com/resident-graph/resident-graph/sandbox"
)

// plainPDF is a document as small as they get.
func plainPDF() []byte {
	var pdf bytes.Buffer
	pdf.WriteString("%PDF-1.7\n")
	offsets := ""
	for i, object := range []string{"<</Type/Catalog/Pages 2 0 R/Lang(en)>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"} {
		offsets += fmt.Sprintf("%010d 00000 n \n", pdf.Len())
		fmt.Fprintf(&pdf, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 4\n0000000000 65535 f \n%strailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", offsets, start)
	return pdf.Bytes()
}

func signPDF(c *client, change map[string]any) answer {
	request := map[string]any{
		"applicationId": "KERNEL", "referenceId": "SIGN", "timeStamp": "2026-03-04T10:15:30.123Z",
		"data": base64.StdEncoding.EncodeToString(plainPDF()), "lowerLeftX": 73, "lowerLeftY": 100, "upperRightX": 300,
		"upperRightY": 300, "reason": "Digitally Signed", "pageNumber": 1, "password": nil,
	}
	for name, value := range change {
		request[name] = value
	}
	return c.send(http.MethodPost, "/v1/keymanager/pdf/sign", map[string]any{"request": request})
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[0 (\d+) (\d+) (\d+)\s*\]`)

// signedBy opens the signature of a PDF, checks it against every byte outside its own place, and returns who signed.
func signedBy(t *testing.T, pdf []byte) (*x509.Certificate, error) {
	t.Helper()
	found := byteRange.FindSubmatch(pdf)
	if found == nil {
		t.Fatal("no byte range")
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(string(found[i+1]))
	}
	if n[1]+n[2] != len(pdf) || pdf[n[0]] != '<' || pdf[n[1]-1] != '>' {
		t.Fatalf("the byte range %v of %d bytes leaves out more than the signature", n, len(pdf))
	}
	der, err := hex.DecodeString(string(pdf[n[0]+1 : n[1]-1]))
	if err != nil {
		t.Fatal(err)
	}
	cms, err := pkcs7.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	cms.Content = append(bytes.Clone(pdf[:n[0]]), pdf[n[1]:]...)
	return cms.GetOnlySigner(), cms.Verify()
}

func TestPDFsAreSigned(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.Options{})
	var found struct{ Certificate string }
	c.into(c.get("/v1/keymanager/getCertificate?applicationId=KERNEL"), &found)
	block, _ := pem.Decode([]byte(found.Certificate))
	for name, password := range map[string]any{"without a password": nil, "with one": "ASHA1990"} {
		t.Run(name, func(t *testing.T) {
			var signed struct{ Data string }
			c.into(signPDF(c, map[string]any{"password": password}), &signed)
			pdf, err := base64.RawURLEncoding.DecodeString(signed.Data)
			if err != nil {
				t.Fatal(err)
			}
			signer, err := signedBy(t, pdf)
			if err != nil || !bytes.Equal(signer.Raw, block.Bytes) {
				t.Errorf("signed by %v: %v", signer.Subject, err)
			}
			changed := bytes.Replace(pdf, []byte("/MediaBox[0"), []byte("/MediaBox[9"), 1)
			if _, err := signedBy(t, changed); err == nil {
				t.Error("a changed document passes")
			}
			for _, key := range []string{"", "ASHA1990"} {
				err := api.Validate(bytes.NewReader(pdf), &model.Configuration{
					Cmd: model.VALIDATE, Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true,
					UserPW: key, Limits: model.DefaultResourceLimits(),
				})
				if locked := password != nil && key == ""; (err != nil) != locked {
					t.Errorf("opened with %q: %v", key, err)
				}
			}
		})
	}
}

func TestWhatCannotBeSigned(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.Options{})
	for name, row := range map[string]struct {
		change map[string]any
		codes  string
	}{
		"no application":      {map[string]any{"applicationId": ""}, "KER-KMS-005"},
		"unknown application": {map[string]any{"applicationId": "RESIDNT"}, "KER-KMS-002"},
		"no data":             {map[string]any{"data": " "}, "KER-KMS-005"},
		"no base64":           {map[string]any{"data": "*"}, "KER-JWS-102"},
		"no PDF":              {map[string]any{"data": base64.StdEncoding.EncodeToString([]byte("<html>"))}, "KER-JWS-104"},
		"no such page":        {map[string]any{"pageNumber": 2}, "KER-JWS-104"},
		"a bad time":          {map[string]any{"timeStamp": "yesterday"}, "KER-KMS-005"},
		"a bad type":          {map[string]any{"pageNumber": "one"}, "KER-KMS-005"},
	} {
		if a := signPDF(c, row.change); a.codes() != row.codes || a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	c.token = c.tokenOf("mosip-reg-client")
	if a := signPDF(c, nil); a.status != http.StatusForbidden {
		t.Errorf("without a role: %d", a.status)
	}
}
