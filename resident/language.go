package resident

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"golang.org/x/text/language"
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
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
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

// messages holds one sentence per code and language.
var messages = sync.OnceValue(func() map[string]map[ErrorCode]string {
	all := make(map[string]map[ErrorCode]string, len(Languages))
	for _, lang := range Languages {
		raw, err := messageFiles.ReadFile("messages/" + lang + ".json")
		if err != nil {
			panic(fmt.Sprintf("a language without sentences: %v", err))
		}
		sentences := map[ErrorCode]string{}
		if err := json.Unmarshal(raw, &sentences); err != nil {
			panic(fmt.Sprintf("messages/%s.json: %v", lang, err))
		}
		all[lang] = sentences
	}
	return all
})

// Message answers a code's sentence for the resident in the language of ctx.
func Message(ctx context.Context, code ErrorCode) string { return messages()[Language(ctx)][code] }
