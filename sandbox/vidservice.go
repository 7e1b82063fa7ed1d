package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// vidChange is request of the VID service's writes.
type vidChange struct {
	UIN    *string `json:"UIN"`
	Type   *string `json:"vidType"`
	Status *string `json:"vidStatus"`
}

// vidAnswer is response of everything but the list.
type vidAnswer struct {
	UIN      *string    `json:"UIN"`
	VID      *string    `json:"VID"`
	Status   *string    `json:"vidStatus"`
	Restored *vidAnswer `json:"restoredVid"`
}

var vidStatuses = []string{"ACTIVE", "REVOKED", "EXPIRED", "USED", "INVALIDATED", "DEACTIVATED"}

const vidBase = "/idrepository/v1/vid"

// endpoints of the VID service.
func (v *vids) endpoints() []endpoint {
	resident := []string{"RESIDENT", "ID_REPOSITORY"}
	processor := append([]string{"REGISTRATION_PROCESSOR"}, resident...)
	anybody := append([]string{"ID_AUTHENTICATION"}, processor...)
	return []endpoint{
		{"vid", "POST " + vidBase, serviceToken, processor, v.serveCreate},
		{"vid", "POST /idrepository/v1/draft/vid", serviceToken, processor[:1], v.serveCreateDraft},
		{"vid", "GET " + vidBase + "/{VID}", serviceToken, anybody, v.serveUIN},
		{"vid", "GET " + vidBase + "/uin/{UIN}", serviceToken, processor, v.serveList},
		{"vid", "PATCH " + vidBase + "/{VID}", serviceToken, anybody, v.serveUpdate},
		{"vid", "POST " + vidBase + "/{VID}/regenerate", serviceToken, resident, v.serveRegenerate},
		{"vid", "POST " + vidBase + "/deactivate", serviceToken, resident, v.serveMoveAll("mosip.vid.deactivate", "ACTIVE", "DEACTIVATED")},
		{"vid", "POST " + vidBase + "/reactivate", serviceToken, resident, v.serveMoveAll("mosip.vid.reactivate", "DEACTIVATED", "ACTIVE")},
	}
}

func (v *vids) serveCreate(w http.ResponseWriter, r *http.Request) { v.createWith(w, r, false) }

func (v *vids) serveCreateDraft(w http.ResponseWriter, r *http.Request) { v.createWith(w, r, true) }

