package hub

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// verify asks the callback whether it wants what was asked for in its name
// (WebSub 5.3), and does it. What cannot be is told the callback instead.
func (h *Hub) verify(asked request) {
	h.mu.Lock()
	s := h.find(asked.topic, asked.callback)
	topic, known := h.topics[h.named(asked.topic)]
	known = known && topic.registered
	live := s != nil && s.live()
	h.mu.Unlock()
	switch {
	case asked.mode == "subscribe" && live && !h.w3c():
		h.deny(asked, "Subscriber has already registered with the Hub")
	case asked.mode == "unsubscribe" && !known:
		h.deny(asked, "Topic ["+asked.topic+"] is not registered with the Hub")
	case asked.mode == "unsubscribe" && s == nil:
		h.deny(asked, "Could not find a valid subscriber for Topic ["+asked.topic+"] and Callback ["+asked.callback+"]")
	case !h.confirmed(asked):
		h.config.Log.Info("hub: intent not confirmed", "mode", asked.mode, "topic", asked.topic)
	case asked.mode == "subscribe":
		h.activate(asked)
	default:
		h.remove(s)
	}
}

// confirmed reports whether the callback answers 2xx with the challenge.
func (h *Hub) confirmed(asked request) bool {
	challenge := uuid.NewString()
	q := [][2]string{{"hub.mode", asked.mode}, {"hub.topic", asked.topic}, {"hub.challenge", challenge}}
	if asked.mode == "subscribe" {
		q = append(q, [2]string{"hub.lease_seconds", strconv.Itoa(int(asked.lease / time.Second))})
	}
	status, body, err := h.ask(asked.callback, q)
	return err == nil && status/100 == 2 && string(body) == challenge
}

func (h *Hub) deny(asked request, reason string) {
	_, _, err := h.ask(asked.callback, [][2]string{{"hub.mode", "denied"}, {"hub.topic", asked.topic}, {"hub.reason", reason}})
	if err != nil {
		h.config.Log.Info("hub: denial not delivered", "topic", asked.topic)
	}
}

// ask sends a GET to the callback, again after a transport error.
func (h *Hub) ask(callback string, parameters [][2]string) (status int, body []byte, err error) {
	target := extended(callback, parameters, h.w3c())
	wait := h.config.Retry
	for try := 0; ; try++ {
		var r *http.Request
		if r, err = http.NewRequestWithContext(h.ctx, http.MethodGet, target, nil); err != nil {
			return 0, nil, err
		}
		if status, body, err = h.send(r); err == nil || try == retries {
			return status, body, err
		}
		if !pause(h.ctx, wait) {
			return 0, nil, h.ctx.Err()
		}
		wait = min(2*wait, maxRetry)
	}
}

// extended adds parameters to the callback's query. MOSIP's hub does not
// encode the values; a space, which would make the request line invalid, is
// the one exception made here.
func extended(callback string, parameters [][2]string, encode bool) string {
	var b strings.Builder
	b.WriteString(callback)
	separator := byte('?')
	if strings.Contains(callback, "?") {
		separator = '&'
	}
	for _, parameter := range parameters {
		value := strings.ReplaceAll(parameter[1], " ", "%20")
		if encode {
			value = url.QueryEscape(parameter[1])
		}
		b.WriteByte(separator)
		b.WriteString(parameter[0] + "=" + value)
		separator = '&'
	}
	return b.String()
}
