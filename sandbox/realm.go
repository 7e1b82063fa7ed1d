package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

const (
	realmKeyID    = "sandbox-realm-1"
	residentAgent = "mosip-resident-client" // the service account Resident Graph works under
	tokenLifetime = 10 * time.Hour
)

// errUnauthenticated covers every reason a kernel service gives 401 for.
var errUnauthenticated = errors.New("authentication failed")

// realm is Keycloak's realm mosip: it issues service tokens and checks them.
type realm struct {
	issuer   string
	seed     string
	key      jose.SigningKey
	public   jose.JSONWebKey
	settings *settings

	mu     sync.Mutex
	opened map[string]*serviceClaims // tokens whose signature was right
}

// serviceClaims are the claims MOSIP's callees read from a service token.
type serviceClaims struct {
	jwt.Claims
	AuthorizedParty   string     `json:"azp"`
	PreferredUsername string     `json:"preferred_username"`
	ClientID          string     `json:"clientId"`
	Scope             string     `json:"scope"`
	PartnerID         string     `json:"partner_id,omitempty"`
	RealmAccess       realmRoles `json:"realm_access"`
}

type realmRoles struct {
	Roles []string `json:"roles"`
}

// realmClients are the realm's service accounts and their roles. All but the
// first are there so that a wrong client fails as it would fail at MOSIP.
var realmClients = map[string][]string{
	residentAgent: {
		"RESIDENT", "CREDENTIAL_REQUEST",
		"CREDENTIAL_ISSUANCE", // for the policies of partners; MOSIP does not give it by itself
		"SUBSCRIBE_AUTH_TYPE_STATUS_UPDATE_ACK_GENERAL",
		"SUBSCRIBE_AUTHENTICATION_TRANSACTION_STATUS_GENERAL",
		"SUBSCRIBE_CREDENTIAL_STATUS_UPDATE_GENERAL",
		"SUBSCRIBE_REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT_GENERAL",
	},
	"mosip-ida-client": {
		"ID_AUTHENTICATION",
		"PUBLISH_AUTH_TYPE_STATUS_UPDATE_ACK_GENERAL",
		"PUBLISH_AUTHENTICATION_TRANSACTION_STATUS_GENERAL",
	},
	"mosip-reg-client":    {"REGISTRATION_OFFICER"},
	"mosip-prereg-client": {"PRE_REGISTRATION", "RESIDENT"}, // in no callee's allowed audience
	operatorClient:        {operatorRole},
	partnerClient:         {},
}

// The callers of Resident Graph itself that come with a token of the realm: a member of the operator's staff, and a
// partner. Their tokens are for its audience.
const (
	operatorClient = "resident-graph-operator"
	operatorRole   = "RESIDENT_GRAPH_OPERATOR"
	partnerClient  = "mpartner-default-health"
	bearerAudience = "resident-graph"
)

// allowedAudience is auth.server.admin.allowed.audience of the callees.
var allowedAudience = []string{
	residentAgent, "mosip-regproc-client", "mosip-admin-client", "mosip-reg-client",
	"mosip-ida-client", "mosip-deployment-client",
}

func newRealm(base, seed string, settings *settings) *realm {
	key := seedkey.RSA(seed, "keycloak")
	private := jose.JSONWebKey{Key: key, KeyID: realmKeyID, Algorithm: string(jose.RS256), Use: "sig"}
	return &realm{
		issuer: base + "/auth/realms/mosip", seed: seed, settings: settings,
		key: jose.SigningKey{Algorithm: jose.RS256, Key: private}, public: private.Public(),
		opened: map[string]*serviceClaims{},
	}
}

// secret of a client, from the seed.
func (r *realm) secret(client string) string { return seedText(r.seed, "client secret "+client) }

// issue signs a token for one of the realm's clients.
func (r *realm) issue(client string, lifetime time.Duration) (string, error) {
	signer, err := jose.NewSigner(r.key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("make the realm's signer: %w", err)
	}
	at := time.Now()
	account := "service-account-" + client
	audience, partner := jwt.Audience{"account"}, ""
	switch client {
	case operatorClient:
		audience = append(audience, bearerAudience)
	case partnerClient:
		audience, partner = append(audience, bearerAudience), client
	}
	return jwt.Signed(signer).Claims(serviceClaims{
		Claims: jwt.Claims{
			ID: uuid.NewString(), Issuer: r.issuer, Audience: audience,
			Subject:  uuid.NewSHA1(uuid.NameSpaceURL, []byte(account)).String(),
			IssuedAt: jwt.NewNumericDate(at), Expiry: jwt.NewNumericDate(at.Add(lifetime)),
		},
		AuthorizedParty: client, PreferredUsername: account, ClientID: client,
		Scope: "profile email", PartnerID: partner, RealmAccess: realmRoles{Roles: realmClients[client]},
	}).Serialize()
}

// verify checks a token as a kernel service does: key, signature, expiry
// without leeway, host of the issuer, audience.
func (r *realm) verify(token string) (*serviceClaims, error) {
	claims, err := r.open(token)
	if err != nil {
		return nil, err
	}
	if claims.Expiry == nil || !claims.Expiry.Time().After(time.Now()) || !sameHost(claims.Issuer, r.issuer) {
		return nil, errUnauthenticated
	}
	inAudience := func(name string) bool {
		return slices.ContainsFunc(allowedAudience, func(a string) bool { return strings.EqualFold(a, name) })
	}
	if !slices.ContainsFunc(claims.Audience, inAudience) && !inAudience(claims.AuthorizedParty) {
		return nil, errUnauthenticated
	}
	return claims, nil
}

// open returns the claims of a token this realm has signed. It remembers them,
// because under load the signature would cost more than the service behind it.
func (r *realm) open(token string) (*serviceClaims, error) {
	const most = 1_000
	r.mu.Lock()
	claims := r.opened[token]
	r.mu.Unlock()
	if claims != nil {
		return claims, nil
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512})
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].KeyID != realmKeyID {
		return nil, errUnauthenticated
	}
	claims = &serviceClaims{}
	if err := parsed.Claims(r.public, claims); err != nil {
		return nil, errUnauthenticated
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.opened) >= most {
		clear(r.opened)
	}
	r.opened[token] = claims
	return claims, nil
}

func sameHost(a, b string) bool {
	first, errFirst := url.Parse(a)
	second, errSecond := url.Parse(b)
	return errFirst == nil && errSecond == nil && first.Hostname() == second.Hostname()
}
