package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	onlineVerificationPartner = "mpartner-default-auth"
	transactionTopic          = "AUTHENTICATION_TRANSACTION_STATUS"
	ackTopic                  = "AUTH_TYPE_STATUS_UPDATE_ACK"
	unknownToken              = "UNKNOWN"
)

// ida is ID Authentication: it stores who authenticated where, enforces the
// locks it has heard of, and tells the hub.
type ida struct {
	residents *residents
	vids      *vids
	partners  *partners
	tokens    tokenSalts
	publish   func(ctx context.Context, topic string, body []byte) error
	log       *slog.Logger
	state     *state

	transactions *ledger[transaction]

	mu    sync.Mutex
	locks map[string]map[string]lock // what IDA has applied, by UIN, by code
}

// transaction is one row of IDA's auth_transaction.
type transaction struct {
	Key           string    `json:"key"`
	TransactionID string    `json:"transactionId"`
	At            time.Time `json:"at"`
	AuthType      string    `json:"authType"`
	Status        string    `json:"status"` // Y or N
	Comment       string    `json:"comment"`
	IDType        string    `json:"idType"`
	EntityID      string    `json:"entityId"`
	EntityName    string    `json:"entityName"`
	TokenID       string    `json:"tokenId"`
	IndividualID  string    `json:"individualId"` // upper-case hex SHA-256 of what was typed
	UIN           string    `json:"uin"`          // empty: nobody's
}

// authTypeNames are IDA's words for its types, and the lock that refuses each.
var authTypeNames = map[string]struct {
	name  string
	locks []string
}{
	"OTP-REQUEST":      {"OTP Request", nil},
	"OTP-AUTH":         {"OTP Authentication", []string{"otp-null", "otp-email", "otp-phone"}},
	"DEMO-AUTH":        {"Demographic Authentication", []string{"demo"}},
	"FINGERPRINT-AUTH": {"Fingerprint Authentication", []string{"bio-finger"}},
	"IRIS-AUTH":        {"Iris Authentication", []string{"bio-iris"}},
	"FACE-AUTH":        {"Face Authentication", []string{"bio-face"}},
	"EKYC-AUTH":        {"eKYC Authentication", nil},
	"KYC-AUTH":         {"KYC Authentication", nil},
	"KYC-EXCHANGE":     {"KYC Exchange", nil},
	"TOKEN-AUTH":       {"Token Authentication", nil},
}

// attempt is somebody authenticating a resident.
type attempt struct {
	individualID, entityID, authType string
	ok                               bool // whether what they presented was right
	decided                          bool // e-Signet has let them in or not: only record it
}

// authenticate decides, stores and publishes. It returns the stored row.
func (i *ida) authenticate(ctx context.Context, a attempt) (transaction, error) {
	t := transaction{
		Key: uuid.NewString(), TransactionID: fmt.Sprintf("%010d", uuid.New().ID()), At: time.Now().UTC(),
		AuthType: a.authType, Status: "Y", IDType: kindOf(a.individualID), EntityID: a.entityID,
		EntityName: i.partners.name(a.entityID), TokenID: unknownToken, IndividualID: upperHash(a.individualID),
	}
	t.Comment = authTypeNames[a.authType].name + " Success"
	if reason := i.refusal(a, &t); reason != "" {
		t.Status, t.Comment = "N", reason
	}
	if err := i.transactions.append(ctx, t); err != nil {
		return t, err
	}
	body, err := json.Marshal(t.event())
	if err != nil {
		return t, fmt.Errorf("encode a transaction event: %w", err)
	}
	return t, i.publish(ctx, transactionTopic, body)
}

// refusal fills in whose id it is and returns why IDA says N; empty for Y.
func (i *ida) refusal(a attempt, t *transaction) string {
	uin := a.individualID
	if t.IDType == "VID" {
		one, err := i.vids.find(a.individualID)
		if one.UIN == "" {
			return "VID is expired/deactivated"
		}
		uin = one.UIN
		if err != nil {
			return "UIN is deactivated/blocked"
		}
		if limit := i.vids.policies[one.Type].TransactionsAllowed; limit != nil && !a.decided && i.used(t.IndividualID) >= *limit {
			return "VID is expired/deactivated"
		}
	}
	owner := i.residents.byUIN[uin]
	if owner == nil {
		return t.IDType + " not available in database"
	}
	t.UIN, t.TokenID = uin, i.tokens.tokenID(uin, onlineVerificationPartner)
	name := authTypeNames[a.authType].name
	switch {
	case owner.Status != "ACTIVATED":
		return "UIN is deactivated/blocked"
	case !a.decided && i.locked(uin, a.authType):
		return strings.TrimSuffix(name, " Authentication") + " Auth Type is Locked for the UIN"
	case !a.ok:
		return name + " Failed"
	}
	return ""
}

// used counts the authentications a VID has already served for.
func (i *ida) used(individualID string) int {
	return len(i.transactions.newest(func(t transaction) bool {
		return t.IndividualID == individualID && t.Status == "Y" && strings.HasSuffix(t.AuthType, "-AUTH")
	}))
}

func (i *ida) locked(uin, authType string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for code, l := range i.locks[uin] {
		if slices.Contains(authTypeNames[authType].locks, strings.ToLower(code)) && l.inForce() {
			return true
		}
	}
	return false
}

// signedIn hears of each login attempt at e-Signet.
func (i *ida) signedIn(individualID, clientID string, ok bool) {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := i.authenticate(ctx, attempt{individualID, clientID, "OTP-AUTH", ok, true})
	if err != nil {
		i.log.WarnContext(ctx, "a login went unrecorded", "error", err)
	}
}

// acknowledge applies a change of locks and publishes the acknowledgement. A
// UIN that IDA does not know is passed over in silence, as at MOSIP.
func (i *ida) acknowledge(ctx context.Context, a ack) error {
	if i.residents.byUIN[a.UIN] == nil {
		return nil
	}
	i.mu.Lock()
	err := mergeLocks(ctx, i.state, "idalock", i.locks, a.UIN, a.Locks)
	i.mu.Unlock()
	if err != nil {
		return err
	}
	body, err := json.Marshal(a.event())
	if err != nil {
		return fmt.Errorf("encode an acknowledgement: %w", err)
	}
	if err := i.publish(ctx, ackTopic, body); err != nil {
		i.log.WarnContext(ctx, "an acknowledgement went unpublished", "error", err)
		return err
	}
	return nil
}
