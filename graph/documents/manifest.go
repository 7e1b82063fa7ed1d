package documents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// A manifest is the file that a client's build makes.
type manifest struct {
	Client    string            `json:"client"`
	Version   string            `json:"version"`
	Documents map[string]string `json:"documents"`
}

// maxManifest bounds a file: a front end has some dozens of documents of a kilobyte.
const maxManifest = 4 << 20

func readManifest(folder fs.FS, name string) (*manifest, error) {
	text, err := read(folder, name)
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("it is no manifest: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it goes on after the manifest")
	}
	if m.Client == "" || m.Version == "" || len(m.Documents) == 0 {
		return nil, errors.New("a manifest needs client, version and documents")
	}
	return m, nil
}

func read(folder fs.FS, name string) ([]byte, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = fmt.Errorf("it is larger than %d bytes", maxManifest)
	}
	return text, err
}
