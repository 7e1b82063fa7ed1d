package resolvers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// photoFor is how long a link to a photo works.
const photoFor = 15 * time.Minute

// photoLink answers a link that opens for this session only, so it tells nothing to whoever finds it.
func (r *Resolver) photoLink(s *session.Session) *graph.FileLink {
	// Rounded, so that a page that asks again gets the same link and the browser its cached photo.
	expires := r.Now().UTC().Truncate(photoFor).Add(2 * photoFor)
	return &graph.FileLink{
		URL:       "/files/photo/" + r.IDs.Seal("photo", s.ID, strconv.FormatInt(expires.Unix(), 10)),
		ExpiresAt: expires, MediaType: s.PictureType, FileName: "photo",
	}
}

// Photo serves the photo behind a link: 404 for a link that is not of this session, 410 for one that is too old.
func (r *Resolver) Photo(w http.ResponseWriter, req *http.Request) {
	s := session.FromContext(req.Context())
	if s == nil {
		http.Error(w, "Sign in first.", http.StatusUnauthorized)
		return
	}
	text, err := r.IDs.Open("photo", s.ID, req.PathValue("link"))
	if err != nil {
		http.NotFound(w, req)
		return
	}
	expires, err := strconv.ParseInt(text, 10, 64)
	if err != nil || r.Now().Unix() > expires {
		http.Error(w, "The link is too old.", http.StatusGone)
		return
	}
	picture, mediaType, err := r.Sessions.Picture(req.Context(), s)
	r.Service.AuditRead(residentOf(s), resident.ReadProfile, "", err)
	switch {
	case errors.Is(err, session.ErrNoPicture), errors.Is(err, session.ErrNoSession):
		http.Error(w, "There is no photo.", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "The photo cannot be read now.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "private, max-age=600")
	w.Header().Set("Content-Disposition", "inline; filename=photo")
	_, _ = w.Write(picture)
}
