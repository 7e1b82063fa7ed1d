package hub

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxForm      = 64 << 10
	maxContent   = 10 << 20
	maxSecret    = 199 // bytes; WebSub 5.1 asks for fewer than 200
	defaultLease = 86_400 * time.Second
)

const noMode = "The request does not include valid `hub.mode` form param."

// request is what a publisher or subscriber asks for.
type request struct {
	mode     string
	topic    string
	callback string
	secret   string
	lease    time.Duration
}

// receive is the hub's one address. Every answer to a well-formed request is
// form-encoded; a malformed one gets 400 with a text.
func (h *Hub) receive(w http.ResponseWriter, r *http.Request) {
	if !h.running.Load() {
		http.Error(w, ErrClosed.Error(), http.StatusServiceUnavailable)
		return
	}
	switch contentType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); contentType {
	case "application/x-www-form-urlencoded":
		h.receiveForm(w, r)
	case "application/json":
		h.receiveContent(w, r)
	default:
		http.Error(w, "Unsupported content-type", http.StatusBadRequest)
	}
}

func (h *Hub) receiveForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The request body is not a form.", http.StatusBadRequest)
		return
	}
	asked, err := h.read(r.PostForm)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch asked.mode {
	case "register":
		h.register(w, r, asked)
	case "deregister":
		h.deregister(w, r, asked)
	default:
		h.intend(w, r, asked)
	}
}

// read checks the form. Its errors are what the answer says.
func (h *Hub) read(form url.Values) (request, error) {
	asked := request{
		mode: form.Get("hub.mode"), topic: form.Get("hub.topic"), callback: form.Get("hub.callback"),
		secret: form.Get("hub.secret"), lease: defaultLease,
	}
	switch asked.mode {
	case "register", "deregister":
		return asked, topicGiven(asked.topic)
	case "subscribe", "unsubscribe":
	default:
		return asked, errors.New(noMode) //nolint:staticcheck // the hub's own words
	}
	if err := topicGiven(asked.topic); err != nil {
		return asked, err
	}
	callback, err := url.Parse(asked.callback)
	if err != nil || callback.Host == "" || callback.Scheme != "http" && callback.Scheme != "https" {
		return asked, errors.New("`hub.callback` must be an absolute URL")
	}
	if text := form.Get("hub.lease_seconds"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds <= 0 {
			return asked, errors.New("`hub.lease_seconds` must be a positive number")
		}
		asked.lease = time.Duration(seconds) * time.Second
	}
	if h.w3c() && len(asked.secret) > maxSecret {
		return asked, errors.New("`hub.secret` must be shorter than 200 bytes")
	}
	return asked, nil
}

func topicGiven(topic string) error {
	if topic == "" {
		return errors.New("`hub.topic` is missing")
	}
	return nil
}

// receiveContent takes a publication: mode and topic are in the query, the
// body is the content.
func (h *Hub) receiveContent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("hub.mode") != "publish" {
		http.Error(w, noMode, http.StatusBadRequest)
		return
	}
	topic := q.Get("hub.topic")
	if err := topicGiven(topic); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if reason := h.refusal(r, publishing, topic); reason != "" {
		denied(w, http.StatusOK, reason)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxContent))
	if err != nil {
		http.Error(w, "The content is too large or was not read.", http.StatusRequestEntityTooLarge)
		return
	}
	if err := h.Publish(r.Context(), topic, body); err != nil {
		h.config.Log.Error("hub: publication refused", "topic", topic, "error", err)
		denied(w, http.StatusOK, "The content could not be stored")
		return
	}
	accepted(w, http.StatusOK)
}

func (h *Hub) register(w http.ResponseWriter, r *http.Request, asked request) {
	if reason := h.refusal(r, publishing, asked.topic); reason != "" {
		denied(w, http.StatusOK, reason)
		return
	}
	if known, err := h.know(r.Context(), asked.topic); known {
		denied(w, http.StatusOK, "Topic has already registered with the Hub")
	} else if err != nil {
		h.config.Log.Error("hub: topic not stored", "topic", asked.topic, "error", err)
		denied(w, http.StatusOK, "The topic could not be stored")
	} else {
		accepted(w, http.StatusOK)
	}
}

func (h *Hub) deregister(w http.ResponseWriter, r *http.Request, asked request) {
	if reason := h.refusal(r, publishing, asked.topic); reason != "" {
		denied(w, http.StatusOK, reason)
		return
	}
	h.mu.Lock()
	log, ok := h.topics[h.named(asked.topic)]
	if ok = ok && log.registered; ok {
		log.registered = false // what is subscribed to stays so
	}
	h.mu.Unlock()
	if !ok {
		denied(w, http.StatusOK, "Topic has not been registered with the Hub")
		return
	}
	if err := h.config.Store.Delete(r.Context(), topicKey+h.named(asked.topic)); err != nil {
		h.config.Log.Error("hub: topic not deleted", "topic", asked.topic, "error", err)
	}
	accepted(w, http.StatusOK)
}

// intend answers a subscribe or unsubscribe at once and verifies it later.
func (h *Hub) intend(w http.ResponseWriter, r *http.Request, asked request) {
	if reason := h.refusal(r, subscribing, asked.topic); reason != "" {
		denied(w, http.StatusInternalServerError, reason)
		return
	}
	if asked.mode == "subscribe" {
		if _, err := h.know(r.Context(), asked.topic); err != nil {
			h.config.Log.Error("hub: topic not stored", "topic", asked.topic, "error", err)
		}
	}
	select {
	case h.pending <- struct{}{}:
	default:
		http.Error(w, "Too many verifications are under way.", http.StatusServiceUnavailable)
		return
	}
	h.mu.Lock()
	started := h.spawn(func() {
		defer func() { <-h.pending }()
		h.verify(asked)
	})
	h.mu.Unlock()
	if !started {
		http.Error(w, ErrClosed.Error(), http.StatusServiceUnavailable)
		return
	}
	accepted(w, http.StatusAccepted)
}

func accepted(w http.ResponseWriter, status int) { answer(w, status, "hub.mode=accepted") }

// denied writes a reason as MOSIP's hub does, spaces included.
func denied(w http.ResponseWriter, status int, reason string) {
	answer(w, status, "hub.mode=denied&hub.reason="+reason)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // an error means that the caller has gone
}