func (v *vids) createWith(w http.ResponseWriter, r *http.Request, draft bool) {
	const id = "mosip.vid.create"
	body, found := readChange(r, id)
	if len(found) == 0 {
		found = v.checkCreate(*body.Request)
	}
	if len(found) > 0 {
		refuse(w, id, idRepositoryVersion, found...)
		return
	}
	status := "ACTIVE"
	if draft || body.Request.Status != nil && *body.Request.Status == "DRAFT" {
		status = "DRAFT"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if status == "ACTIVE" {
		if err := v.checkUIN(*body.Request.UIN); err != nil {
			refuse(w, id, idRepositoryVersion, asKernelError(err))
			return
		}
	}
	end := v.journal.begin()
	defer end()
	made, err := v.create(r.Context(), *body.Request.UIN, strings.ToUpper(*body.Request.Type), status)
	if err != nil {
		refuse(w, id, idRepositoryVersion, asKernelError(err))
		return
	}
	if err := v.journal.accept("vid", vidWrite("generateVid", made), end); err != nil {
		refuse(w, id, idRepositoryVersion, asKernelError(err))
		return
	}
	succeed(w, id, idRepositoryVersion, vidAnswer{VID: &made.Number, Status: &made.Status})
}

// readChange decodes a write and checks what every write has in common.
func readChange(r *http.Request, id string) (request[vidChange], []kernelError) {
	body, err := readRequest[vidChange](r)
	if err == nil {
		err = checkID(body.ID, id)
	}
	if err != nil {
		return body, []kernelError{asKernelError(err)}
	}
	return body, backwards(checkWrapper(body))
}

func (v *vids) checkCreate(c vidChange) []kernelError {
	var found []kernelError
	if c.Type == nil || *c.Type == "" {
		found = append(found, missing("vidType"))
	} else if _, known := v.policies[strings.ToUpper(*c.Type)]; !known {
		found = append(found, invalid("vidType"))
	}
	if err := checkUINField(c.UIN); err != nil {
		found = append(found, asKernelError(err))
	}
	return backwards(found)
}

func checkUINField(uin *string) error {
	switch {
	case uin == nil || *uin == "":
		return missing("UIN")
	case !validUIN(*uin):
		return invalid("UIN")
	}
	return nil
}

func (v *vids) serveUIN(w http.ResponseWriter, r *http.Request) {
	const id = "mosip.vid.read"
	number := r.PathValue("VID")
	if !validVID(number) {
		refuse(w, id, idRepositoryVersion, invalid("vid"))
		return
	}
	one, err := v.find(number)
	if err != nil {
		refuse(w, id, idRepositoryVersion, asKernelError(err))
		return
	}
	succeed(w, id, idRepositoryVersion, vidAnswer{UIN: &one.UIN})
}

// vidInfo is one entry of the list. The names are as misspelt as MOSIP's.
type vidInfo struct {
	VID              string            `json:"vid"`
	Type             string            `json:"vidType"`
	Expiry           string            `json:"expiryTimestamp"`
	Made             string            `json:"genratedOnTimestamp"`
	TransactionLimit *int              `json:"transactionLimit"`
	HashAttributes   map[string]string `json:"hashAttributes"`
}

func (v *vids) serveList(w http.ResponseWriter, r *http.Request) {
	uin := r.PathValue("UIN")
	if last := uin[max(0, len(uin)-3):]; strings.Trim(last, "0123456789") != "" {
		refuse(w, "mosip.vid.read", idRepositoryVersion, unknownError)
		return
	}
	list := []vidInfo{}
	for _, one := range v.active(uin) {
		expiry := "9999-12-31T23:59:59.1" // how "never" leaves MOSIP's database
		if !one.Expiry.IsZero() {
			expiry = one.Expiry.Format(localTime)
		}
		hash := sha256.Sum256([]byte("sandbox vid hash " + one.Number))
		list = append(list, vidInfo{
			VID: one.Number, Type: one.Type, Expiry: expiry, Made: one.Made.Format(localTime),
			TransactionLimit: v.policies[one.Type].TransactionsAllowed,
			HashAttributes: map[string]string{
				"id_hash": fmt.Sprintf("%X", hash), "MODULO": one.Number[len(one.Number)-3:],
				"SALT": base64.StdEncoding.EncodeToString(hash[:12]),
			},
		})
	}
	succeed(w, nil, nil, list)
}

func (v *vids) serveUpdate(w http.ResponseWriter, r *http.Request) {
	const id = "mosip.vid.update"
	number := r.PathValue("VID")
	body, err := readRequest[vidChange](r)
	if err == nil {
		err = checkID(body.ID, id)
	}
	if err == nil && !validVID(number) {
		err = invalid("vid")
	}
	if err != nil {
		refuse(w, id, idRepositoryVersion, asKernelError(err))
		return
	}
	found := checkWrapper(body)
	if len(found) == 0 {
		switch status := body.Request.Status; {
		case status == nil || *status == "":
			found = append(found, missing("vidStatus"))
		case !slices.Contains(vidStatuses, *status):
			found = append(found, invalid("vidStatus"))
		}
	}
	if len(found) > 0 {
		refuse(w, id, idRepositoryVersion, backwards(found)...)
		return
	}
	answer, err := v.update(r.Context(), number, *body.Request.Status)
	if err != nil {
		refuse(w, id, idRepositoryVersion, asKernelError(err))
		return
	}
	succeed(w, id, idRepositoryVersion, answer)
}

// update moves a VID to a status and restores it where the policy says so.
func (v *vids) update(ctx context.Context, number, status string) (vidAnswer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one := v.byVID[number]
	switch {
	case one == nil:
		return vidAnswer{}, noRecord
	case one.Status != "ACTIVE" && one.Status != "DRAFT":
		return vidAnswer{}, vidIs(one.Status)
	case one.expired():
		return vidAnswer{}, vidIs("EXPIRED")
	}
	policy := v.policies[one.Type]
	if status == "USED" && policy.TransactionsAllowed == nil {
		return vidAnswer{Status: &one.Status}, nil // accepted, and nothing changes
	}
	end := v.journal.begin()
	defer end()
	if err := v.move(ctx, one, status); err != nil {
		return vidAnswer{}, err
	}
	if status == "REVOKED" {
		if err := v.journal.accept("vid", vidWrite("revokeVid", one), end); err != nil {
			return vidAnswer{}, err
		}
	}
	answer := vidAnswer{Status: &status}
	if policy.AutoRestoreAllowed && policy.RestoreOnAction == status {
		made, err := v.make(ctx, one.UIN, one.Type, "ACTIVE")
		if err != nil {
			return vidAnswer{}, err
		}
		answer.Restored = &vidAnswer{VID: &made.Number, Status: &made.Status}
	}
	return answer, nil
}
