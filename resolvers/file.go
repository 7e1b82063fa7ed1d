package resolvers

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/observe"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

const (
	// fileLinkFor is how long a link to a file works.
	fileLinkFor = 15 * time.Minute
	// fileUseFor bounds one download: what a client has not taken by then it must go on with.
	fileUseFor = 10 * time.Minute
	// fileHeldFor is when a link can be used again whose download nobody ended, because its server died.
	fileHeldFor = fileUseFor + time.Minute
)

// fileLink is what a link holds, sealed: a file of one session, once.
type fileLink struct {
	resident.FileRef
	Once    string `json:"o"`
	Expires int64  `json:"x"`
}

// linkTo answers a link to a file that opens once, and for this session only.
func (r *Resolver) linkTo(ctx context.Context, ref resident.FileRef, fileName, mediaType string) (*graph.FileLink, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	expires := r.Now().UTC().Add(fileLinkFor).Truncate(time.Second)
	text, err := json.Marshal(fileLink{ref, rand.Text(), expires.Unix()})
	if err != nil {
		return nil, fmt.Errorf("link to a file: %w", err)
	}
	return &graph.FileLink{URL: "/files/" + r.IDs.Seal("file", s.ID, string(text)), ExpiresAt: expires,
		MediaType: mediaType, FileName: fileName}, nil
}

// File serves the file behind a link, whole or in ranges (RFC 9110 §14), as an attachment. A link is spent when the last
// byte has gone out; until then a download that broke off can be gone on with. What goes wrong is told as
// application/problem+json (RFC 9457) with a code of the closed list: NOT_FOUND for a link that is not of this session,
// EXPIRED for one that is too old or spent, CONFLICT while it is being used.
func (r *Resolver) File(w http.ResponseWriter, req *http.Request) {
	ctx := req.Context()
	s, err := graph.SignedIn(ctx)
	if err != nil {
		problem(w, req, err)
		return
	}
	link, err := r.openFileLink(s, req.PathValue("link"))
	if err != nil {
		problem(w, req, err)
		return
	}
	end := time.Now().Add(fileUseFor)
	done, err := r.Sessions.Use(ctx, link.Once, fileHeldFor, time.Unix(link.Expires, 0).Add(time.Minute))
	if err != nil {
		problem(w, req, useFault(err))
		return
	}
	sent := &wholeness{ResponseWriter: w}
	defer func() { done(sent.whole()) }()
	f, err := r.Service.File(ctx, residentOf(s), link.FileRef)
	if err != nil {
		if resident.AsError(err).Code == resident.Internal {
			r.Service.Log.ErrorContext(ctx, "a file cannot be served", "kind", link.Kind, "error", err)
		}
		problem(w, req, err)
		return
	}
	sent.serve(req, f, end)
}

// etag answers a strong validator (RFC 9110 §8.8.3): what is made anew is another file, and no download goes on in it.
func etag(content []byte) string {
	hash := sha256.Sum256(content)
	return strconv.Quote(base64.RawURLEncoding.EncodeToString(hash[:]))
}

// attachment answers a Content-Disposition (RFC 6266) that saves a file under a name in any script.
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

func (r *Resolver) openFileLink(s *session.Session, text string) (*fileLink, error) {
	opened, err := r.IDs.Open("file", s.ID, text)
	if err != nil {
		return nil, resident.Refuse(resident.NotFound)
	}
	link := &fileLink{}
	if err := json.Unmarshal([]byte(opened), link); err != nil {
		return nil, fmt.Errorf("open a link: %w", err)
	}
	if r.Now().Unix() > link.Expires {
		return nil, resident.Refuse(resident.Expired)
	}
	return link, nil
}

func useFault(err error) error {
	switch {
	case errors.Is(err, session.ErrSpent):
		return resident.Refuse(resident.Expired)
	case errors.Is(err, session.ErrInUse):
		return &resident.Error{Code: resident.Conflict, RetryAfter: 1}
	}
	return resident.Wrap(resident.UpstreamUnavailable, err)
}

// wholeness watches whether the last byte of a file has gone out.
type wholeness struct {
	http.ResponseWriter
	last   int64 // the place of the last byte
	status int
	sent   int64
	failed bool
}

// serve sends a file, and gives up at a time: a client that reads no more would keep the whole of it in memory for ever.
func (c *wholeness) serve(req *http.Request, f *resident.File, end time.Time) {
	_ = http.NewResponseController(c).SetWriteDeadline(end) // a writer that knows no deadlines (a test's) writes without one
	h := c.Header()
	h.Set("Content-Type", f.MediaType)
	h.Set("Content-Disposition", attachment(f.Name))
	h.Set("ETag", etag(f.Content))
	c.last = int64(len(f.Content)) - 1
	if strings.Contains(req.Header.Get("Range"), ",") {
		req.Header.Del("Range") // several ranges do not tell how far the file is sent; RFC 9110 §14.2 lets us ignore them
	}
	http.ServeContent(c, req, "", f.MadeAt, bytes.NewReader(f.Content))
}

// WriteHeader implements http.ResponseWriter.
func (c *wholeness) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *wholeness) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.sent += int64(n)
	c.failed = c.failed || err != nil
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *wholeness) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// whole says whether what was sent holds the last byte.
func (c *wholeness) whole() bool {
	switch {
	case c.failed || c.sent == 0:
		return false
	case c.status == http.StatusPartialContent:
		_, ends, _ := strings.Cut(c.Header().Get("Content-Range"), "-")
		ends, _, _ = strings.Cut(ends, "/")
		end, err := strconv.ParseInt(ends, 10, 64)
		return err == nil && end == c.last
	}
	return c.status == http.StatusOK || c.status == 0
}

// httpStatus answers the status that goes with a code; what is not listed is the server's.
var httpStatus = map[resident.ErrorCode]int{
	resident.Unauthenticated: http.StatusUnauthorized, resident.Forbidden: http.StatusForbidden,
	resident.ConsentRequired: http.StatusForbidden, resident.NotFound: http.StatusNotFound,
	resident.Expired: http.StatusGone, resident.Conflict: http.StatusConflict, resident.NotReady: http.StatusConflict,
	resident.RateLimited: http.StatusTooManyRequests, resident.UpstreamUnavailable: http.StatusBadGateway,
	resident.UpstreamTimeout: http.StatusGatewayTimeout,
}

// problem tells what went wrong, in the language of the request.
func problem(w http.ResponseWriter, req *http.Request, err error) {
	e := resident.AsError(err)
	status, known := httpStatus[e.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	told := map[string]any{"type": "about:blank", "status": status, "title": http.StatusText(status),
		"detail": resident.MessageFor(req.Context(), e), "code": e.Code, "traceId": observe.TraceID(req.Context())}
	if e.UpstreamCode != "" {
		told["upstreamCode"] = e.UpstreamCode
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(told)
}
