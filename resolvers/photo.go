package resolvers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// photoFor is how long a link to a photo works at least.
const photoFor = 15 * time.Minute

// photoLink answers a link that opens for this session only, so it tells nothing to whoever finds it.
func (r *Resolver) photoLink(s *session.Session) *graph.FileLink {
	// Rounded, so that a page that asks again gets the same link and the browser its cached photo.
	expires := r.Now().UTC().Truncate(photoFor).Add(2 * photoFor)
	return &graph.FileLink{
		URL:       "/files/photo/" + r.IDs.Seal("photo", s.ID, strconv.FormatInt(expires.Unix(), 10)),
		ExpiresAt: expires, MediaType: s.PictureType, FileName: photoName(s.PictureType),
	}
}

// photoName answers a name to save a photo under, such as photo.jpeg.
func photoName(mediaType string) string { return "photo." + strings.TrimPrefix(mediaType, "image/") }

// Photo serves the photo behind a link. What goes wrong is told as with other files: NOT_FOUND for a link that is not of
// this session, EXPIRED for one that is too old.
func (r *Resolver) Photo(w http.ResponseWriter, req *http.Request) {
	s, err := graph.SignedIn(req.Context())
	if err == nil {
		err = r.openPhotoLink(s, req.PathValue("link"))
	}
	if err != nil {
		problem(w, req, err)
		return
	}
	picture, mediaType, err := r.picture(req.Context(), s)
	r.Service.AuditRead(residentOf(s), resident.ReadProfile, "", err)
	if err != nil {
		problem(w, req, err)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "private, max-age=600")
	w.Header().Set("Content-Disposition", "inline; filename="+photoName(mediaType))
	_, _ = w.Write(picture)
}

func (r *Resolver) openPhotoLink(s *session.Session, link string) error {
	text, err := r.IDs.Open("photo", s.ID, link)
	if err != nil {
		return resident.Refuse(resident.NotFound)
	}
	if expires, err := strconv.ParseInt(text, 10, 64); err != nil || r.Now().Unix() > expires {
		return resident.Refuse(resident.Expired)
	}
	return nil
}

func (r *Resolver) picture(ctx context.Context, s *session.Session) (data []byte, mediaType string, err error) {
	data, mediaType, err = r.Sessions.Picture(ctx, s)
	switch {
	case err == nil:
		return data, mediaType, nil
	case errors.Is(err, session.ErrNoPicture), errors.Is(err, session.ErrNoSession):
		return nil, "", resident.Wrap(resident.NotFound, err)
	}
	return nil, "", resident.Wrap(resident.UpstreamUnavailable, err)
}
