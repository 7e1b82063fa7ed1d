package resident

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/resident/codes"
	"github.com/resident-graph/resident-graph/resident/locale"
)

//go:embed messages/*.json
var messageFiles embed.FS

// Languages are MOSIP's codes of the languages that this API speaks, the first being the one for everybody else.
var Languages = []string{"eng", "fra", "ara", "hin", "tam", "kan", "spa"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.French, language.Arabic, language.Hindi,
	language.Tamil, language.Kannada, language.Spanish})

type languageKey struct{}

// WithLanguage keeps the best of our languages for an Accept-Language header in ctx.
func WithLanguage(ctx context.Context, acceptLanguage string) context.Context {
	tags := locale.Preferred(acceptLanguage)
	if len(tags) == 0 {
		return ctx
	}
	_, i, _ := matcher.Match(tags...)
	return context.WithValue(ctx, languageKey{}, Languages[i])
}

// Language answers MOSIP's code of the language to speak in ctx.
func Language(ctx context.Context) string {
	if lang, ok := ctx.Value(languageKey{}).(string); ok {
		return lang
	}
	return Languages[0]
}

// messages holds, by language, one sentence per ErrorCode and per sentence that the table of upstream codes names.
var messages = sync.OnceValue(func() map[string]map[string]string {
	all := make(map[string]map[string]string, len(Languages))
	for _, lang := range Languages {
		raw, err := messageFiles.ReadFile("messages/" + lang + ".json")
		if err != nil {
			panic(fmt.Sprintf("a language without sentences: %v", err))
		}
		sentences := map[string]string{}
		if err := json.Unmarshal(raw, &sentences); err != nil {
			panic(fmt.Sprintf("messages/%s.json: %v", lang, err))
		}
		all[lang] = sentences
	}
	return all
})

// Message answers a code's sentence for the resident in the language of ctx.
func Message(ctx context.Context, code ErrorCode) string {
	return messages()[Language(ctx)][string(code)]
}

// MessageFor answers the sentence that tells the resident most about e, in the language of ctx: what the upstream code
// means where the table has a sentence for it, else the sentence of e's code.
func MessageFor(ctx context.Context, e *Error) string {
	key := e.sentence
	if key == "" && e.UpstreamCode != "" {
		// An error that was read back from an event has kept its codes alone, neither the service nor its text.
		if row, ok := codes.Generic(e.UpstreamCode); ok && ErrorCode(row.Answer) == e.Code {
			key = row.Sentence
		}
	}
	if sentence := messages()[Language(ctx)][key]; sentence != "" {
		return sentence
	}
	return Message(ctx, e.Code)
}

// languageNotOffered refuses to make something in a language that is none of ours.
func languageNotOffered() *Error {
	return &Error{Code: Invalid, Path: []string{"input", "lang"}, sentence: "LANGUAGE_NOT_OFFERED"}
}
