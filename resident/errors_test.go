package resident_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	goast "go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/resident/codes"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// closedList answers the values of ErrorCode in the schema, which is where a client learns them.
func closedList(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, v := range schema.Types["ErrorCode"].EnumValues {
		values = append(values, v.Name)
	}
	if len(values) == 0 {
		t.Fatal("the schema has no ErrorCode")
	}
	return values
}

func TestTheConstantsAreTheSchemasCodes(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var constants []string
	goast.Inspect(file, func(node goast.Node) bool {
		spec, ok := node.(*goast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*goast.Ident); ok && kind.Name == "ErrorCode" {
			value, err := strconv.Unquote(spec.Values[0].(*goast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			constants = append(constants, value)
		}
		return true
	})
	if list := closedList(t); !slices.Equal(constants, list) {
		t.Errorf("errors.go and the schema differ in %v, or in their order", difference(constants, list))
	}
}

func TestEveryRowAnswersACodeOfTheSchema(t *testing.T) {
	list := closedList(t)
	for _, row := range codes.All() {
		if !slices.Contains(list, row.Answer) {
			t.Errorf("%s becomes %s, which the schema does not have", row.Code, row.Answer)
		}
	}
}

func TestTheDocumentNamesEveryCode(t *testing.T) {
	raw, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range closedList(t) {
		if n := strings.Count(string(raw), "\n| `"+code+"` |"); n != 1 {
			t.Errorf("docs/errors.md has %d rows for %s", n, code)
		}
	}
}

// wireError is one entry of a MOSIP error list.
type wireError struct {
	Code    string `json:"errorCode"`
	Message string `json:"message"`
}

// answered lets an upstream client meet an answer over HTTP and returns the error it makes of it.
func answered(t *testing.T, service string, status int, list ...wireError) error {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"response": nil, "errors": list})
	}))
	defer server.Close()
	transport := upstream.Transport()
	defer transport.CloseIdleConnections()
	client := upstream.New(upstream.Options{Service: service, BaseURL: server.URL, Transport: transport})
	_, err := upstream.Do[struct{}](t.Context(), client, upstream.Call{Operation: "write", Method: http.MethodPost, Path: "/"})
	if err == nil {
		t.Fatal("no error")
	}
	return err
}

// TestEveryRowFromTheWireToTheResident sends each row's code as its service would and looks at what the resident gets.
func TestEveryRowFromTheWireToTheResident(t *testing.T) {
	for _, row := range codes.All() {
		text := "Something, and then some."
		if row.Text != "" {
			text = "Something - " + row.Text + ", and then some."
		}
		err := answered(t, row.Service, http.StatusOK, wireError{row.Code, text})
		e := resident.AsError(err)
		if string(e.Code) != row.Answer || e.UpstreamCode != row.Code {
			t.Errorf("%s %q (%v): %s with %q, want %s", row.Code, row.Text, upstream.KindOf(err), e.Code, e.UpstreamCode, row.Answer)
		}
		key := row.Answer
		if row.Sentence != "" {
			key = row.Sentence
		}
		for _, lang := range resident.Languages {
			want := sentences(t, lang)[key]
			if got := resident.MessageFor(speaking(lang), e); got != want || got == "" {
				t.Errorf("%s %q in %s: %q, want %q", row.Code, row.Text, lang, got, want)
			}
		}
	}
}

