package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// controlRoutes is /sandbox/: pages for people, JSON for tests. Other sites'
// pages may not turn its knobs.
func (s *Sandbox) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/{$}", s.servePage)
	mux.HandleFunc("GET /sandbox/residents", s.serveResidents)
	mux.HandleFunc("GET /sandbox/mailbox", s.serveMailbox)
	mux.HandleFunc("GET /sandbox/audits", s.serveAudits)
	mux.HandleFunc("GET /sandbox/logos/{file}", s.partners.logo)
	mux.HandleFunc("GET /sandbox/calls", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.calls.counts())
	})
	mux.HandleFunc("DELETE /sandbox/calls", func(w http.ResponseWriter, _ *http.Request) {
		s.calls.reset()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.faults.all())
	})
	mux.HandleFunc("PUT /sandbox/faults", s.putFaults)
	mux.HandleFunc("GET /sandbox/settings", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.settings.get())
	})
	mux.HandleFunc("PUT /sandbox/settings", s.putSettings)
	mux.HandleFunc("POST /sandbox/authenticate", s.postAuthenticate)
	mux.HandleFunc("POST /sandbox/publish", s.postPublish)
	mux.HandleFunc("GET /sandbox/credentials", s.serveCredentials)
	mux.HandleFunc("PUT /sandbox/credential", s.putCredential)
	mux.HandleFunc("POST /sandbox/payment", s.postPayment)
	mux.HandleFunc("PUT /sandbox/packet", s.putPacket)
	mux.HandleFunc("POST /sandbox/token", s.postToken)
	return http.NewCrossOriginProtection().Handler(mux)
}

// residentInfo is one entry of /sandbox/residents.
type residentInfo struct {
	UIN           string            `json:"uin"`
	VIDs          []residentVID     `json:"vids"`
	Names         map[string]string `json:"names"`
	PreferredLang string            `json:"preferredLang"`
	Email         string            `json:"email"`
	Phone         string            `json:"phone"`
	Status        string            `json:"status"`
}

type residentVID struct {
	VID  string `json:"vid"`
	Type string `json:"type"`
}

// residentInfos describes the first so many residents with their living VIDs.
func (s *Sandbox) residentInfos(first int) []residentInfo {
	list := []residentInfo{}
	for _, r := range s.residents.all[:min(first, len(s.residents.all))] {
		info := residentInfo{
			UIN: r.UIN, VIDs: []residentVID{}, Names: map[string]string{}, PreferredLang: r.PreferredLang,
			Email: r.Email, Phone: r.Phone, Status: r.Status,
		}
		for i, language := range languages {
			info.Names[language] = r.Names[i]
		}
		for _, one := range s.vids.active(r.UIN) {
			info.VIDs = append(info.VIDs, residentVID{one.Number, one.Type})
		}
		list = append(list, info)
	}
	return list
}

func (s *Sandbox) serveResidents(w http.ResponseWriter, r *http.Request) {
	first := residentCount
	if value := r.URL.Query().Get("first"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			http.Error(w, "first is a number", http.StatusBadRequest)
			return
		}
		first = n
	}
	writeJSON(w, http.StatusOK, s.residentInfos(first))
}

// messagesTo lists the mailbox, newest first; to may be empty for everybody.
func (s *Sandbox) messagesTo(to string) []sentMessage {
	return s.notifier.mailbox.newest(func(m sentMessage) bool {
		return to == "" || slices.ContainsFunc(m.To, func(a string) bool { return strings.EqualFold(a, to) })
	})
}

func (s *Sandbox) serveMailbox(w http.ResponseWriter, r *http.Request) {
	messages := s.messagesTo(r.URL.Query().Get("to"))
	if wantsPage(r) {
		s.render(w, "mailbox.html", messages)
		return
	}
	writeJSON(w, http.StatusOK, messages)
}

func (s *Sandbox) serveAudits(w http.ResponseWriter, r *http.Request) {
	records := s.audits.records.newest(func(auditRecord) bool { return true })
	if wantsPage(r) {
		s.render(w, "audits.html", records)
		return
	}
	writeJSON(w, http.StatusOK, records)
}

func (s *Sandbox) putFaults(w http.ResponseWriter, r *http.Request) {
	var on map[string]fault
	if !readControl(w, r, &on) {
		return
	}
	for service := range on {
		if !slices.Contains(serviceNames, service) && service != everyService {
			http.Error(w, "no such service; there are: * "+strings.Join(serviceNames, " "), http.StatusBadRequest)
			return
		}
	}
	s.faults.set(on)
	writeJSON(w, http.StatusOK, s.faults.all())
}

// putSettings changes the settings that are named; the others stay.
func (s *Sandbox) putSettings(w http.ResponseWriter, r *http.Request) {
	next := s.settings.get()
	if !readControl(w, r, &next) {
		return
	}
	if err := next.check(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.settings.set(next)
	s.hub.SetMode(next.HubMode)
	s.acks.look()
	s.credentials.look()
	writeJSON(w, http.StatusOK, next)
}

// postAuthenticate lets a partner authenticate a resident at IDA.
func (s *Sandbox) postAuthenticate(w http.ResponseWriter, r *http.Request) {
	body := struct {
		IndividualID string `json:"individualId"`
		PartnerID    string `json:"partnerId"`
		AuthType     string `json:"authType"`
		OK           *bool  `json:"ok"`
	}{AuthType: "OTP-AUTH"}
	if !readControl(w, r, &body) {
		return
	}
	if _, known := authTypeNames[body.AuthType]; !known || !s.partners.known(body.PartnerID) {
		http.Error(w, "no such authType or partnerId", http.StatusBadRequest)
		return
	}
	stored, err := s.ida.authenticate(r.Context(), attempt{
		individualID: body.IndividualID, entityID: body.PartnerID, authType: body.AuthType, ok: body.OK == nil || *body.OK,
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{
		"transactionId": stored.Key, "transactionID": stored.TransactionID, "tokenId": stored.TokenID,
		"statusCode": stored.Status, "statusComment": stored.Comment,
	})
}

// postPublish gives the hub a body as it is, so many times.
func (s *Sandbox) postPublish(w http.ResponseWriter, r *http.Request) {
	body := struct {
		Topic string          `json:"topic"`
		Body  json.RawMessage `json:"body"`
		Times int             `json:"times"`
	}{Times: 1}
	if !readControl(w, r, &body) {
		return
	}
	for range body.Times {
		if err := s.publish(r.Context(), body.Topic, body.Body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// readControl decodes a control body strictly and answers 400 if it cannot.
func readControl(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

// postToken answers a token of one of the realm's clients, for trying out what partners and staff may do.
func (s *Sandbox) postToken(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Client string `json:"client"`
	}
	if !readControl(w, r, &asked) {
		return
	}
	if _, known := realmClients[asked.Client]; !known {
		http.Error(w, "client is the name of a client of the realm, such as "+partnerClient, http.StatusBadRequest)
		return
	}
	token, err := s.realm.issue(asked.Client, time.Duration(s.settings.get().TokenSeconds)*time.Second)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"access_token": token})
}
