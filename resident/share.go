package resident

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// ShareRules is how residents share credentials.
type ShareRules struct {
	// ConsentVersion is the version of the text that residents agree to, and ConsentTemplate Master Data's code of it; ""
	// where there is none.
	ConsentVersion, ConsentTemplate string
	// EncryptionKey is with which shared attributes are encrypted; "" for not.
	EncryptionKey string
	// GiveUpAfter is how old a share is that nobody works on and that is then called off; HandedOverAfter how long after it
	// was issued one counts as handed over though the partner never says so.
	GiveUpAfter, HandedOverAfter time.Duration
}

// ShareRequest is what a resident wants to share, with whom and why.
type ShareRequest struct {
	PartnerID      string
	Purpose        string
	Attributes     []*AttributeChoice
	Accepted       bool
	ConsentVersion string
}

const longestPurpose = 1024

// ShareCredential asks for a credential with some attributes for a partner. The share is nil when it was refused before
// it began.
func (s *Service) ShareCredential(ctx context.Context, who *Resident, key string, r ShareRequest) (*store.Event, *store.Share, error) {
	var share *store.Share
	requestID := uuid.NewString()
	e, err := s.do(ctx, who, write{
		mutation: "shareCredential", key: key, input: r, request: store.ShareCredWithPartner, source: FromCredentials,
		check: func(ctx context.Context) (err error) {
			share, err = s.mayShare(ctx, r)
			return err
		},
		// The id of the request is ours and kept before it is sent: news of it find the event, however fast they are, and it
		// tells afterwards what became of a call that had no answer.
		prepare: func(e *store.Event) {
			e.PartnerID, e.PartnerName, e.Purpose = share.PartnerID, share.PartnerName, &r.Purpose
			e.Attributes, e.CredentialRequestID = share.Attributes, &requestID
		},
		begin: func(ctx context.Context, tx store.Tx, e *store.Event) error {
			share.Event = *e
			err := tx.InsertShare(ctx, share)
			failpoint("share.kept")
			return err
		},
		call: func(ctx context.Context, _ *store.Event) (string, error) {
			err := s.Credentials.RequestAs(ctx, requestID, s.credentialOf(who, share))
			failpoint("share.requested")
			return credential.Requested, err
		},
	})
	err = blamePartner(err)
	if e == nil {
		return nil, nil, err
	}
	kept, keptErr := s.Store.Share(ctx, e.TokenID, e.EventID)
	if err == nil {
		err = keptErr
	}
	return e, kept, err
}

// credentialOf answers what is asked for: it is about the id that the resident signed in with, as in MOSIP's own service.
func (s *Service) credentialOf(who *Resident, share *store.Share) credential.Request {
	request := credential.Request{ID: who.IndividualID, Type: credential.Share, Issuer: orEmpty(share.PartnerID),
		Encrypt: s.Shares.EncryptionKey != "", EncryptionKey: s.Shares.EncryptionKey}
	for _, a := range share.Shared {
		request.Attributes = append(request.Attributes,
			credential.Attribute{Name: a.Name, Format: orEmpty(a.Format), Masked: a.Masked})
	}
	return request
}

// mayShare answers the share that a request makes, or why it is refused.
func (s *Service) mayShare(ctx context.Context, r ShareRequest) (*store.Share, error) {
	if err := checkText(r.Purpose, longestPurpose, "input", "purpose"); err != nil {
		return nil, err
	}
	switch {
	case !r.Accepted:
		return nil, &Error{Code: Invalid, Path: []string{"input", "consent", "accepted"}, sentence: "CONSENT_MISSING"}
	case r.ConsentVersion != s.Shares.ConsentVersion:
		return nil, Refuse(Expired, "input", "consent", "textVersion")
	case s.Credentials == nil:
		return nil, &Error{Code: UpstreamUnavailable}
	}
	sheet, err := s.Attributes(ctx, ForShare, nil, Language(ctx))
	if err != nil {
		return nil, err
	}
	choices, err := choose(sheet, r.Attributes, 1)
	if err != nil {
		return nil, err
	}
	with, policy, err := s.receiver(ctx, r.PartnerID)
	if err != nil {
		return nil, err
	}
	share := &store.Share{ConsentVersion: &r.ConsentVersion, PolicyID: &policy.ID}
	share.PartnerID, share.PartnerName, share.Attributes = &with.Key, &with.Name, namesOf(choices)
	if !policy.ValidTill.IsZero() {
		share.ExpiresAt = &policy.ValidTill
	}
	for i, c := range choices {
		if !allows(policy, c.Name) {
			return nil, refuseChoice(Forbidden, i, "name")
		}
		share.Shared = append(share.Shared, store.SharedAttribute{Name: c.Name, Format: nonEmpty(c.format), Masked: c.masked})
	}
	return share, nil
}

// receiver answers a partner that can receive shares, and its policy. NOT_FOUND says that no such partner authenticates
// residents; CONFLICT that it is not active, or that no policy lets it have credentials now. Credential Service gives a
// partner without a policy whatever is named, so a policy that cannot be read refuses too.
func (s *Service) receiver(ctx context.Context, partnerID string) (*partner.Partner, *partner.Policy, error) {
	found, err := s.References.PartnerNow(ctx, partnerID)
	switch {
	case err != nil:
		return nil, nil, err
	case found == nil || found.Type != partner.Auth:
		return nil, nil, &Error{Code: NotFound, Path: []string{"input", "partnerId"}, sentence: partnerNotFound}
	case !found.Active:
		return nil, nil, Refuse(Conflict, "input", "partnerId")
	}
	policy, err := s.References.SharePolicy(ctx, partnerID)
	if errors.Is(err, partner.ErrNoPolicy) {
		return nil, nil, Refuse(Conflict, "input", "partnerId")
	}
	if err != nil {
		return nil, nil, err
	}
	if !policy.Published || !policy.ValidTill.IsZero() && policy.ValidTill.Before(s.Now()) {
		return nil, nil, Refuse(Conflict, "input", "partnerId")
	}
	return found, policy, nil
}

func allows(p *partner.Policy, name string) bool {
	for _, a := range p.Attributes {
		if a.Name == name {
			return true
		}
	}
	return false
}

// Share answers one share of the resident, or NOT_FOUND: whether another resident has it does not show.
func (s *Service) Share(ctx context.Context, who *Resident, eventID string) (*store.Share, error) {
	if !digits.MatchString(eventID) {
		return nil, Refuse(NotFound)
	}
	return s.Store.Share(ctx, who.TokenID, eventID)
}

// ShareConsent answers the text that residents agree to when they share, in the language of ctx; "" where Master Data
// has none.
func (s *Service) ShareConsent(ctx context.Context) (string, error) {
	if s.Shares.ConsentTemplate == "" {
		return "", nil
	}
	return s.References.Template(ctx, Language(ctx), s.Shares.ConsentTemplate)
}