func TestFailuresWithoutARowAndListsOfSeveral(t *testing.T) {
	for name, row := range map[string]struct {
		err      error
		code     resident.ErrorCode
		upstream string
	}{
		"unknown code":             {answered(t, "vid", 200, wireError{"IDR-NEW-001", "?"}), resident.UpstreamUnavailable, "IDR-NEW-001"},
		"a number of a person":     {answered(t, "vid", 200, wireError{"V4752553412", "?"}), resident.UpstreamUnavailable, ""},
		"a sentence as code":       {answered(t, "vid", 200, wireError{"No such VID", "?"}), resident.UpstreamUnavailable, ""},
		"wrapper first":            {answered(t, "ida", 200, wireError{"IDA-MLC-007", "?"}, wireError{"IDA-MLC-019", "OTP Auth Type is Locked for the UIN"}), resident.Conflict, "IDA-MLC-019"},
		"wrapper last":             {answered(t, "ida", 200, wireError{"IDA-OTA-004", "OTP is invalid"}, wireError{"IDA-MLC-007", "?"}), resident.OTPWrong, "IDA-OTA-004"},
		"unknown before known":     {answered(t, "vid", 200, wireError{"IDR-NEW-001", "?"}, wireError{"IDR-VID-003", "?"}), resident.QuotaReached, "IDR-VID-003"},
		"refusal with HTTP 400":    {answered(t, "identity", 400, wireError{"IDR-IDC-002", "Invalid Input Parameter - UIN"}), resident.Invalid, "IDR-IDC-002"},
		"business code with a 500": {answered(t, "vid", 500, wireError{"IDR-VID-003", "?"}), resident.UpstreamUnavailable, "IDR-VID-003"},
		"denied":                   {answered(t, "vid", 403, wireError{"KER-ATH-403", "Forbidden"}), resident.UpstreamUnavailable, "KER-ATH-403"},
		"no list":                  {answered(t, "vid", 503), resident.UpstreamUnavailable, "http-503"},
		"timeout":                  {&upstream.Error{Service: "vid", Kind: upstream.Timeout, Code: "IDR-VID-003"}, resident.UpstreamTimeout, "IDR-VID-003"},
		"garbled":                  {&upstream.Error{Service: "vid", Kind: upstream.Garbled, Code: "not-json"}, resident.UpstreamUnavailable, "not-json"},
		"wrapped":                  {fmt.Errorf("list: %w", &upstream.Error{Service: "vid", Kind: upstream.Refused, Code: "IDR-VID-003"}), resident.QuotaReached, "IDR-VID-003"},
		"not in the store":         {fmt.Errorf("read: %w", store.ErrNotFound), resident.NotFound, ""},
		"caller left":              {context.Canceled, resident.UpstreamTimeout, ""},
		"unforeseen":               {errors.New("boom"), resident.Internal, ""},
	} {
		e := resident.AsError(row.err)
		if e.Code != row.code || e.UpstreamCode != row.upstream || !errors.Is(e, row.err) {
			t.Errorf("%s: %s with %q of %v", name, e.Code, e.UpstreamCode, row.err)
		}
	}
}

func TestUserErrorKeepsWhatSupportNeeds(t *testing.T) {
	refused := answered(t, "vid", 200, wireError{"IDR-VID-001", "VID is REVOKED"})
	u, ok := resident.AsUserError(speaking("spa"), fmt.Errorf("revoke: %w", refused))
	if !ok || u.Code != resident.Conflict || u.UpstreamCode == nil || *u.UpstreamCode != "IDR-VID-001" ||
		u.Message != sentences(t, "spa")["VID_REVOKED"] || u.RetryAfterSeconds != nil || u.Path != nil {
		t.Errorf("%+v, %v", u, ok)
	}
	wait := &resident.Error{Code: resident.RateLimited, RetryAfter: int(time.Minute / time.Second), Path: []string{"input"}}
	u, ok = resident.AsUserError(t.Context(), wait)
	if !ok || *u.RetryAfterSeconds != 60 || u.UpstreamCode != nil || u.Message != sentences(t, "eng")["RATE_LIMITED"] || len(u.Path) != 1 {
		t.Errorf("%+v, %v", u, ok)
	}
	if u, ok = resident.AsUserError(t.Context(), errors.New("boom")); ok {
		t.Errorf("a fault of ours is no refusal: %+v", u)
	}
}

// An event keeps code and upstream code; what is said of it later must be true without the service and its text.
func TestMessageOfAnErrorReadBack(t *testing.T) {
	for _, row := range []struct {
		err *resident.Error
		key string
	}{
		{&resident.Error{Code: resident.Conflict, UpstreamCode: "IDR-VID-001"}, "VID_NOT_ACTIVE"},
		{&resident.Error{Code: resident.NotFound, UpstreamCode: "IDR-IDC-007"}, "NOT_FOUND"},
		{&resident.Error{Code: resident.OutcomeUnknown, UpstreamCode: "IDA-MLC-019"}, "OUTCOME_UNKNOWN"},
		{&resident.Error{Code: resident.UpstreamUnavailable, UpstreamCode: "http-503"}, "UPSTREAM_UNAVAILABLE"},
		{resident.Refuse(resident.LoginVid, "input", "vidId"), "LOGIN_VID"},
	} {
		if got, want := resident.MessageFor(speaking("kan"), row.err), sentences(t, "kan")[row.key]; got != want {
			t.Errorf("%s with %s: %q, want %q", row.err.Code, row.err.UpstreamCode, got, want)
		}
	}
}
