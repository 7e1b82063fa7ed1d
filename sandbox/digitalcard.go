package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// digitalCards is the digital card service as others ask it for a card's URL.
type digitalCards struct {
	credentials *credentialRequests
}

// notGenerated is every "not ready": the code says something else than the text.
var notGenerated = kernelError{"DCS-011", "Digital Card is not generated try after some time."}

// endpoints of the service: no role is asked for, but its audience is shorter than that of the kernel services.
func (d *digitalCards) endpoints() []endpoint {
	return []endpoint{{"digitalcard", "GET /v1/digitalcard/{rid}", serviceToken, nil, d.get}}
}

// get answers where a card is. It begins to make one that nobody has asked for yet.
func (d *digitalCards) get(w http.ResponseWriter, r *http.Request) {
	if party := caller(r.Context()).AuthorizedParty; party != residentAgent && party != "mosip-admin-client" {
		unauthenticated(w, 1)
		return
	}
	rid := r.PathValue("rid")
	if _, _, err := d.credentials.find(r.Context(), rid+cardSuffix); err != nil {
		answerCard(w, nil, kernelError{"DCS-011", "Error while generating PDF for Digital Card"})
		return
	}
	cards := d.credentials.newest(func(one credentialRequest) bool { return one.ID == rid && d.credentials.isCard(one.Ask) })
	ready := slices.IndexFunc(cards, func(one credentialRequest) bool { return one.Status == "STORED" && one.URL != nil })
	if ready >= 0 {
		answerCard(w, map[string]any{"id": rid, "statusCode": "AVAILABLE", "url": cards[ready].URL})
		return
	}
	if len(cards) == 0 {
		if err := d.initiate(r, rid); err != nil {
			answerCard(w, nil, kernelError{"DCS-026", "Error while generating PDF for Digital Card"})
			return
		}
	}
	answerCard(w, nil, notGenerated)
}

// initiate asks the generator for a card, as the service does where its initiate flag is set.
func (d *digitalCards) initiate(r *http.Request, rid string) error {
	c, at := d.credentials, time.Now().UTC()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keep(r.Context(), credentialRequest{
		credentialStatus: credentialStatus{RequestID: uuid.NewString(), ID: rid, Status: "NEW"},
		Ask:              credentialAsk{ID: rid, CredentialType: cardType, Issuer: digitalCardIssuer},
		Made:             at, Moved: at, Due: at.Add(c.settings.get().credentialDelay()),
	})
}

func answerCard(w http.ResponseWriter, response any, errors ...kernelError) {
	if errors == nil {
		errors = []kernelError{}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"id": nil, "version": nil, "responsetime": now(), "metadata": nil, "response": response, "errors": errors, "dataShare": nil,
	})
}

// cardPassword is what opens a card: four characters of the name and of the date of birth, short ones repeated.
func cardPassword(one *resident) string {
	password := ""
	for _, attribute := range []string{one.Names[0], one.attribute("dateOfBirth")} {
		if letters := []rune(attribute); len(letters) > 0 {
			for len(letters) < 4 {
				letters = append(letters, letters...)
			}
			password += string(letters[:4])
		}
	}
	return strings.ToUpper(password)
}
