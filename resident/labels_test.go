package resident_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// TestEveryLanguageHasEveryLabel: the same keys in each, none empty, and the same places to fill in.
func TestEveryLanguageHasEveryLabel(t *testing.T) {
	all := map[string]map[string]string{}
	for _, lang := range resident.Languages {
		raw, err := os.ReadFile("labels/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatalf("%s: %v", lang, err)
		}
		all[lang] = words
	}
	first := all[resident.Languages[0]]
	for _, word := range []store.RequestType{store.AuthenticationRequest, store.ShareCredWithPartner, store.DownloadPersonalizedCard,
		store.OrderPhysicalCard, store.GetMyID, store.UpdateMyUIN, store.GenerateVid, store.RevokeVid, store.AuthTypeLockUnlock,
		store.VidCardDownload, store.ValidateOTP} {
		if first["word."+string(word)] == "" {
			t.Errorf("no word for %s", word)
		}
	}
	for _, vidType := range []vid.Type{vid.Perpetual, vid.Temporary, vid.OneTimeUse} {
		if first["vid."+string(vidType)] == "" {
			t.Errorf("no word for %s", vidType)
		}
	}
	for lang, words := range all {
		if keys, want := slices.Sorted(maps.Keys(words)), slices.Sorted(maps.Keys(first)); !slices.Equal(keys, want) {
			t.Errorf("%s: %v", lang, difference(keys, want))
		}
		for key, word := range words {
			for _, place := range []string{"{attributes}", "{count}"} {
				if strings.Contains(word, place) != strings.Contains(first[key], place) {
					t.Errorf("%s: %s has lost its %s", lang, key, place)
				}
			}
			if strings.TrimSpace(word) != word || word == "" {
				t.Errorf("%s: %s is %q", lang, key, word)
			}
		}
	}
}
