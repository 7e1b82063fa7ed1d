package keymanager_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := keymanager.New(m.Client("keymanager", "KEYMANAGER_URL"))
	m.Calls()
	signed, err := c.JWTSign(t.Context(), "RESIDENT", "", []byte(`{"iss":"resident-graph"}`))
	if err != nil || strings.Count(signed, ".") != 2 {
		t.Fatal(signed, err)
	}
	if got, err := c.JWTVerify(t.Context(), "RESIDENT", "", signed, ""); err != nil || !got.Valid || got.Trust == keymanager.TrustedPath {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.JWTVerify(t.Context(), "RESIDENT", "", signed, "AUTH"); err != nil || !got.Valid || got.Trust != keymanager.TrustedPath {
		t.Errorf("with trust: %+v, %v", got, err)
	}
	head, rest, _ := strings.Cut(signed, ".")
	_, signature, _ := strings.Cut(rest, ".")
	forged := head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"somebody-else"}`)) + "." + signature
	if got, err := c.JWTVerify(t.Context(), "RESIDENT", "", forged, ""); err != nil || got.Valid {
		t.Errorf("a forged one: %+v, %v", got, err)
	}
	if n := m.Calls()["keymanager"]; n != 4 {
		t.Errorf("4 operations were %d calls", n)
	}
	if _, err := c.JWTVerify(t.Context(), "RESIDENT", "", "no signature", ""); !upstream.HasCode(err, "KER-JWS-106") {
		t.Error(err)
	}
	if _, err := c.JWTSign(t.Context(), "RESIDENT", "", []byte("text")); !upstream.HasCode(err, "KER-JWS-103") {
		t.Error(err)
	}
}

const document = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n" +
	"0000000053 00000 n \n0000000102 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n165\n%%EOF\n"

func TestSignPDF(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := keymanager.New(m.Client("keymanager", "KEYMANAGER_URL"))
	m.Calls()
	for _, password := range []string{"", "ASHA1990"} {
		signed, err := c.SignPDF(t.Context(), []byte(document), keymanager.PDFSignature{Page: 1, Password: password})
		if err != nil || !bytes.Contains(signed, []byte("/adbe.pkcs7.detached")) || bytes.Contains(signed, []byte("/Encrypt")) != (password != "") {
			t.Fatalf("%q: %d bytes, %v", password, len(signed), err)
		}
	}
	if n := m.Calls()["keymanager"]; n != 2 {
		t.Errorf("2 signatures were %d calls", n)
	}
	if _, err := c.SignPDF(t.Context(), []byte(document), keymanager.PDFSignature{Page: 9}); !upstream.HasCode(err, "KER-JWS-104") {
		t.Error(err)
	}
	if _, err := c.SignPDF(t.Context(), []byte(document), keymanager.PDFSignature{ApplicationID: "NONE", ReferenceID: "SIGN", Page: 1}); !upstream.HasCode(err, "KER-KMS-002") {
		t.Error(err)
	}
	denied := keymanager.New(m.ClientAs("mosip-reg-client", "keymanager", m.Env["KEYMANAGER_URL"]))
	if _, err := denied.SignPDF(t.Context(), []byte(document), keymanager.PDFSignature{Page: 1}); upstream.KindOf(err) != upstream.Denied {
		t.Error(err)
	}
}

func TestWhatIsSentToSignAPDF(t *testing.T) {
	t.Parallel()
	s := contract.Serve(t, map[string]string{"POST /pdf/sign": `{"response":{"data":"JVBERi0x"},"errors":null}`})
	if got, err := keymanager.New(s.Client).SignPDF(t.Context(), []byte("%PDF-1"), keymanager.PDFSignature{Page: 3}); err != nil || string(got) != "%PDF-1" {
		t.Fatal(got, err)
	}
	var sent struct{ Request map[string]any }
	if err := json.Unmarshal(s.Last(t).Body, &sent); err != nil {
		t.Fatal(err)
	}
	r := sent.Request
	if len(r["timeStamp"].(string)) != 24 {
		t.Error(r["timeStamp"])
	}
	delete(r, "timeStamp")
	for name, want := range map[string]any{
		"applicationId": "KERNEL", "referenceId": "SIGN", "data": "JVBERi0x", "lowerLeftX": 73.0, "lowerLeftY": 100.0,
		"upperRightX": 300.0, "upperRightY": 300.0, "reason": "Digitally Signed", "pageNumber": 3.0, "password": nil,
	} {
		if r[name] != want {
			t.Errorf("%s: %v", name, r[name])
		}
		delete(r, name)
	}
	if len(r) != 0 {
		t.Error(r)
	}
	for _, data := range []string{"", "%%%", "PGh0bWw-"} {
		s := contract.Serve(t, map[string]string{"POST /pdf/sign": `{"response":{"data":"` + data + `"},"errors":null}`})
		if _, err := keymanager.New(s.Client).SignPDF(t.Context(), []byte("%PDF-1"), keymanager.PDFSignature{Page: 1}); upstream.KindOf(err) != upstream.Garbled {
			t.Errorf("%q: %v", data, err)
		}
	}
}
