package sandbox

import (
	"encoding/json"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// sentMessage is one SMS or e-mail in the sandbox's mailbox.
type sentMessage struct {
	Channel string    `json:"channel"` // sms or email
	To      []string  `json:"to"`
	Cc      []string  `json:"cc,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Content string    `json:"content"`
	SentAt  time.Time `json:"sentAt"`
}

// notifier is the Notification service: what it sends lands in the mailbox.
type notifier struct {
	mailbox *ledger[sentMessage]
}

// smsNumber is what the kernel's SMS gateway accepts: 8 to 10 digits, with or
// without the country code.
var smsNumber = regexp.MustCompile(`^(\+91)?[0-9]{8,10}$`)

// endpoints of the Notification service.
func (n *notifier) endpoints() []endpoint {
	roles := []string{"RESIDENT", "ID_AUTHENTICATION", "PRE_REGISTRATION"}
	return []endpoint{
		{"notification", "POST /v1/notifier/sms/send", serviceToken, roles, n.sms},
		{"notification", "POST /v1/notifier/email/send", serviceToken, roles, n.email},
	}
}

func (n *notifier) sms(w http.ResponseWriter, r *http.Request) {
	var body request[struct {
		Number  string `json:"number"`
		Message string `json:"message"`
	}]
	err := json.NewDecoder(r.Body).Decode(&body)
	if err != nil || body.Request == nil || !smsNumber.MatchString(body.Request.Number) ||
		strings.TrimSpace(body.Request.Message) == "" {
		refuse(w, nil, nil, kernelError{"KER-NOS-001", "Number and message can't be empty, null"})
		return
	}
	n.deliver(w, r, "KER-NOS-500", "SMS request sent", sentMessage{
		Channel: "sms", To: []string{body.Request.Number}, Content: body.Request.Message,
	})
}

func (n *notifier) email(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(maxBody); err != nil {
		refuse(w, nil, nil, kernelError{"KER-NOE-999", "Data not valid"})
		return
	}
	form := r.MultipartForm.Value
	var found []kernelError
	if len(form["mailTo"]) == 0 || slices.ContainsFunc(form["mailTo"], notAnAddress) {
		found = append(found, kernelError{"KER-NOE-001", "To must be valid. It can't be empty or null or invalid address."})
	}
	if strings.TrimSpace(r.PostFormValue("mailSubject")) == "" {
		found = append(found, kernelError{"KER-NOE-002", "Subject must be valid. It can't be empty or null."})
	}
	if strings.TrimSpace(r.PostFormValue("mailContent")) == "" {
		found = append(found, kernelError{"KER-NOE-003", "Content must be valid. It can't be empty or null."})
	}
	if len(found) > 0 {
		refuse(w, nil, nil, found...)
		return
	}
	n.deliver(w, r, "KER-NOE-500", "Email Request submitted", sentMessage{
		Channel: "email", To: form["mailTo"], Cc: form["mailCc"],
		Subject: r.PostFormValue("mailSubject"), Content: r.PostFormValue("mailContent"),
	})
}

// deliver puts a message into the mailbox and says it was sent.
func (n *notifier) deliver(w http.ResponseWriter, r *http.Request, failure, success string, m sentMessage) {
	m.SentAt = time.Now().UTC()
	if err := n.mailbox.append(r.Context(), m); err != nil {
		writeJSON(w, http.StatusInternalServerError, envelope{
			ResponseTime: now(), Errors: []kernelError{{failure, err.Error()}},
		})
		return
	}
	succeedNull(w, nil, nil, map[string]string{"status": "success", "message": success})
}

func notAnAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err != nil || parsed.Address != text
}
