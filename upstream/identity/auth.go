package identity

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// AuthType is one way of authenticating that a resident can lock.
type AuthType string

const (
	OTPEmail  AuthType = "OTP_EMAIL"
	OTPPhone  AuthType = "OTP_PHONE"
	Demo      AuthType = "DEMO"
	BioFinger AuthType = "BIO_FINGER"
	BioIris   AuthType = "BIO_IRIS"
	BioFace   AuthType = "BIO_FACE"
)

// AuthTypes lists all of them in the order of the schema. Not to be changed.
var AuthTypes = []AuthType{OTPEmail, OTPPhone, Demo, BioFinger, BioIris, BioFace}

// AuthStatus is what ID Repository holds for one type: the state last asked for, which IDA may not have taken over yet.
type AuthStatus struct {
	Type      AuthType
	Locked    bool
	UnlockFor time.Duration // what is left of a temporary unlock, after which the type is locked; 0: none
}

// AuthChange asks for a state. UnlockFor with Locked false makes the unlock temporary; the type is locked afterwards,
// even if it was not before.
type AuthChange struct {
	Type      AuthType
	Locked    bool
	UnlockFor time.Duration // rounded up to seconds
}

type wireAuthType struct {
	Type      string  `json:"authType"`
	SubType   *string `json:"authSubType"`
	Locked    bool    `json:"locked"`
	UnlockFor *int64  `json:"unlockForSeconds"`
	RequestID string  `json:"requestId,omitempty"`
}

// AuthTypes returns one status for each of the six types, in their order; ID Repository leaves out those that were
// never touched, which are unlocked.
func (c *Client) AuthTypes(ctx context.Context, individualID string) ([]AuthStatus, error) {
	wire, err := upstream.Do[struct {
		AuthTypes []wireAuthType `json:"authTypes"`
	}](ctx, c.up, upstream.Call{
		Operation: "auth-types", Method: http.MethodGet, Idempotent: true,
		Path: "/authtypes/status/" + upstream.Segment(individualID),
	})
	if err != nil {
		return nil, err
	}
	found := map[AuthType]wireAuthType{}
	for _, w := range wire.AuthTypes {
		t, exact := w.authType()
		// ID Repository keeps one row per spelling; the contract's spelling is the one that we write.
		if _, seen := found[t]; t != "" && (exact || !seen) {
			found[t] = w
		}
	}
	all := make([]AuthStatus, 0, len(AuthTypes))
	for _, t := range AuthTypes {
		status := AuthStatus{Type: t, Locked: found[t].Locked}
		if left := found[t].UnlockFor; left != nil && *left > 0 && !status.Locked {
			status.UnlockFor = time.Duration(*left) * time.Second
		}
		all = append(all, status)
	}
	return all, nil
}

// SetAuthTypes asks for the changes in one call. requestID comes back in the acknowledgement event of IDA, which alone
// tells that a change is in force. It is sent once: a repetition restarts the clock of a temporary unlock.
func (c *Client) SetAuthTypes(ctx context.Context, individualID, requestID string, changes []AuthChange) error {
	const operation = "set-auth-types"
	items := make([]wireAuthType, 0, len(changes))
	for _, change := range changes {
		item := wireAuthType{Locked: change.Locked, RequestID: requestID}
		item.Type, item.SubType = change.Type.wire()
		if change.UnlockFor > 0 && !change.Locked {
			seconds := int64((change.UnlockFor + time.Second - 1) / time.Second)
			item.UnlockFor = &seconds
		}
		items = append(items, item)
	}
	done, err := upstream.Do[struct{ Status string }](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/authtypes/status",
		Body: map[string]any{ // flat, unlike the kernel's envelope
			"id": "mosip.identity.authtype.status.update", "version": "1.0",
			"requestTime": upstream.Timestamp(time.Now()), "consentObtained": true,
			"individualId": individualID, "individualIdType": nil, "request": items,
		},
	})
	if err == nil && !strings.EqualFold(done.Status, "Success") {
		return c.up.Garbled(operation, "not-success", errors.New("an answer without errors and without success"))
	}
	return err
}

// authType maps the pair to ours, "" for one that we do not know, and says whether it is spelt as in the contract.
func (w wireAuthType) authType() (t AuthType, exact bool) {
	sub := ""
	if w.SubType != nil {
		sub = *w.SubType
	}
	for _, t := range AuthTypes {
		mainType, subType := t.wire()
		want := ""
		if subType != nil {
			want = *subType
		}
		if strings.EqualFold(mainType, w.Type) && strings.EqualFold(want, sub) {
			return t, mainType == w.Type && want == sub
		}
	}
	return "", false
}

// wire returns the pair in the spelling under which ID Repository stores it.
func (t AuthType) wire() (mainType string, subType *string) {
	mainType, sub, found := strings.Cut(strings.ToLower(string(t)), "_")
	if !found {
		return mainType, nil
	}
	if mainType == "bio" {
		sub = strings.ToUpper(sub)
	}
	return mainType, &sub
}
