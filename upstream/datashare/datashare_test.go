package datashare_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/datashare"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

type place struct {
	*contract.MOSIP
	shares *datashare.Client
	cards  *credential.Client
}

func start(t *testing.T) place {
	t.Helper()
	m := contract.StartMOSIP(t)
	shares, err := datashare.New(m.Client("datashare", "DATA_SHARE_URL"), datashare.Config{BaseURL: m.Env["DATA_SHARE_URL"], MaxBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	return place{m, shares, credential.New(m.Client("credential", "CREDENTIAL_URL"))}
}

// card has a card made and returns where it is.
func (p place) card(t *testing.T, r credential.Request) string {
	t.Helper()
	if err := p.cards.RequestAs(t.Context(), "request", r); err != nil {
		t.Fatal(err)
	}
	var got credential.Status
	p.Until("STORED or RECEIVED", func() bool {
		got, _ = p.cards.Status(t.Context(), "request")
		return got.Word == "STORED" || got.Word == "RECEIVED"
	})
	return got.URL
}

func vidCard(p place) credential.Request {
	return credential.VIDCard{VID: p.Resident().VIDs[0].VID, Type: "PERPETUAL"}.Request("mpartner-default-digitalcard")
}

func TestACardIsThereForAFewFetches(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.Set(map[string]any{"dataShareGets": 2})
	url := p.card(t, vidCard(p))
	p.Calls()
	for range 2 {
		pdf, err := p.shares.PDF(t.Context(), url)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Fatalf("%d bytes, %v", len(pdf), err)
		}
	}
	if _, err := p.shares.PDF(t.Context(), url); !errors.Is(err, datashare.ErrGone) || upstream.KindOf(err) != upstream.Refused {
		t.Error(err)
	}
	if n := p.Calls()["datashare"]; n != 3 {
		t.Errorf("3 fetches were %d calls", n)
	}
	if _, err := p.shares.PDF(t.Context(), p.Env["DATA_SHARE_URL"]+"/get/mpolicy-default-digitalcard/mpartner-default-digitalcard/never"); !errors.Is(err, datashare.ErrGone) {
		t.Error(err)
	}
}

func TestWhatIsNoPDF(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.Set(map[string]any{"dataShareGets": -1})
	url := p.card(t, vidCard(p))
	p.Set(map[string]any{"pdfAsJson": true})
	if _, err := p.shares.PDF(t.Context(), url); !errors.Is(err, datashare.ErrNotPDF) || !upstream.HasCode(err, "DAT-SER-003") {
		t.Errorf("errors in its place: %v", err)
	}
	p.Set(map[string]any{"pdfAsJson": false, "pdfCut": true})
	if _, err := p.shares.PDF(t.Context(), url); !errors.Is(err, datashare.ErrNotPDF) {
		t.Errorf("half a PDF: %v", err)
	}
	p.Set(map[string]any{"pdfCut": false})
	p.Fault("datashare", map[string]any{"garbage": true})
	if _, err := p.shares.PDF(t.Context(), url); !errors.Is(err, datashare.ErrNotPDF) || upstream.KindOf(err) != upstream.Garbled {
		t.Errorf("a page in its place: %v", err)
	}
	p.Fault("datashare", nil)
	shared := p.card(t, credential.Request{ID: p.Resident().UIN, Type: credential.Share, Issuer: "mpartner-default-bank"})
	if _, err := p.shares.PDF(t.Context(), shared); !errors.Is(err, datashare.ErrNotPDF) {
		t.Errorf("a credential in its place: %v", err)
	}
}

func TestTroubleIsNeitherGoneNorNoPDF(t *testing.T) {
	t.Parallel()
	p := start(t)
	url := p.card(t, vidCard(p))
	for name, row := range map[string]struct {
		fault map[string]any
		kind  upstream.Kind
		sent  bool
	}{
		"a server error":     {map[string]any{"status": 500}, upstream.Unavailable, true},
		"too many":           {map[string]any{"status": 429}, upstream.Unavailable, false},
		"not for us":         {map[string]any{"status": 403}, upstream.Denied, false},
		"a closed line":      {map[string]any{"down": true}, upstream.Unavailable, true},
		"somewhere else now": {map[string]any{"status": 302}, upstream.Garbled, true},
	} {
		p.Fault("datashare", row.fault)
		p.Calls()
		_, err := p.shares.PDF(t.Context(), url)
		e, ok := errors.AsType[*upstream.Error](err)
		if !ok || e.Kind != row.kind || e.Sent != row.sent || errors.Is(err, datashare.ErrGone) || errors.Is(err, datashare.ErrNotPDF) {
			t.Errorf("%s: %+v", name, err)
		}
		if n := p.Calls()["datashare"]; n != 1 {
			t.Errorf("%s: sent %d times", name, n)
		}
	}
	p.Fault("datashare", nil)
	small, err := datashare.New(p.Client("datashare", "DATA_SHARE_URL"), datashare.Config{BaseURL: p.Env["DATA_SHARE_URL"], MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := small.PDF(t.Context(), url); upstream.KindOf(err) != upstream.Garbled || errors.Is(err, datashare.ErrNotPDF) {
		t.Errorf("a large file: %v", err)
	}
}

func TestOnlyDataShareIsAsked(t *testing.T) {
	t.Parallel()
	s := contract.Serve(t, map[string]string{"GET /get/a/b/c-_1": "%PDF-1.7 %%EOF"})
	c, err := datashare.New(s.Client, datashare.Config{BaseURL: "http://datashare.datashare/v1/datashare/", Hosts: []string{"api.example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"http://datashare.datashare/v1/datashare/get/a/b/c-_1", "https://API.example.org/v1/datashare/get/a/b/c-_1"} {
		if _, err := c.PDF(t.Context(), url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	if s.Count() != 2 || s.Last(t).Header.Get("Accept") != "*/*" {
		t.Fatalf("%d calls", s.Count())
	}
	for _, url := range []string{
		"http://169.254.169.254/v1/datashare/get/a/b/c", "http://datashare.datashare:81/v1/datashare/get/a/b/c",
		"http://datashare.datashare.evil.example/v1/datashare/get/a/b/c", "http://a@datashare.datashare/v1/datashare/get/a/b/c",
		"http://datashare.datashare@evil.example/v1/datashare/get/a/b/c", "file:///v1/datashare/get/a/b/c", "//datashare.datashare/v1/datashare/get/a",
		"http://datashare.datashare/v1/datashare/create/a/b", "http://datashare.datashare/v1/datashare/get/../create/a/b",
		"http://datashare.datashare/v1/datashare/get/%2e%2e/create/a/b", "http://datashare.datashare/v1/keymanager/get/a",
		"http://datashare.datashare/v1/datashare/get/a?x=1", "", "\x00", "get/a/b/c",
	} {
		if _, err := c.PDF(t.Context(), url); !errors.Is(err, datashare.ErrForeign) {
			t.Errorf("%q: %v", url, err)
		}
	}
	if s.Count() != 2 {
		t.Errorf("%d calls", s.Count())
	}
	if _, err := datashare.New(s.Client, datashare.Config{BaseURL: "nowhere"}); err == nil {
		t.Error("a base URL without a host")
	}
}

func TestAnswersInPlaceOfAFile(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		body   string
		notPDF bool
		kind   upstream.Kind // 0: a PDF
	}{
		"a PDF":                   {"%PDF-1.4\n%%EOF\n", false, 0},
		"a PDF after a few bytes": {"\r\n{}%PDF-1.4\n%%EOF", false, 0},
		"half a PDF":              {"%PDF-1.4\n1 0 obj", true, upstream.Garbled},
		"an envelope":             {`{"response":{},"errors":[]}`, true, upstream.Garbled},
		"a document":              {`{"a":1}`, true, upstream.Garbled},
		"nothing":                 {"", true, upstream.Garbled},
		"a refusal":               {`{"dataShare":null,"errors":[{"errorCode":"DAT-SER-007"}]}`, true, upstream.Refused},
		"trouble":                 {`{"errors":[{"errorCode":null,"message":"NullPointerException"}]}`, false, upstream.Unavailable},
	} {
		s := contract.Serve(t, map[string]string{"GET /get/a": row.body})
		c, err := datashare.New(s.Client, datashare.Config{BaseURL: "http://datashare"})
		if err != nil {
			t.Fatal(err)
		}
		file, err := c.PDF(t.Context(), "http://datashare/get/a")
		if errors.Is(err, datashare.ErrNotPDF) != row.notPDF || upstream.KindOf(err) != row.kind || (err == nil) != (string(file) == row.body && row.kind == 0) {
			t.Errorf("%s: %q, %v", name, file, err)
		}
	}
}
