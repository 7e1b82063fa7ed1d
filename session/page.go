package session

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/resident/locale"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// pageText is what an error page says in one language. To translate it, add a table to pageTexts.
type pageText struct {
	Language, Direction    string
	Title, Code, Try, Home string
	Sentences              map[Code]string
}

// pageTexts holds the languages of the error page; the first is the default.
func pageTexts() []pageText { return []pageText{englishPage()} }

func englishPage() pageText {
	return pageText{
		Language: "en", Direction: "ltr",
		Title: "That did not work", Code: "Code", Try: "Sign in again", Home: "Back to the start page",
		Sentences: map[Code]string{
			CodeNotNavigation:       "Please sign in and out from our own pages.",
			CodeExpired:             "This sign-in took too long or was already used.",
			CodeState:               "This sign-in was started in another window. Please start it again here.",
			CodeCancelled:           "You cancelled the sign-in.",
			CodeProvider:            "The sign-in service answered with an error.",
			CodeProviderUnavailable: "The sign-in service cannot be reached at the moment. Please try again in a few minutes.",
			CodeTokenRefused:        "The sign-in service did not confirm your sign-in.",
			CodeTokenInvalid:        "The answer of the sign-in service could not be trusted.",
			CodeUserInfoInvalid:     "The answer of the sign-in service could not be trusted.",
			CodeNoIndividualID:      "We need your ID number to show your data. Please allow it to be shared when you sign in.",
			CodeUnknownIndividual:   "There is no identity for the number that you signed in with.",
			CodeIdentityUnavailable: "Your identity cannot be looked up at the moment. Please try again in a few minutes.",
			CodeUnavailable:         "Signing in is not possible at the moment. Please try again in a few minutes.",
		},
	}
}

// errorPage writes code as a page in the reader's language. It repeats nothing of the request.
func errorPage(w http.ResponseWriter, r *http.Request, code Code) {
	text := chooseText(r)
	style := sha256.Sum256([]byte(pageStyle))
	var body bytes.Buffer
	err := template.Must(template.New("page").Parse(pageSource)).Execute(&body, struct {
		pageText
		Value    Code
		Sentence string
		Style    template.CSS
	}{text, code, text.Sentences[code], template.CSS(pageStyle)}) //nolint:gosec // embedded
	if err != nil {
		http.Error(w, string(code), code.status())
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", text.Language)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+
		base64.StdEncoding.EncodeToString(style[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if code.status() == http.StatusServiceUnavailable {
		header.Set("Retry-After", "30")
	}
	w.WriteHeader(code.status())
	_, _ = w.Write(body.Bytes()) // a reader who has gone needs no page
}

func chooseText(r *http.Request) pageText {
	texts := pageTexts()
	tags := make([]language.Tag, len(texts))
	for i, text := range texts {
		tags[i] = language.Make(text.Language)
	}
	_, index, _ := language.NewMatcher(tags).Match(wantedLanguages(r)...)
	return texts[index]
}

// wantedLanguages reads ?lang, else Accept-Language; at most three.
func wantedLanguages(r *http.Request) []language.Tag {
	if tag, err := language.Parse(r.URL.Query().Get("lang")); err == nil && !tag.IsRoot() {
		return []language.Tag{tag}
	}
	tags := locale.Preferred(r.Header.Get("Accept-Language"))
	return tags[:min(len(tags), 3)]
}
