package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

const notBuilt = "The front end is not built yet: run `make web`."

// playground serves one Vite build. The page is read once, since an embedded file cannot change.
type playground struct {
	files  fs.FS
	page   []byte // nil: not built
	etag   string
	config []byte
}

func newPlayground(files fs.FS, o Options) http.Handler {
	p := &playground{files: files, config: config(o)}
	if page, err := fs.ReadFile(files, "dist/playground.html"); err == nil {
		p.page = page
		p.etag = fmt.Sprintf(`"%x"`, sha256.Sum256(page))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /playground", p.servePage)
	mux.Handle("GET /playground/{$}", http.RedirectHandler("/playground", http.StatusMovedPermanently))
	mux.HandleFunc("GET /playground/config.json", p.serveConfig)
	mux.HandleFunc("GET /playground/assets/{name}", p.serveAsset)
	return guarded(mux)
}

// config is what the page reads at start. Without a sandbox it is an empty object.
func config(o Options) []byte {
	fields := map[string]string{}
	if o.SandboxURL != "" {
		fields["sandboxUrl"] = o.SandboxURL
	}
	body, _ := json.Marshal(fields) // a map of strings always encodes
	return body
}

func (p *playground) servePage(w http.ResponseWriter, r *http.Request) {
	if p.page == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, notBuilt, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", p.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.page))
}

func (p *playground) serveConfig(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(p.config) // a reader that has gone needs no answer
}

// serveAsset finds a file by its plain name. The name is not cleaned: a name with a slash or dots in it, however
// encoded, is not a valid path of an fs.FS and is not found.
func (p *playground) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := "dist/assets/" + r.PathValue("name")
	kind := contentType(path.Ext(name))
	if info, err := fs.Stat(p.files, name); kind == "" || err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(w, r, p.files, name)
}

// contentType knows what Vite puts out. The operating system's table differs from machine to machine, and with
// nosniff a wrong type is a script that does not run.
func contentType(extension string) string {
	switch extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ttf":
		return "font/ttf"
	case ".woff2":
		return "font/woff2"
	}
	return ""
}
