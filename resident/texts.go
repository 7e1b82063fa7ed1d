package resident

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/store"
)

// textNames are the stems of Master Data's template codes, per request type.
var textNames = map[store.RequestType]string{
	store.AuthenticationRequest:    "authentication-request",
	store.ShareCredWithPartner:     "share-cred-with-partner",
	store.DownloadPersonalizedCard: "cust-and-down-my-card",
	store.OrderPhysicalCard:        "order-a-physical-card",
	store.GetMyID:                  "get-my-uin-card",
	store.UpdateMyUIN:              "update-demo-data",
	store.GenerateVid:              "gen-or-revoke-vid",
	store.RevokeVid:                "gen-or-revoke-vid",
	store.AuthTypeLockUnlock:       "lock-unlock-auth",
	store.VidCardDownload:          "vid-card-download",
	store.ValidateOTP:              "verify-my-phone-email",
}

// authTypeCodes are IDA's ways of authenticating, as its events name them.
var authTypeCodes = []string{"OTP-REQUEST", "OTP-AUTH", "DEMO-AUTH", "FINGERPRINT-AUTH", "IRIS-AUTH", "FACE-AUTH",
	"STATIC-PIN-AUTH", "STATIC-PIN-STORAGE", "EKYC-AUTH", "KYC-AUTH", "KYC-EXCHANGE", "IDENTITY-KEY-BINDING",
	"TOKEN-REQUEST", "TOKEN-AUTH", "UNKNOWN"}

// lockWords are the template codes of what a lock event names.
var lockWords = map[string]string{
	"OTP_EMAIL": "mosip.otp-email.template.property", "OTP_PHONE": "mosip.otp-phone.template.property",
	"DEMO": "mosip.demo.template.property", "BIO_FINGER": "mosip.bio-finger.template.property",
	"BIO_IRIS": "mosip.bio-iris.template.property", "BIO_FACE": "mosip.bio-face.template.property",
}

func purposeCode(t store.RequestType, good bool) string {
	mood, gap := "-negative", "-"
	if good {
		mood = "-positive"
	}
	if t == store.OrderPhysicalCard {
		gap = " " // these two codes are spelt so in Master Data
	}
	return textNames[t] + mood + gap + "purpose"
}

func summaryCode(t store.RequestType) string {
	if t == store.VidCardDownload || t == store.AuthenticationRequest {
		return textNames[t] + "-positive-summary"
	}
	return textNames[t] + "-success-summary"
}

func typeCode(t store.RequestType) string { return "mosip.event.type." + string(t) }

func statusCode(s store.EventStatus) string {
	word := map[store.EventStatus]string{store.InProgress: "inprogress", store.Success: "success",
		store.Failed: "failed", store.Canceled: "cancelled"}[s]
	return "mosip.event.status." + word + ".template"
}

func authCode(code string, good bool) string {
	if good {
		return "mosip.ida.auth-request." + code + ".Y.descr"
	}
	return "mosip.ida.auth-request." + code + ".N.descr"
}

