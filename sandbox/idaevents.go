package sandbox

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"
)

// event is the AUTHENTICATION_TRANSACTION_STATUS message of a transaction.
func (t transaction) event() map[string]any {
	at := t.At
	return message(transactionTopic, map[string]any{
		"id": uuid.NewString(), "transactionId": t.Key,
		// IDA's mapper writes this one as an array.
		"timestamp": []int{at.Year(), int(at.Month()), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond()},
		"data":      t.wire(t.TokenID, t.EntityID),
	})
}

// wire is a transaction as IDA shows it. The event names the token and the
// entity; the history leaves both null.
func (t transaction) wire(tokenID, entityID any) map[string]any {
	return map[string]any{
		"transactionID": t.TransactionID, "requestdatetime": t.At.Format(localTime), "authtypeCode": t.AuthType,
		"statusCode": t.Status, "statusComment": t.Comment, "referenceIdType": t.IDType, "entityName": t.EntityName,
		"requestSignature": nil, "responseSignature": nil, "tokenId": tokenID, "entityId": entityID,
		"individualId": t.IndividualID,
	}
}

// event is the AUTH_TYPE_STATUS_UPDATE_ACK message: the items as they were
// sent to ID Repository.
func (a ack) event() map[string]any {
	return message(ackTopic, map[string]any{
		"id": uuid.NewString(), "requestId": text(a.Items[0].RequestID), "timestamp": nil,
		"data": map[string]any{"olv_partner_id": onlineVerificationPartner, "authTypes": a.Items},
	})
}

// message is the envelope of what IDA publishes.
func message(topic string, event map[string]any) map[string]any {
	return map[string]any{
		"publisher": "IDA", "topic": topic, "publishedOn": time.Now().UTC().Format(wireTime), "event": event,
	}
}

// tokenSalts make the token that stands for a resident at a partner.
type tokenSalts struct{ uin, partnerCode string }

// tokenID is ID Repository's algorithm: each digest is used once.
func (s tokenSalts) tokenID(uin, partner string) string {
	return decimal(upperHash(s.partnerCode + partner + upperHash(uin+s.uin)))
}

// keyManagerTokenID is Key Manager's algorithm: each digest is digested again.
func (s tokenSalts) keyManagerTokenID(uin, partner string) string {
	return decimal(doubleHash(s.partnerCode + partner + doubleHash(uin+s.uin)))
}

// decimal reads the characters of a hash as one number and keeps 36 digits.
func decimal(hash string) string {
	const digits = 36
	return new(big.Int).SetBytes([]byte(hash)).String()[:digits]
}

// upperHash is the upper-case hex SHA-256 of a text.
func upperHash(text string) string { return fmt.Sprintf("%X", sha256.Sum256([]byte(text))) }

func doubleHash(text string) string {
	once := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%X", sha256.Sum256(once[:]))
}
