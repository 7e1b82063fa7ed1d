package resident

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed labels/*.json
var labelFiles embed.FS

// labels holds, by language, the words of documents and cards that Master Data has none for.
var labels = sync.OnceValue(func() map[string]map[string]string {
	all := make(map[string]map[string]string, len(Languages))
	for _, lang := range Languages {
		words := map[string]string{}
		raw, err := labelFiles.ReadFile("labels/" + lang + ".json")
		if err == nil {
			err = json.Unmarshal(raw, &words)
		}
		if err != nil {
			panic(fmt.Sprintf("labels/%s.json: %v", lang, err))
		}
		all[lang] = words
	}
	return all
})

// label answers a word in the language of ctx, "" for none.
func label(ctx context.Context, key string) string { return labels()[Language(ctx)][key] }

// inLanguage has ctx speak one of our languages.
func inLanguage(ctx context.Context, lang string) context.Context {
	if _, ours := labels()[lang]; !ours {
		return ctx
	}
	return context.WithValue(ctx, languageKey{}, lang)
}
