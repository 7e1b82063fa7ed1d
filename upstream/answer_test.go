package upstream_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
)

func TestEveryAnswerHasItsKind(t *testing.T) {
	const list = `{"response":null,"errors":[`
	for name, row := range map[string]struct {
		status int
		body   string
		kind   upstream.Kind // 0: success
		code   string
		sent   bool
	}{
		"errors null":                   {200, wellDone, 0, "", false},
		"errors empty":                  {200, `{"response":{"status":"fine"},"errors":[]}`, 0, "", false},
		"no errors member":              {200, `{"response":{"status":"fine"}}`, 0, "", false},
		"created":                       {201, wellDone, 0, "", false},
		"business error":                {200, list + `{"errorCode":"IDR-IDC-007","message":"No Record(s) found"}]}`, upstream.Refused, "IDR-IDC-007", false},
		"business error beside answer":  {200, `{"response":{"status":"fine"},"errors":[{"errorCode":"IDA-OTA-004","errorMessage":"OTP is invalid"}]}`, upstream.Refused, "IDA-OTA-004", false},
		"business error with HTTP 400":  {400, list + `{"errorCode":"IDR-IDC-002","message":"Invalid Input Parameter - UIN"}]}`, upstream.Refused, "IDR-IDC-002", false},
		"wrapper beside the cause":      {200, list + `{"errorCode":"IDA-MLC-007"},{"errorCode":"IDA-MLC-006"}]}`, upstream.Refused, "IDA-MLC-007", false},
		"database fault with HTTP 200":  {200, list + `{"errorCode":"IDR-IDC-006","message":"Error occured while performing DB operations"}]}`, upstream.Unavailable, "IDR-IDC-006", true},
		"exception without a code":      {200, list + `{"errorCode":null,"message":"NullPointerException"}]}`, upstream.Unavailable, "http-200", true},
		"authorization failed with 200": {200, list + `{"errorCode":"IDR-IDC-011","message":"Authorization Failed"}]}`, upstream.Denied, "IDR-IDC-011", false},
		"forbidden":                     {403, list + `{"errorCode":"KER-ATH-403","message":"Forbidden"}]}`, upstream.Denied, "KER-ATH-403", false},
		"unauthenticated, page":         {401, `<html>UNAUTHORIZED</html>`, upstream.Denied, "http-401", false},
		"unauthenticated, said twice":   {401, list + `{"errorCode":"KER-ATH-401"}]}` + list + `{"errorCode":"KER-ATH-401"}]}`, upstream.Denied, "KER-ATH-401", false},
		"success, said twice":           {200, wellDone + wellDone, 0, "", false},
		"server error":                  {500, list + `{"errorCode":"KER-MSD-500","message":"boom"}]}`, upstream.Unavailable, "KER-MSD-500", true},
		"gateway page":                  {503, `<html>no healthy upstream</html>`, upstream.Unavailable, "http-503", true},
		"too many requests":             {429, ``, upstream.Unavailable, "http-429", false},
		"HTML with 200":                 {200, `<!doctype html><title>Sign in</title>`, upstream.Garbled, "not-json", true},
		"truncated JSON":                {200, wellDone[:len(wellDone)-20], upstream.Garbled, "not-json", true},
		"empty body":                    {200, ``, upstream.Garbled, "not-json", true},
		"no response":                   {200, `{"response":null,"errors":[]}`, upstream.Garbled, "no-response", true},
		"another shape":                 {200, `{"response":{"status":7},"errors":[]}`, upstream.Garbled, "not-the-contract", true},
		"an array":                      {200, `[1,2]`, upstream.Garbled, "not-json", true},
		"not found page":                {404, `<html>Whitelabel</html>`, upstream.Garbled, "http-404", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answering(row.status, row.body))
			got, err := write(t.Context(), s.client())
			if row.kind == 0 {
				if err != nil || got.Status != "fine" {
					t.Fatalf("got %+v, %v", got, err)
				}
				return
			}
			e, ok := errors.AsType[*upstream.Error](err)
			if !ok {
				t.Fatalf("not an upstream error: %v", err)
			}
			if e.Kind != row.kind || e.Code != row.code || e.Sent != row.sent {
				t.Errorf("kind %v code %q sent %v, want %v %q %v", e.Kind, e.Code, e.Sent, row.kind, row.code, row.sent)
			}
			if n := s.sends.Load(); n != 1 {
				t.Errorf("a write was sent %d times", n)
			}
		})
	}
}

func TestAllCodesAreKept(t *testing.T) {
	s := serve(t, answering(200, `{"response":null,"errors":[{"errorCode":"IDA-MLC-007"},{"errorCode":"IDA-MLC-019"}]}`))
	_, err := write(t.Context(), s.client())
	e, _ := errors.AsType[*upstream.Error](err)
	if e == nil || !slices.Equal(e.Codes(), []string{"IDA-MLC-007", "IDA-MLC-019"}) {
		t.Fatalf("codes of %v", err)
	}
	if !upstream.HasCode(err, "IDA-MLC-019") || upstream.HasCode(err, "IDA-MLC-018") || upstream.HasCode(nil, "IDA-MLC-019") {
		t.Error("HasCode does not search the list")
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var leaked string
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request) { leaked = r.Header.Get("Cookie") })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) })
	_, err := read(t.Context(), s.client(func(o *upstream.Options) { o.Tokens = &tokens{} }))
	if upstream.KindOf(err) != upstream.Garbled || elsewhere.sends.Load() != 0 || leaked != "" {
		t.Errorf("%v, %d calls elsewhere", err, elsewhere.sends.Load())
	}
}

func TestPlainAnswer(t *testing.T) {
	s := serve(t, answering(200, `{"vidPolicies":[]}`))
	call := upstream.Call{Operation: "file", Method: "GET", Path: "/f.json", Plain: true}
	got, err := upstream.Do[map[string][]string](t.Context(), s.client(), call)
	if err != nil || got["vidPolicies"] == nil {
		t.Errorf("%v, %v", got, err)
	}
	page := serve(t, answering(200, `<html>`))
	if _, err = upstream.Do[map[string][]string](t.Context(), page.client(), call); upstream.KindOf(err) != upstream.Garbled {
		t.Errorf("a page in place of a file: %v", err)
	}
}
