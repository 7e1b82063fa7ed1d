package resident

import (
	"context"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/resident/locale"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// messageKind is what a message says of an event; the word stands in Master Data's template codes.
type messageKind string

const (
	requestReceived messageKind = "request-received"
	succeeded       messageKind = "success"
	notSucceeded    messageKind = "failure"
	packetAccepted  messageKind = "regproc-success"
	packetRefused   messageKind = "regproc-failure"
	discarded       messageKind = "discarded"
)

// kindOf answers the message for what an event has just come to; "" for none. Each kind is sent once per event: a card
// that is ready has been announced when it is downloaded.
func kindOf(e *store.Event, was store.EventStatus, source string) messageKind {
	switch e.RequestType {
	case store.AuthenticationRequest, store.SendOTP, store.Default:
		return ""
	case store.GetMyID: // the OTP before it is no news
		if e.StatusDetail != "CARD_DOWNLOADED" && e.Status == store.Success {
			return ""
		}
		was = store.InProgress
	}
	switch {
	case e.RequestType == store.UpdateMyUIN && e.StatusDetail == "IDENTITY_UPDATED":
		return packetAccepted
	case e.Status == was:
		return ""
	case e.Status == store.Success:
		return succeeded
	case e.Status == store.Canceled:
		return discarded
	case e.Status == store.Failed && e.RequestType == store.UpdateMyUIN && source == FromRegistration:
		return packetRefused
	case e.Status == store.Failed:
		return notSucceeded
	}
	return ""
}

// codesOf answers the template codes of a message. Master Data spells one of them with a hyphen.
func codesOf(t store.RequestType, kind messageKind) (sms, subject, content string) {
	stem := textNames[t] + "-" + string(kind)
	sms = stem + "_SMS"
	if kind == discarded {
		sms = stem + "-SMS"
	}
	return sms, stem + "-email-subject", stem + "-email-content"
}

type message struct{ subject, body string }

// compose writes a message in each of the resident's languages, one after the other. The body is empty when Master Data
// has no text.
func (o *Outgoing) compose(ctx context.Context, e *store.Event, args notifyArgs, who *identity.Identity) (message, error) {
	sms, subject, content := codesOf(e.RequestType, args.Message)
	var subjects, bodies []string
	for _, lang := range o.languagesOf(who) {
		values, err := o.messageValues(ctx, e, args, who, lang)
		if err != nil {
			return message{}, err
		}
		add := func(to *[]string, code string, quote func(string) string) error {
			text, err := o.service.References.Template(ctx, lang, code)
			if text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "<br>")); err == nil && text != "" {
				*to = append(*to, merge(text, values, quote))
			}
			return err
		}
		if args.Channel == SMS {
			if err := add(&bodies, sms, oneLine); err != nil {
				return message{}, err
			}
			continue
		}
		if err := add(&subjects, subject, oneLine); err != nil {
			return message{}, err
		}
		if err := add(&bodies, content, html.EscapeString); err != nil {
			return message{}, err
		}
	}
	if args.Channel == SMS {
		return message{body: strings.Join(bodies, "\n")}, nil
	}
	return message{subject: strings.Join(subjects, "/"), body: strings.Join(bodies, "<br><br>")}, nil
}

// messageValues are what the templates may name, in a language.
func (o *Outgoing) messageValues(ctx context.Context, e *store.Event, args notifyArgs, who *identity.Identity, lang string) (map[string]string, error) {
	at, writes := args.At.In(o.config.Zone), locale.Of(lang)
	values := map[string]string{
		"eventId": e.EventID, "date": writes.Date(at),
		"time":                    writes.Time(at) + " (" + locale.Zone(o.config.Zone) + ")",
		"trackServiceRequestLink": o.config.TrackURL + e.EventID, "name": nameIn(who, lang),
	}
	if e.PartnerName != nil {
		values["partner"], values["partnerName"] = *e.PartnerName, *e.PartnerName
	}
	for name, code := range map[string]string{"eventDetails": typeCode(e.RequestType), "status": statusCode(args.Status)} {
		text, err := o.service.References.Template(ctx, lang, code)
		if err != nil {
			return nil, err
		}
		values[name] = text
	}
	return values, nil
}

// nameIn answers the resident's name in a language, else as it was captured first.
func nameIn(who *identity.Identity, lang string) string {
	at := slices.IndexFunc(who.FullName, func(t identity.Text) bool { return t.Lang == lang })
	switch {
	case at >= 0:
		return who.FullName[at].Value
	case len(who.FullName) > 0:
		return who.FullName[0].Value
	}
	return ""
}

// velocityName is a Velocity reference; the ! makes an unknown one vanish.
var velocityName = regexp.MustCompile(`\$(!?)(?:\{([A-Za-z]\w*)\}|([A-Za-z]\w*))`)

// merge fills a template in, each value quoted. A name that it does not know stays as it is typed, as Velocity has it.
func merge(template string, values map[string]string, quote func(string) string) string {
	return velocityName.ReplaceAllStringFunc(template, func(reference string) string {
		parts := velocityName.FindStringSubmatch(reference)
		value, known := values[parts[2]+parts[3]]
		switch {
		case known:
			return quote(value)
		case parts[1] == "!":
			return ""
		}
		return reference
	})
}

// oneLine keeps a value from ending a mail's header or beginning another line.
func oneLine(value string) string { return strings.Join(strings.Fields(value), " ") }

// codesIn answers the language codes in a preference such as "eng,fra".
func codesIn(preference string) []string {
	var codes []string
	for _, code := range strings.FieldsFunc(strings.ToLower(preference), func(r rune) bool { return r == ',' || r == ' ' }) {
		if len(code) == 3 && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}
