package resolvers

import (
	"bytes"
	"net/http"
	"time"

	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// logoPath is where logos are served.
const logoPath = "/files/logo/"

// Logo serves the logo of a partner by its id. It names nothing of a resident, so it needs no session and anybody may
// keep it: a day as it is, and a week longer while it is looked whether it has changed. What is not there, is not a
// partner's or is not acceptable is 404 alike.
func (r *Resolver) Logo(w http.ResponseWriter, req *http.Request) {
	logo := r.logoOf(req, id.ID(req.PathValue("partner")))
	if logo == nil {
		http.NotFound(w, req)
		return
	}
	h := w.Header()
	h.Set("Content-Type", logo.MediaType)
	h.Set("Content-Disposition", "inline")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cache-Control", "public, max-age=86400, stale-while-revalidate=604800")
	h.Set("ETag", logo.ETag)
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(logo.Body))
}

func (r *Resolver) logoOf(req *http.Request, partnerID id.ID) *partner.Logo {
	typeName, key, err := r.IDs.OpenNode("", partnerID)
	if err != nil || typeName != "Partner" {
		return nil
	}
	logo, err := r.Service.Logos.Logo(req.Context(), key)
	if err != nil {
		r.Service.Log.WarnContext(req.Context(), "no logo of a partner", "error", err)
	}
	return logo
}