// textCodes lists the template codes that the texts of events are made of.
func textCodes() []string {
	var codes []string
	for t := range machines {
		codes = append(codes, typeCode(t))
	}
	for t := range textNames {
		codes = append(codes, purposeCode(t, true), purposeCode(t, false), summaryCode(t))
	}
	for _, s := range []store.EventStatus{store.InProgress, store.Success, store.Failed, store.Canceled} {
		codes = append(codes, statusCode(s))
	}
	for _, code := range authTypeCodes {
		codes = append(codes, authCode(code, true), authCode(code, false))
	}
	for _, code := range lockWords {
		codes = append(codes, code)
	}
	codes = append(codes, "update-demo-data-regproc-success-purpose", "update-demo-data-regproc-success-summary",
		"update-demo-data-cancelled-purpose", "update-demo-data-cancelled-summary",
		"mosip.locked.template.property", "mosip.unlocked.template.property",
		"mosip.generated.template.property", "mosip.revoked.template.property")
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Summary answers one line about an event in the language of ctx. Where Master Data has no text, it is the name of the
// request type and how it stands.
func (s *Service) Summary(ctx context.Context, e *store.Event) (string, error) {
	if e.Status == store.Success && e.StatusDetail != "IDENTITY_UPDATED" && textNames[e.RequestType] != "" {
		if text, err := s.text(ctx, e, summaryCode(e.RequestType)); err != nil || text != "" {
			return text, err
		}
	}
	return s.Description(ctx, e)
}

// Description answers what happened, in the language of ctx.
func (s *Service) Description(ctx context.Context, e *store.Event) (string, error) {
	if e.RequestType == store.AuthenticationRequest && e.LoginMode != nil {
		if text, err := s.authentication(ctx, e); err != nil || text != "" {
			return text, err
		}
	}
	code := ""
	switch {
	case textNames[e.RequestType] == "":
	case e.StatusDetail == "IDENTITY_UPDATED":
		code = "update-demo-data-regproc-success-purpose"
	case e.Status == store.Success:
		code = purposeCode(e.RequestType, true)
	case e.Status == store.Failed:
		code = purposeCode(e.RequestType, false)
	case e.Status == store.Canceled:
		code = "update-demo-data-cancelled-purpose"
	}
	if code != "" {
		if text, err := s.text(ctx, e, code); err != nil || text != "" {
			return text, err
		}
	}
	return s.plainly(ctx, e)
}

// plainly answers the name of the request type and how it stands: also for what is under way, for which Master Data
// has no text of its own.
func (s *Service) plainly(ctx context.Context, e *store.Event) (string, error) {
	lang := Language(ctx)
	name, err := s.References.Template(ctx, lang, typeCode(e.RequestType))
	if err != nil {
		return "", err
	}
	status, err := s.References.Template(ctx, lang, statusCode(e.Status))
	if err != nil {
		return "", err
	}
	if name == "" {
		name = string(e.RequestType)
	}
	if status == "" {
		status = string(e.Status)
	}
	return name + ": " + status, nil
}

// authentication joins the texts of the ways in which a resident was authenticated.
func (s *Service) authentication(ctx context.Context, e *store.Event) (string, error) {
	var parts []string
	for _, code := range strings.Split(*e.LoginMode, ",") {
		code = strings.TrimSpace(code)
		if !slices.Contains(authTypeCodes, code) {
			code = "UNKNOWN"
		}
		text, err := s.References.Template(ctx, Language(ctx), authCode(code, e.Status == store.Success))
		if err != nil {
			return "", err
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", "), nil
}

// reference is a Velocity reference: $name, ${name} or $!{name}.
var reference = regexp.MustCompile(`\$!?\{?([A-Za-z][A-Za-z0-9_]*)\}?`)

// text fills Master Data's template with what is known of an event; empty when there is no such template.
func (s *Service) text(ctx context.Context, e *store.Event, code string) (string, error) {
	template, err := s.References.Template(ctx, Language(ctx), code)
	if err != nil || template == "" {
		return "", err
	}
	values, err := s.values(ctx, e)
	if err != nil {
		return "", err
	}
	filled := reference.ReplaceAllStringFunc(template, func(ref string) string {
		return values[reference.FindStringSubmatch(ref)[1]]
	})
	return strings.Join(strings.Fields(filled), " "), nil
}

func (s *Service) values(ctx context.Context, e *store.Event) (map[string]string, error) {
	values := map[string]string{"eventId": e.EventID, "attributeList": strings.Join(e.Attributes, ", "),
		"attributes": strings.Join(e.Attributes, ", ")}
	set := func(name string, v *string) {
		if v != nil {
			values[name] = *v
		}
	}
	set("maskedVID", e.RefMasked)
	set("partner", e.PartnerName)
	set("partnerName", e.PartnerName)
	set("purpose", e.Purpose)
	var err error
	switch e.RequestType {
	case store.GenerateVid, store.RevokeVid:
		values["vidType"] = strings.Join(e.Attributes, ", ")
		word := "mosip.generated.template.property"
		if e.RequestType == store.RevokeVid {
			word = "mosip.revoked.template.property"
		}
		values["actionPerformed"], err = s.References.Template(ctx, Language(ctx), word)
	case store.AuthTypeLockUnlock:
		values["authType"], values["status"], err = s.lockTexts(ctx, e)
	}
	return values, err
}

// lockTexts names what was locked and unlocked.
func (s *Service) lockTexts(ctx context.Context, e *store.Event) (types, states string, err error) {
	locks, err := s.AuthLocksOf(ctx, e)
	if err != nil {
		return "", "", err
	}
	var names []string
	for _, l := range locks {
		name, err := s.References.Template(ctx, Language(ctx), lockWords[string(l.Type)])
		if err != nil {
			return "", "", err
		}
		word := "mosip.unlocked.template.property"
		if l.Locked {
			word = "mosip.locked.template.property"
		}
		state, err := s.References.Template(ctx, Language(ctx), word)
		if err != nil {
			return "", "", err
		}
		names = append(names, name)
		states = state
	}
	return strings.Join(names, ", "), states, nil
}
