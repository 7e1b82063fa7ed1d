package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// credential is what the credential service makes of a request: a W3C-VC-shaped document with the attributes that the
// partner's policy and the request both name, in the formats and behind the masks that the request asks for.
func (c *credentialRequests) credential(one credentialRequest, person *resident) ([]byte, error) {
	subject := map[string]any{"id": "http://credential.idrepo/credentials/" + one.ID}
	for _, name := range c.shared(one.Ask) {
		value := c.value(person, name)
		if format := one.Ask.AdditionalData.format(name); name == "dateOfBirth" && format != "" {
			value = dateIn(value, format)
		}
		if slices.Contains(one.Ask.AdditionalData.masked(), name) {
			value = masked(name, value)
		}
		subject[name] = value
	}
	document := map[string]any{
		"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiableCredential", "MOSIPVerifiableCredential"},
		"id": "http://credential.idrepo/credentials/" + one.RequestID, "issuer": "http://credential.idrepo/issuer",
		"issuanceDate": one.Moved.Format(wireTime), "credentialSubject": subject,
	}
	payload, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("encode a credential: %w", err)
	}
	signature, err := c.keys.sign(signRequest{
		DataToSign: base64.RawURLEncoding.EncodeToString(payload), ApplicationID: "ID_REPO", IncludeCertificate: true,
	})
	if err != nil {
		return nil, err
	}
	document["proof"] = map[string]string{
		"type": "RsaSignature2018", "created": one.Moved.Format(wireTime), "proofPurpose": "assertionMethod",
		"verificationMethod": "http://credential.idrepo/keys", "jws": signature,
	}
	return json.Marshal(document)
}

// shared are the attributes of the policy that were asked for; all of them when none was named.
func (c *credentialRequests) shared(ask credentialAsk) []string {
	policy := c.partners.policy(ask.Issuer, ask.CredentialType)
	if policy == nil {
		return ask.Attributes
	}
	var names []string
	for _, a := range policy.Policies.Attributes {
		if len(ask.Attributes) == 0 || slices.Contains(ask.Attributes, a.Name) {
			names = append(names, a.Name)
		}
	}
	return names
}

// value of an attribute, those among them that no identity holds as they are.
func (c *credentialRequests) value(person *resident, name string) string {
	switch name {
	case "perpetualVID":
		for _, one := range c.people.vids.active(person.UIN) {
			if one.Type == "PERPETUAL" {
				return one.Number
			}
		}
		return ""
	case "fullAddress":
		var parts []string
		for _, part := range []string{"addressLine1", "addressLine2", "addressLine3", "city", "region", "province", "postalCode"} {
			parts = append(parts, person.attribute(part))
		}
		return strings.Join(parts, ", ")
	case "photo":
		return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(person.photo())
	}
	return person.attribute(name)
}

// attribute returns a value of the identity, in the first language where it has several.
func (r *resident) attribute(name string) string {
	var record map[string]json.RawMessage
	if json.Unmarshal(r.Identity, &record) != nil {
		return ""
	}
	var texts []localText
	if json.Unmarshal(record[name], &texts) == nil && len(texts) > 0 {
		return texts[0].Value
	}
	var plain string
	_ = json.Unmarshal(record[name], &plain) // absent, or of a kind that no card shows
	return plain
}

// format is the one asked for an attribute; the member is as misspelt as MOSIP's.
func (a additionalData) format(name string) string {
	formats, _ := a["formatingAttributes"].(map[string]any)
	format, _ := formats[name].(string)
	return format
}

func (a additionalData) masked() (names []string) {
	list, _ := a["maskingAttributes"].([]any)
	for _, one := range list {
		if name, ok := one.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// dateIn writes a date of an identity in one of the formats of the UI schema.
func dateIn(date, format string) string {
	at, err := time.Parse("2006/01/02", date)
	if err != nil {
		return date
	}
	return at.Format(strings.NewReplacer("DD", "02", "MMM", "Jan", "MM", "01", "YYYY", "2006").Replace(format))
}

// masked hides a value as MOSIP's masking rules do: of a phone number the last four digits stay, of an e-mail address
// the first three letters before the at, of anything else the first character and the last two.
func masked(name, value string) string {
	letters := []rune(value)
	hide := func(from, to int) string {
		for i := max(from, 0); i < min(to, len(letters)); i++ {
			letters[i] = 'X'
		}
		return string(letters)
	}
	switch name {
	case "phone":
		return hide(0, len(letters)-4)
	case "email":
		return hide(3, slices.Index(letters, '@'))
	}
	return hide(1, len(letters)-2)
}
