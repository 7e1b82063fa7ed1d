// Package resident holds the rules: what a resident may do and how an event moves. It knows no HTTP, SQL or GraphQL.
package resident

import (
	"context"
	"log/slog"
	"time"

	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/datashare"
	"github.com/resident-graph/resident-graph/upstream/digitalcard"
	"github.com/resident-graph/resident-graph/upstream/ida"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
	"github.com/resident-graph/resident-graph/upstream/print"
	"github.com/resident-graph/resident-graph/upstream/registration"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// Resident is the signed-in resident that the rules act for. UIN and IndividualID never leave the server.
type Resident struct {
	TokenID      string
	UIN          string
	IndividualID string
	SignedInWith store.IDKind
	LoginMode    string
	// State is what is kept of the resident here, read before anything else; StateErr says why it could not be.
	State    *store.ResidentState
	StateErr error
}

// Service applies the rules.
type Service struct {
	Store    *store.Store
	Identity *identity.Client
	Vids     *vid.Client
	IDA      *ida.Client
	// Credentials and Registration are nil in a country without; events that wait for them are then not asked about.
	Credentials  *credential.Client
	Registration *registration.Client
	// DataShare, DigitalCards and PrintPartner are nil in a country without; what needs them is then refused.
	DataShare    *datashare.Client
	DigitalCards *digitalcard.Client
	PrintPartner *print.Client
	// PrintOrders is nil where the print partner cannot tell which payment belongs to an order.
	PrintOrders *print.Orders
	// Cards says how cards are asked for and kept.
	Cards CardConfig
	// Shares says how residents share credentials, and Personalized how they make cards of their own.
	Shares       ShareRules
	Personalized PersonalizedCardRules
	// Orders says how residents order physical cards.
	Orders OrderRules
	// Signer signs the documents that are made here.
	Signer *keymanager.Client
	// Renderer draws them.
	Renderer *pdf.Renderer
	Wakes    *live.Wakes
	Vault    *Vault
	// Outgoing is what follows from outcomes: messages and audit records.
	Outgoing *Outgoing
	// Limiter counts what a resident may do only so often.
	Limiter *limits.Limiter
	// References are what changes seldom and is the same for everybody.
	References *References
	// Logos are those of partners.
	Logos *Logos
	// OnlineVerificationPartner is the partner whose acknowledgements count (mpartner-default-auth).
	OnlineVerificationPartner string
	// RelyingParty is the partner that we are to e-Signet, at which ID Authentication reports sign-ins here; "" when it is
	// not told.
	RelyingParty string
	// Deadline bounds an upstream write, however soon the caller goes away.
	Deadline time.Duration
	// Now is the time to the microsecond, as Postgres keeps it.
	Now func() time.Time
	Log *slog.Logger
}

// Wake tells the resident's subscriptions, on every replica, that there is something new.
func (s *Service) wake(ctx context.Context, tokenID string) { s.Wakes.Wake(ctx, tokenID) }
