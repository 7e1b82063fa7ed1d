package documents

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/graph/limits"
)

const (
	viewer = "query Viewer { viewer { id } }"
	state  = "query State { session { state } }"
	unread = "query Unread { viewer { unreadCount } }"
)

func reader(t *testing.T) *limits.Reader {
	t.Helper()
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	return limits.NewReader(gqlparser.MustLoadSchema(&ast.Source{Input: string(text)}), limits.DefaultBounds())
}

func file(t *testing.T, client, version string, texts ...string) *fstest.MapFile {
	t.Helper()
	m := manifest{Client: client, Version: version, Documents: map[string]string{}}
	for _, text := range texts {
		m.Documents[ID(text)] = text
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: data}
}

func TestSeveralClientsAndVersionsAreLive(t *testing.T) {
	embedded := fstest.MapFS{"portal.json": file(t, "portal", "1.2.0", viewer, state), "README.md": {Data: []byte("no manifest")}}
	configured := fstest.MapFS{"old.json": file(t, "portal", "1.1.0", viewer), "app.json": file(t, "app", "1.2.0", unread)}
	l, err := Load(reader(t), embedded, configured)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text  string
		by    Release
		found bool
	}{
		"by anyone":                    {viewer, Release{}, true},
		"by one version":               {viewer, Release{"portal", "1.2.0"}, true},
		"by the version before":        {viewer, Release{"portal", "1.1.0"}, true},
		"by any version":               {state, Release{Client: "portal"}, true},
		"new since that version":       {state, Release{"portal", "1.1.0"}, false},
		"of another client":            {unread, Release{Client: "portal"}, false},
		"the version of another":       {unread, Release{"app", "1.1.0"}, false},
		"by a version that is retired": {viewer, Release{"portal", "1.0.0"}, false},
		"by an unknown client":         {viewer, Release{Client: "stranger"}, false},
		"a version alone":              {unread, Release{Version: "1.2.0"}, true},
		"unknown":                      {"query Unknown { viewer { id } }", Release{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := l.Find(ID(test.text), test.by)
			if test.found && (err != nil || doc.Text != test.text || doc.Parsed.Operations[0].SelectionSet == nil) {
				t.Errorf("not found: %v", err)
			}
			if !test.found && !errors.Is(err, ErrUnknown) {
				t.Errorf("found: %v", err)
			}
		})
	}
	if live := l.Releases(); len(live) != 3 || live[Release{"portal", "1.2.0"}] != 2 {
		t.Errorf("%v", live)
	}
}

func TestAnIDIsTheSHA256OfTheText(t *testing.T) {
	// echo -n '{ viewer { id } }' | sha256sum
	const want = "sha256:3c5cde484c335605fe71515655ff4723f67a754f9af53cb4c54aed06e64f87ee"
	if got := ID("{ viewer { id } }"); got != want {
		t.Errorf("%s", got)
	}
}

func TestAFaultStopsTheLoadingWithASentence(t *testing.T) {
	good, bad := file(t, "portal", "1.2.0", viewer), "query Bad { viewer { uin } }"
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, test := range map[string]struct {
		file *fstest.MapFile
		says []string
	}{
		"does not fit the schema": {file(t, "portal", "2", viewer, bad), []string{ID(bad), `"uin"`}},
		"too deep":                {file(t, "portal", "2", "query Deep"+strings.Repeat("{viewer", 20)+"{id}"+strings.Repeat("}", 20)), []string{"levels of selections"}},
		"not well-formed":         {file(t, "portal", "2", "query {"), []string{ID("query {")}},
		"the same release twice":  {file(t, "portal", "1.2.0", viewer), []string{"version 1.2.0 of portal"}},
		"another text's hash":     {text(`{"client":"a","version":"1","documents":{"` + ID(viewer) + `":"{viewer{id}}"}}`), []string{"SHA-256"}},
		"upper-case hex":          {text(`{"client":"a","version":"1","documents":{"` + strings.ToUpper(ID(viewer)) + `":"` + viewer + `"}}`), []string{"SHA-256"}},
		"no client":               {file(t, "", "1", viewer), []string{"client"}},
		"no documents":            {file(t, "a", "1"), []string{"documents"}},
		"unknown entries":         {text(`{"client":"a","version":"1","queries":{}}`), []string{"queries"}},
		"more than a manifest":    {text(string(good.Data) + `{}`), []string{"goes on"}},
		"no JSON":                 {text(`<html>`), []string{"no manifest"}},
		"too large":               {text(strings.Repeat(" ", maxManifest+1)), []string{"larger"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(reader(t), fstest.MapFS{"a.json": good, "b.json": test.file})
			if err == nil {
				t.Fatal("it is loaded")
			}
			for _, part := range append(test.says, "b.json", "trusted documents") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestNoLibraryHoldsNothing(t *testing.T) {
	var none *Library
	if _, err := none.Find(ID(viewer), Release{}); !errors.Is(err, ErrUnknown) || len(none.Releases()) != 0 {
		t.Error(err)
	}
}
