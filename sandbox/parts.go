package sandbox

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/resident-graph/resident-graph/sandbox/hub"
	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

// How much of a list the sandbox remembers.
const (
	keepMessages     = 5_000
	keepAudits       = 5_000
	keepTransactions = 20_000
)

// parts are the services and what they share.
type parts struct {
	residents   *residents
	vids        *vids
	authTypes   *authTypes
	identity    *identity
	acks        *acks
	ida         *ida
	partners    *partners
	masterData  *masterData
	audits      *auditManager
	notifier    *notifier
	keyManager  *keyManager
	credentials *credentialRequests
	shares      *dataShares
	cards       *digitalCards
	printer     *printPartner
	packets     *packets
	tokens      tokenSalts
	esignet     http.Handler
}

// assemble makes every part for the sandbox on a port; nothing runs yet.
func assemble(ctx context.Context, o Options, port int) (*Sandbox, error) {
	s := &Sandbox{
		options: o, url: fmt.Sprintf("http://localhost:%d", port),
		settings: newSettings(), calls: newCalls(), faults: &faults{},
	}
	s.realm = newRealm(s.url, o.Seed, s.settings)
	s.tokens = tokenSalts{uin: seedText(o.Seed, "uin salt"), partnerCode: seedText(o.Seed, "partner code salt")}
	var err error
	if s.journal, err = openJournal(o.Journal, s.faults); err != nil {
		return nil, err
	}
	kept, err := openState(ctx, o.Database, o.Seed)
	if err != nil {
		return nil, err
	}
	s.hub = hub.New(hub.Config{
		URL: s.url + "/hub/", Authorize: s.realm.authorizeHub, Store: hubStore{kept},
		Mode: s.settings.get().HubMode, Log: o.Log, Retry: o.HubRetry, Sent: s.journal.note,
	})
	if err := s.assembleRegistry(ctx, kept); err != nil {
		return nil, err
	}
	if err := s.assembleServices(ctx, kept); err != nil {
		return nil, err
	}
	s.esignet = s.newESignet()
	return s, nil
}

// assembleRegistry makes ID Repository and IDA.
func (s *Sandbox) assembleRegistry(ctx context.Context, kept *state) (err error) {
	if s.residents, err = newResidents(s.options.Seed); err != nil {
		return err
	}
	if s.vids, err = openVIDs(ctx, kept, s.residents, s.options.Seed); err != nil {
		return err
	}
	s.vids.journal = s.journal
	if s.acks, err = openAcks(ctx, kept, s.settings); err != nil {
		return err
	}
	if s.partners, err = newPartners(s.url); err != nil {
		return err
	}
	s.authTypes = &authTypes{state: kept, vids: s.vids, changed: s.acks.add, journal: s.journal}
	if err = s.authTypes.load(ctx); err != nil {
		return err
	}
	s.ida = &ida{
		residents: s.residents, vids: s.vids, partners: s.partners, tokens: s.tokens,
		publish: s.publish, log: s.options.Log, state: kept, locks: map[string]map[string]lock{},
	}
	if err = loadLocks(ctx, kept, "idalock", s.ida.locks); err != nil {
		return err
	}
	if s.ida.transactions, err = newLedger[transaction](ctx, kept, "transaction", keepTransactions); err != nil {
		return err
	}
	s.acks.deliver = s.ida.acknowledge
	limits, err := readUpdateLimits()
	s.identity = &identity{residents: s.residents, vids: s.vids, authTypes: s.authTypes, limits: limits}
	return err
}

// assembleServices makes the services that only take and tell.
func (s *Sandbox) assembleServices(ctx context.Context, kept *state) (err error) {
	if s.masterData, err = newMasterData(); err != nil {
		return err
	}
	records, err := newLedger[auditRecord](ctx, kept, "audit", keepAudits)
	if err != nil {
		return err
	}
	mailbox, err := newLedger[sentMessage](ctx, kept, "mail", keepMessages)
	if err != nil {
		return err
	}
	if s.packets, err = openPackets(ctx, kept); err != nil {
		return err
	}
	s.audits, s.notifier = &auditManager{records: records}, &notifier{mailbox: mailbox}
	s.keyManager = &keyManager{seed: s.options.Seed, tokens: s.tokens, rings: map[string]*signingRing{}}
	return s.assembleCredentials(ctx, kept)
}

// assembleCredentials makes the services of credentials and cards.
func (s *Sandbox) assembleCredentials(ctx context.Context, kept *state) (err error) {
	if s.shares, err = openDataShares(ctx, kept, s.settings, s.url); err != nil {
		return err
	}
	s.credentials = &credentialRequests{
		state: kept, settings: s.settings, people: s.identity, partners: s.partners, shares: s.shares, keys: s.keyManager,
		journal: s.journal, publish: s.publish, log: s.options.Log,
	}
	s.shares.content, s.shares.sign = s.credentials.content, s.keyManager.sign
	s.cards = &digitalCards{s.credentials}
	if s.printer, err = openPrintPartner(ctx, kept, s.options.PublicURL); err != nil {
		return err
	}
	return s.credentials.load(ctx)
}

// readUpdateLimits reads from the identity mapping how often an attribute may
// be updated.
func readUpdateLimits() (map[string]int, error) {
	raw, err := data.ReadFile("data/identity-mapping.json")
	if err != nil {
		return nil, fmt.Errorf("read the identity mapping: %w", err)
	}
	var mapping struct {
		Limits map[string]int `json:"attributeUpdateCountLimit"`
	}
	if err := json.Unmarshal(raw, &mapping); err != nil {
		return nil, fmt.Errorf("read the identity mapping: %w", err)
	}
	return mapping.Limits, nil
}

// seedText is a secret text that follows from the seed.
func seedText(seed, name string) string {
	b := make([]byte, 16)
	_, _ = io.ReadFull(seedkey.Stream(seed, name), b) // a Stream never ends
	return hex.EncodeToString(b)
}
