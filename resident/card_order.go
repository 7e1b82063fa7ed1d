package resident

import (
	"context"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/resident/codes"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/print"
)

// OrderRules is how residents order physical cards.
type OrderRules struct {
	// Hosts are those that a print partner's pages may be at; Plain lets them do without TLS.
	Hosts []string
	Plain bool
	// Timeout is how long an order can be paid.
	Timeout time.Duration
	// CredentialType is the type of the credential that a print partner gets.
	CredentialType string
	// Origin is ours; ReturnURL is where residents come back to, the order's state follows.
	Origin, ReturnURL string
}

// The words of an order before its credential is asked for.
const (
	ordered          = "NEW"
	paymentConfirmed = "PAYMENT_CONFIRMED"
	paymentFailed    = "PAYMENT_FAILED"
)

// MOSIP's codes for what cannot be ordered.
const (
	noSuchPartner = "RES-SER-481"
	noOrderPage   = "RES-SER-482"
)

// OrderRequest is from whom a resident orders a card, and the path on this origin at which they go on afterwards.
type OrderRequest struct{ PartnerID, ReturnPath string }

// OrderPhysicalCard opens an order at a print partner. Nobody is asked for anything before it is paid. The order is nil
// when it was refused before it began.
func (s *Service) OrderPhysicalCard(ctx context.Context, who *Resident, key string, r OrderRequest) (*store.Event, *store.CardOrder, error) {
	var from *partner.Partner
	e, err := s.do(ctx, who, write{
		mutation: "orderPhysicalCard", key: key, input: r, request: store.OrderPhysicalCard, source: FromResident,
		check: func(ctx context.Context) (err error) {
			from, err = s.printer(ctx, r)
			return err
		},
		prepare: func(e *store.Event) {
			e.PartnerID, e.PartnerName = &from.Key, &from.Name
			requestID := uuid.NewString() // of the credential: kept before it is asked for, and so never asked for twice
			e.CredentialRequestID = &requestID
		},
		begin: func(ctx context.Context, tx store.Tx, e *store.Event) error {
			err := tx.InsertCardOrder(ctx, &store.CardOrder{TokenID: e.TokenID, EventID: e.EventID, PartnerID: from.Key,
				Page: from.OrderRedirectURL, ReturnPath: r.ReturnPath, ExpiresAt: e.CreatedAt.Add(s.Orders.Timeout)})
			if err != nil {
				return err
			}
			return tx.FinishEvent(ctx, e.TokenID, e.EventID, e.CreatedAt) // nobody is asked: that was all
		},
		call: func(context.Context, *store.Event) (string, error) { return ordered, nil },
	})
	if e == nil {
		return nil, nil, blamePartner(err)
	}
	if e.Status == store.Failed {
		err = FailureOf(e)
	}
	order, readErr := s.Store.CardOrder(ctx, e.TokenID, e.EventID)
	return e, order, errors.Join(err, readErr)
}

// printer answers the partner that a card is ordered from, or why it cannot be.
func (s *Service) printer(ctx context.Context, r OrderRequest) (*partner.Partner, error) {
	if !s.ownPath(r.ReturnPath) {
		return nil, Refuse(Invalid, "input", "returnPath")
	}
	if s.PrintPartner == nil || s.Credentials == nil {
		return nil, &Error{Code: UpstreamUnavailable}
	}
	found, err := s.References.PartnerNow(ctx, r.PartnerID)
	switch {
	case err != nil:
		return nil, err
	case found == nil || found.Type != partner.Print:
		return nil, refuseAs(noSuchPartner, "input", "partnerId")
	case !found.Active:
		return nil, Refuse(Conflict, "input", "partnerId")
	case !s.Orders.trusts(found.OrderRedirectURL):
		if found.OrderRedirectURL != "" {
			s.Log.WarnContext(ctx, "a print partner's page is at none of PRINT_PARTNER_HOSTS", "partner", found.Key)
		}
		return nil, refuseAs(noOrderPage, "input", "partnerId")
	}
	return found, nil
}

// refuseAs refuses an input value as one of MOSIP's codes does.
func refuseAs(code string, path ...string) *Error {
	row, _ := codes.Generic(code)
	return &Error{Code: ErrorCode(row.Answer), Path: path, UpstreamCode: code, sentence: row.Sentence}
}

// trusts says whether a resident may be sent to a page of a partner.
func (o OrderRules) trusts(page string) bool {
	u, err := url.Parse(page)
	if err != nil || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !o.Plain) {
		return false
	}
	return slices.ContainsFunc(o.Hosts, func(host string) bool { return strings.EqualFold(host, u.Host) })
}

const longestPath = 512

// ownPath says whether a browser that is sent to a path stays at our pages: not elsewhere, not signed out, not here again.
func (s *Service) ownPath(text string) bool {
	if len(text) > longestPath || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") ||
		strings.ContainsFunc(text, strayed) || strings.Contains(text, " ") {
		return false
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return false
	}
	clean := path.Clean(u.Path) + "/"
	return !strings.HasPrefix(clean, "/auth/") && !strings.HasPrefix(s.Orders.Origin+clean, s.Orders.ReturnURL) &&
		!strings.ContainsFunc(clean, strayed)
}

// strayed says whether a character of a path could lead a browser or a proxy elsewhere.
func strayed(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }

// PaymentURL answers where an order is paid, nil when it no longer can be; state is what the resident comes back with.
// The event id goes along, as in MOSIP: the partner tells payments apart by it.
func (s *Service) PaymentURL(e *store.Event, o *store.CardOrder, state string) (*string, error) {
	if e.StatusDetail != ordered || o.ReturnedAt != nil || !s.Now().Before(o.ExpiresAt) {
		return nil, nil
	}
	page, err := print.Page(o.Page, e.EventID, s.Orders.ReturnURL+state)
	if err != nil {
		return nil, err
	}
	return &page, nil
}

// FailureOf answers why an event failed, nil for one that did not.
func FailureOf(e *store.Event) error {
	if e.Status != store.Failed {
		return nil
	}
	failure := &Error{Code: *failureOf(e), UpstreamCode: orEmpty(e.UpstreamCode)}
	if failure.Code == Internal { // which tells a resident nothing
		failure.Code = UpstreamUnavailable
	}
	if row, known := codes.Generic(failure.UpstreamCode); known && ErrorCode(row.Answer) == failure.Code {
		failure.sentence = row.Sentence
	}
	if e.RequestType == store.VidCardDownload && failure.Code == Conflict && failure.UpstreamCode == "" {
		failure.sentence = "VID_REVOKED"
	}
	if e.RequestType == store.OrderPhysicalCard && failure.Code == Invalid { // nothing else of an order is the resident's choice
		failure.sentence, failure.Path = partnerNotFound, []string{"input", "partnerId"}
	}
	return failure
}
