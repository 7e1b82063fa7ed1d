package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// hubAnswersWithin is the deadline of one request to the hub.
const hubAnswersWithin = 10 * time.Second

// denial is the hub's `hub.mode=denied` with its reason.
type denial struct{ reason string }

func (d denial) Error() string { return "denied by the hub: " + d.reason }

// alreadyRegistered tells MOSIP's way of saying that nothing needs to be done: its hub denies the
// re-registration of a topic and the re-subscription of a live subscriber.
func alreadyRegistered(reason string) bool {
	return strings.Contains(strings.ToLower(reason), "already registered")
}

// hub is the client side of MOSIP's WebSub hub: form posts with the service token as a cookie.
type hub struct {
	url    string
	client *http.Client
	tokens Tokens
	lease  time.Duration
}

func newHub(c Config) hub {
	client := *c.HTTPClient
	client.CheckRedirect = followHub
	return hub{url: c.HubURL, client: &client, tokens: c.Tokens, lease: c.Lease}
}

// followHub follows 307 and 308, which keep method and body (W3C WebSub §5.1), and nothing else.
func followHub(next *http.Request, via []*http.Request) error {
	code := next.Response.StatusCode
	if code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	if len(via) > 5 {
		return errors.New("too many redirects")
	}
	if via[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return errors.New("redirect from https to " + next.URL.Scheme)
	}
	return nil
}

func (h hub) register(ctx context.Context, topic string) error {
	return h.post(ctx, url.Values{"hub.mode": {"register"}, "hub.topic": {topic}})
}

func (h hub) subscribe(ctx context.Context, s Subscription, callback string) error {
	return h.post(ctx, url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {s.Topic}, "hub.callback": {callback},
		"hub.secret": {string(s.Secret)}, "hub.lease_seconds": {strconv.Itoa(int(h.lease.Seconds()))},
	})
}

func (h hub) unsubscribe(ctx context.Context, s Subscription, callback string) error {
	return h.post(ctx, url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {s.Topic}, "hub.callback": {callback}})
}

// post sends one request, and once more with a new token if the hub did not like the first.
// It returns nil when the hub accepted or had done so before, else a denial or why there was no answer.
func (h hub) post(ctx context.Context, form url.Values) error {
	ctx, cancel := context.WithTimeout(ctx, hubAnswersWithin)
	defer cancel()
	for again := false; ; again = true {
		token, err := h.tokens.Token(ctx)
		if err != nil {
			return fmt.Errorf("service token for the hub: %w", err)
		}
		err = h.send(ctx, form, token)
		if denied := (denial{}); errors.As(err, &denied) {
			if alreadyRegistered(denied.reason) {
				return nil
			}
			// "Not authorized" means the token is good and lacks the role: a new one would not help.
			if !again && !strings.Contains(strings.ToLower(denied.reason), "not authorized") {
				h.tokens.Drop(token)
				continue
			}
		}
		return err
	}
}

func (h hub) send(ctx context.Context, form url.Values, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("request to the hub: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Cookie", "Authorization="+token)
	answer, err := h.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the hub: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("answer of the hub: %w", err)
	}
	return verdict(answer.StatusCode, string(body))
}

// verdict reads MOSIP's answers: 202 is yes whatever it says, 200 is yes only when it says so, and a
// denial comes with 200, 400 or 500.
func verdict(status int, body string) error {
	if status == http.StatusAccepted {
		return nil
	}
	said, _ := url.ParseQuery(strings.TrimSpace(body))
	switch {
	case status == http.StatusOK && said.Get("hub.mode") == "accepted":
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return denial{reason: http.StatusText(status)}
	case said.Get("hub.mode") == "denied":
		return denial{reason: clipped(said.Get("hub.reason"))}
	}
	return fmt.Errorf("the hub answered %d", status)
}

// clipped keeps a stranger's text short in our log.
func clipped(text string) string { return text[:min(len(text), 200)] }
