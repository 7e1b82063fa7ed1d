package resident

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// identityUpdated is the word for an update that is made and whose card is still to come.
const identityUpdated = "IDENTITY_UPDATED"

// Summary answers one line about an event in the language of ctx. Where Master Data has no text, it is the description.
func (s *Service) Summary(ctx context.Context, e *store.Event) (string, error) {
	code := ""
	switch {
	case textNames[e.RequestType] == "":
	case e.StatusDetail == identityUpdated:
		code = "update-demo-data-regproc-success-summary"
	case e.Status == store.Success:
		code = summaryCode(e.RequestType)
	case e.Status == store.Canceled && e.RequestType == store.UpdateMyUIN:
		code = "update-demo-data-cancelled-summary"
	}
	if code != "" {
		if text, err := s.text(ctx, e, code); err != nil || text != "" {
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
	case e.StatusDetail == identityUpdated:
		code = "update-demo-data-regproc-success-purpose"
	case e.Status == store.Success:
		code = purposeCode(e.RequestType, true)
	case e.Status == store.Failed:
		code = purposeCode(e.RequestType, false)
	case e.Status == store.Canceled && e.RequestType == store.UpdateMyUIN:
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
	name, err := s.named(ctx, typeCode(e.RequestType), string(e.RequestType))
	if err != nil {
		return "", err
	}
	status, err := s.statusText(ctx, e.Status)
	if err != nil {
		return "", err
	}
	return name + ": " + status, nil
}

// authentication joins the texts of the ways in which a resident was authenticated.
func (s *Service) authentication(ctx context.Context, e *store.Event) (string, error) {
	return s.joined(ctx, modesOf(e), func(code string) string {
		if !slices.Contains(authTypeCodes, code) {
			code = "UNKNOWN"
		}
		return authCode(code, e.Status == store.Success)
	})
}

// LoginModeLabel answers how the resident had signed in or was authenticated in the language of ctx, nil when it is not
// known. A way that Master Data has no word for is called as the event calls it.
func (s *Service) LoginModeLabel(ctx context.Context, e *store.Event) (*string, error) {
	if e.LoginMode == nil {
		return nil, nil
	}
	text, err := s.joined(ctx, modesOf(e), loginModeCode)
	if err != nil {
		return nil, err
	}
	if text == "" {
		text = *e.LoginMode
	}
	return &text, nil
}

func modesOf(e *store.Event) []string {
	modes := strings.Split(*e.LoginMode, ",")
	for i := range modes {
		modes[i] = strings.TrimSpace(modes[i])
	}
	return modes
}

// joined answers the templates of some words, with commas; words that have none are left out.
func (s *Service) joined(ctx context.Context, words []string, code func(string) string) (string, error) {
	var parts []string
	for _, word := range words {
		named := code(word)
		if named == "" {
			continue
		}
		text, err := s.References.Template(ctx, Language(ctx), named)
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

// text fills Master Data's template with what is known of an event; empty when there is no such template. The template
// of a lock event is filled for each way of authenticating, so that each is named with its own state.
func (s *Service) text(ctx context.Context, e *store.Event, code string) (string, error) {
	template, err := s.References.Template(ctx, Language(ctx), code)
	if err != nil || template == "" {
		return "", err
	}
	values, err := s.values(ctx, e)
	if err != nil {
		return "", err
	}
	if e.RequestType != store.AuthTypeLockUnlock {
		return fill(template, values), nil
	}
	locks, err := s.AuthLocksOf(ctx, e)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, l := range locks {
		if values["authType"], values["status"], err = s.lockWords(ctx, l); err != nil {
			return "", err
		}
		parts = append(parts, fill(template, values))
	}
	return strings.Join(slices.Compact(parts), ", "), nil
}

// fill puts values into a template's references; those without a value vanish.
func fill(template string, values map[string]string) string {
	filled := reference.ReplaceAllStringFunc(template, func(ref string) string {
		return values[reference.FindStringSubmatch(ref)[1]]
	})
	return strings.Join(strings.Fields(filled), " ")
}

// values answers what the references of templates stand for.
func (s *Service) values(ctx context.Context, e *store.Event) (map[string]string, error) {
	attributes := s.attributeWords(ctx, e)
	values := map[string]string{"eventId": e.EventID, "attributeList": attributes, "attributes": attributes}
	for name, v := range map[string]*string{"maskedVID": e.RefMasked, "partner": e.PartnerName,
		"partnerName": e.PartnerName, "purpose": e.Purpose} {
		if v != nil {
			values[name] = *v
		}
	}
	var err error
	switch e.RequestType {
	case store.GenerateVid:
		values["vidType"] = attributes
		values["actionPerformed"], err = s.References.Template(ctx, Language(ctx), "mosip.generated.template.property")
	case store.RevokeVid:
		values["vidType"] = attributes
		values["actionPerformed"], err = s.References.Template(ctx, Language(ctx), "mosip.revoked.template.property")
	case store.ValidateOTP:
		values["channel"], err = s.joined(ctx, e.Attributes, func(c string) string { return channelWords[strings.ToUpper(c)] })
	}
	return values, err
}

// attributeWords answers what an event is about, as a resident calls it.
func (s *Service) attributeWords(ctx context.Context, e *store.Event) string {
	words := slices.Clone(e.Attributes)
	for i, name := range words {
		words[i] = cmp.Or(s.attributeWord(ctx, e.RequestType, name), name)
	}
	return strings.Join(words, ", ")
}

// attributeWord answers what one of the things is called that an event of a type is about: an attribute as the country calls
// it where residents choose it. A sheet that cannot be read is no reason to say nothing.
func (s *Service) attributeWord(ctx context.Context, of store.RequestType, name string) string {
	switch of {
	case store.ShareCredWithPartner, store.DownloadPersonalizedCard, store.UpdateMyUIN:
		if a, err := s.attributeNamed(ctx, name, Language(ctx)); err == nil && a != nil {
			return a.Label
		}
	case store.GenerateVid, store.RevokeVid, store.VidCardDownload:
		return label(ctx, "vid."+name)
	case store.AuthTypeLockUnlock:
		return s.AuthTypeLabel(ctx, identity.AuthType(name))
	}
	return ""
}

// AuthTypeLabel answers what a way of authenticating is called in the language of ctx. Where Master Data has no word for
// it, or cannot be asked, it is called by its own name: a switch without a label cannot be used.
func (s *Service) AuthTypeLabel(ctx context.Context, t identity.AuthType) string {
	label, err := s.References.Template(ctx, Language(ctx), lockWords[string(t)])
	if err != nil || label == "" {
		return string(t)
	}
	return label
}

// lockWords names a way of authenticating and its state.
func (s *Service) lockWords(ctx context.Context, l *AuthLock) (name, state string, err error) {
	if name, err = s.References.Template(ctx, Language(ctx), lockWords[string(l.Type)]); err != nil {
		return "", "", err
	}
	word := "mosip.unlocked.template.property"
	if l.Locked {
		word = "mosip.locked.template.property"
	}
	state, err = s.References.Template(ctx, Language(ctx), word)
	return name, state, err
}
