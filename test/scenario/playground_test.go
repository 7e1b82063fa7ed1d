package scenario

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestEveryExampleOfThePlaygroundRuns sends what the playground's tabs hold, with the values that a person pastes.
func TestEveryExampleOfThePlaygroundRuns(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	lock(c, "examples-lock", "DEMO", true)
	cursor := c.Settled()
	home := c.Must(homeQuery, nil)
	paste := map[string]any{
		"vidId":   harness.At(home, "viewer", "vids", "nodes", 0, "id"),
		"id":      harness.At(home, "viewer", "vids", "nodes", 0, "id"),
		"eventId": harness.At(home, "viewer", "serviceHistory", "nodes", 0, "eventId"),
		"after":   cursor,

		"partnerId": partnerIDs(c, "PRINT_PARTNER")["Example Print House"],
	}
	files, err := filepath.Glob("../../web/playground/examples/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	// What revokes comes last: the others use the VID.
	for i, file := range files {
		if strings.Contains(file, "revoke") {
			files = append(append(files[:i:i], files[i+1:]...), file)
			break
		}
	}
	for i, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c := c.With(t)
			query, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			variables := map[string]any{}
			if raw, err := os.ReadFile(strings.TrimSuffix(file, ".graphql") + ".json"); err == nil {
				if err := json.Unmarshal(raw, &variables); err != nil {
					t.Fatal(err)
				}
			}
			for name, value := range variables {
				if text, _ := value.(string); text == "$uuid" {
					variables[name] = fmt.Sprintf("example-%04d", i)
				} else if strings.HasPrefix(text, "paste ") {
					variables[name] = paste[name]
				}
			}
			if strings.Contains(string(query), "\nsubscription ") {
				stream := c.Events(string(query), variables)
				lock(c, fmt.Sprintf("examples-%d", i), "OTP_PHONE", i%2 == 0)
				if f := stream.Next(); len(f.Errors) > 0 {
					t.Errorf("errors: %v", f.Errors)
				}
				return
			}
			for _, payload := range c.Must(string(query), variables) {
				if payload == nil {
					t.Error("nothing is answered")
				}
				if errors, ok := harness.At(payload, "errors").([]any); ok && len(errors) > 0 {
					t.Errorf("refused: %v", errors)
				}
			}
		})
	}
}
