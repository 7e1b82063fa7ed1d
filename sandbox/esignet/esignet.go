package esignet

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Lifetimes of e-Signet 1.8.0's caches.
const (
	formLife   = 300 * time.Second // from the authorization request to the login
	codeLife   = 300 * time.Second
	tokenLife  = 3600 * time.Second
	pushedLife = 60 * time.Second
	onceLife   = 24 * time.Hour // how long a nonce or a jti stays used
)

// Config.Resident returns one of these, wrapped or not, for a person who
// cannot sign in; the page tells the two apart. Any other error is shown as
// unknown_error.
var (
	ErrUnknown = errors.New("individual id is not known")
	ErrBlocked = errors.New("individual id may not authenticate")
)

// Resident is what the ID system tells about one person. An empty field is
// absent from UserInfo, as a claim without data is at IDA.
type Resident struct {
	IndividualID string // as typed at login: UIN or VID
	Subject      string // the same for every id of the person; never shown: sub is derived from it for each client
	Name         string
	Names        map[string]string // by two-letter language, for claims_locales; may be nil
	Email, Phone string
	Picture      []byte // JPEG
}

// Client is a registered relying party.
type Client struct {
	ID            string
	Key           jose.JSONWebKey // public; its kid and alg, when set, bind the client assertion
	RedirectURIs  []string        // compared as whole strings
	UserInfoJWE   bool            // UserInfo as RSA-OAEP-256/A256GCM around the JWS
	EncryptionKey *jose.JSONWebKey
}

// Config is what New needs. Issuer is the origin under which the handler is
// reached, without a trailing slash; keys and subjects follow from Seed.
type Config struct {
	Issuer  string
	Seed    string
	Clients []Client
	// Resident finds the person behind a UIN or VID, at login and again when
	// the code is exchanged.
	Resident func(individualID string) (Resident, error)
	// Authenticated, when set, hears of each attempt of a known person, with
	// whether it succeeded. It runs before the answer is sent.
	Authenticated func(individualID, clientID string, ok bool)
	Log           *slog.Logger // nil is silent
}

type provider struct {
	Config
	clients map[string]*Client
	keys    keys
	page    page

	transactions *memory[*transaction]
	pushed       *memory[authorization] // by request_uri
	codes        *memory[*grant]
	userinfo     *memory[string] // by hash of the access token
	nonces       *memory[struct{}]
	assertions   *memory[struct{}] // jti of client assertions
}

// New returns the provider's handler for the paths in the package comment.
// Deriving its two RSA keys takes about 0.3 s.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Authenticated == nil {
		c.Authenticated = func(string, string, bool) {}
	}
	p := &provider{
		Config:  c,
		clients: make(map[string]*Client, len(c.Clients)),
		keys:    newKeys(c.Seed),
		page:    newPage(),
		// Kept longer than the form is good for, so that one who comes late
		// is sent back with transaction_timeout.
		transactions: newMemory[*transaction](2 * formLife),
		pushed:       newMemory[authorization](pushedLife),
		codes:        newMemory[*grant](codeLife),
		userinfo:     newMemory[string](tokenLife),
		nonces:       newMemory[struct{}](onceLife),
		assertions:   newMemory[struct{}](onceLife),
	}
	for _, client := range c.Clients {
		p.clients[client.ID] = &client
	}
	return p.routes()
}

func (p *provider) routes() http.Handler {
	mux := http.NewServeMux()
	for path, document := range map[string]any{
		"/.well-known/openid-configuration":       p.discovery(),
		"/.well-known/oauth-authorization-server": p.discovery(),
		"/.well-known/jwks.json":                  p.keys.public(),
	} {
		mux.Handle("GET "+path, public(document))
	}
	// Where the front proxy of a MOSIP leads these three.
	mux.Handle("GET /v1/esignet/oidc/.well-known/openid-configuration", public(p.discovery()))
	mux.Handle("GET /v1/esignet/oauth/.well-known/oauth-authorization-server", public(p.discovery()))
	mux.Handle("GET /v1/esignet/oauth/.well-known/jwks.json", public(p.keys.public()))

	mux.HandleFunc("GET /authorize", p.authorize)
	mux.Handle("POST /authorize", http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.login)))
	mux.HandleFunc(parPath, p.push)
	mux.HandleFunc(tokenPath, p.token)
	mux.HandleFunc(userinfoPath, p.userInfo)
	return mux
}
