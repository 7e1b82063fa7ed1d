package print

import (
	"errors"
	"net/url"
	"regexp"
)

// Page returns where a resident orders: the partner's page with the event id, and with where to come back to, which
// MOSIP's contract leaves to an arrangement between the country and the partner.
func Page(orderRedirectURL, eventID, returnURL string) (string, error) {
	u, err := url.Parse(orderRedirectURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("the partner has no page for orders")
	}
	query := u.Query()
	query.Set("eventId", eventID)
	if returnURL != "" {
		query.Set("redirectUri", returnURL)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// Return is what a resident comes back with. Nothing of it is to be believed: Status tells whether a payment was made.
type Return struct {
	EventID       string
	TransactionID string // of the payment; "" when there was none
	Failed        bool   // the partner says that there was none
}

var (
	eventIDs       = regexp.MustCompile(`^[0-9]{16}$`)
	transactionIDs = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// ParseReturn reads the query of the address that the partner sends residents back to. The address of the resident and
// the words of an error, which it may hold too, are left alone.
func ParseReturn(query url.Values) (Return, error) {
	r := Return{EventID: query.Get("eventId"), TransactionID: query.Get("paymentTransactionId"), Failed: query.Get("error_code") != ""}
	if !eventIDs.MatchString(r.EventID) {
		return Return{}, errors.New("no event id")
	}
	if !transactionIDs.MatchString(r.TransactionID) {
		if !r.Failed || r.TransactionID != "" {
			return Return{}, errors.New("no payment transaction id")
		}
	}
	return r, nil
}
