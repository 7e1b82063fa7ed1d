package sandbox_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

// TestTheJournalTellsWhatArrivedAndWhatWasAccepted has one request be refused before its service sees it, and others be
// taken, one of them answered late.
func TestTheJournalTellsWhatArrivedAndWhatWasAccepted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := start(t, sandbox.Options{Journal: dir})
	person := c.somebody("ACTIVATED")
	ask := func(id string, body map[string]any) answer {
		return c.send(http.MethodPost, credentialBase+"/v2/requestgenerator/"+id, wrapped("", body))
	}
	share := credential(person.UIN, "vercred", "mpartner-default-bank", map[string]any{"sharableAttributes": []string{"phone", "fullName"}})
	c.control(http.MethodPut, "/sandbox/settings", map[string]any{"credentialDelayMs": 600_000}, nil)
	c.control(http.MethodPut, "/sandbox/faults", map[string]any{"credential": map[string]any{"status": 503}}, nil)
	if a := ask("r1", share); a.status != http.StatusServiceUnavailable {
		t.Fatalf("a service with a fault answers %d", a.status)
	}
	c.control(http.MethodPut, "/sandbox/faults", map[string]any{"credential": map[string]any{"answerMs": 20}}, nil)
	card := credential(person.vid("PERPETUAL"), "PDFCard", "mpartner-default-digitalcard",
		map[string]any{"additionalData": map[string]any{"cardFormat": "vidCard"}})
	for id, body := range map[string]map[string]any{"r1": share, "r2": card} {
		if a := ask(id, body); a.codes() != "" || a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", id, a.status, a.body)
		}
	}
	for range 2 {
		c.get(credentialBase + "/cancel/r1") // the second time it is refused
	}
	c.send(http.MethodPost, "/idrepository/v1/vid", wrapped("mosip.vid.create", map[string]any{"UIN": person.UIN, "vidType": "OneTimeUse"}))
	for file, want := range map[string][]string{
		"arrivals": {"generateVid  ONE_TIME_USE", "requestVidCard r2 masked", "shareCredential r1 mpartner-default-bank fullName,phone",
			"shareCredential r1 mpartner-default-bank fullName,phone", "withdrawShare r1 ", "withdrawShare r1 "},
		"upstream": {"generateVid  ONE_TIME_USE", "requestVidCard r2 masked", "shareCredential r1 mpartner-default-bank fullName,phone",
			"withdrawShare r1 "},
	} {
		if got := journalLines(t, filepath.Join(dir, file+".jsonl")); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// journalLines answers the lines of a file in the order of their words; a mask as "masked".
func journalLines(t *testing.T, path string) (words []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct{ Mutation, Resident, Request, Input, Masked string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if len(line.Resident) != 64 {
			t.Errorf("%s of %q", line.Mutation, line.Resident)
		}
		if line.Input == line.Masked && line.Masked != "" {
			line.Input = "masked"
		}
		words = append(words, fmt.Sprintf("%s %s %s", line.Mutation, line.Request, line.Input))
	}
	slices.Sort(words)
	return words
}
