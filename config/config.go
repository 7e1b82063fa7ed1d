// Package config is the configuration: one struct, read once from the environment.
package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"strings"
	"time"
	_ "time/tzdata" // NOTIFICATION_TIMEZONE may be a name, and a container may know none

	"github.com/caarlos0/env/v11"
)

// The modes. Production refuses everything that is only for trying out.
const (
	Production = "production"
	Sandbox    = "sandbox"
)

// Secret is a value that is never printed.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return "(not set)"
	}
	return "(set)"
}

// Config is everything that can be set. Each variable's meaning is its `help`.
type Config struct {
	Mode        string `env:"MODE" envDefault:"production" help:"production or sandbox; sandbox starts a MOSIP, a Postgres and a Redis of its own"`
	Host        string `env:"HOST" help:"address to listen on; all in production, localhost in the sandbox"`
	Port        int    `env:"PORT" envDefault:"8080" help:"port of the API"`
	SandboxPort int    `env:"SANDBOX_PORT" envDefault:"8090" help:"port of the sandbox's MOSIP (sandbox only)"`
	DataDir     string `env:"DATA_DIR" envDefault:".run" help:"where the sandbox keeps its data (sandbox only)"`
	PublicURL   string `env:"PUBLIC_URL" help:"the origin that browsers see, such as https://resident.example; http://localhost:PORT in the sandbox"`
	Secret      Secret `env:"SECRET" help:"at least 32 bytes that all replicas share; seals ids, cursors, links and sessions"`
	LogLevel    string `env:"LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error"`
	MetricsAddr string `env:"METRICS_ADDR" help:"address of a listener of its own for /metrics, such as 0.0.0.0:9090 inside a cluster; none unless set"`

	DatabaseURL Secret `env:"DATABASE_URL" help:"PostgreSQL 15 to 18"`
	DatabaseMax int32  `env:"DATABASE_MAX_CONNECTIONS" envDefault:"20" help:"connections to it, per replica"`
	RedisURL    Secret `env:"REDIS_URL" help:"Redis 6.2 or later: redis://, rediss://, or several with commas for a cluster"`

	MaxPins     int           `env:"MAX_PINS" envDefault:"3" help:"how many events a resident can pin"`
	HistoryKept time.Duration `env:"HISTORY_KEPT" help:"how long events are kept, 30 days at least; for ever unless set"`

	OIDC        OIDC          `envPrefix:"OIDC_"`
	SessionIdle time.Duration `env:"SESSION_IDLE" envDefault:"15m" help:"a session ends after this long without a request"`
	SessionMax  time.Duration `env:"SESSION_MAX" envDefault:"1h" help:"a session ends after this long whatever happens"`
	StepUpAge   time.Duration `env:"STEP_UP_AGE" envDefault:"5m" help:"how recent a sign-in must be for what needs a fresh one"`

	Bearer       Bearer `envPrefix:"BEARER_"`
	Limits       Limits
	Upstream     Upstream
	WebSub       WebSub `envPrefix:"WEBSUB_"`
	TokenSalt    TokenSalt
	Cards        Cards
	Shares       Shares
	Personalized Personalized
	Orders       Orders
	Jobs         Jobs

	DataKey DataKey
	Logos   Logos
}

// Jobs is what goes on beside requests: asking upstream about what is open, messages to residents, audit records. See
// docs/reconciliation.md.
type Jobs struct {
	CredentialURL         string        `env:"CREDENTIAL_URL" help:"Credential Request Generator, …/v1/credentialrequest; empty: not asked"`
	RegistrationURL       string        `env:"REGISTRATION_URL" help:"Registration Processor, …/registrationprocessor/v1; empty: not asked"`
	ConfirmLocksAfter     time.Duration `env:"CONFIRM_LOCKS_AFTER" envDefault:"10m" help:"a lock that ID Authentication never acknowledged counts as confirmed after this long, if ID Repository holds it"`
	OutcomeGrace          time.Duration `env:"OUTCOME_GRACE" envDefault:"30s" help:"how long after its beginning a write may still arrive upstream; at least six times UPSTREAM_TIMEOUT"`
	HistoryCheckFirst     time.Duration `env:"HISTORY_CHECK_FIRST" envDefault:"15s" help:"when after a sign-in the resident's authentications are compared with ID Authentication's"`
	HistoryCheckLongest   time.Duration `env:"HISTORY_CHECK_LONGEST" envDefault:"10m" help:"the longest pause between later comparisons, which begin close together"`
	NotificationLanguages []string      `env:"NOTIFICATION_LANGUAGES" envDefault:"eng,ara,fra" help:"languages of messages to residents who prefer none (mosip.default.template-languages)"`
	NotificationChannels  []string      `env:"NOTIFICATION_CHANNELS" envDefault:"SMS,EMAIL" help:"how residents are written to (mosip.notificationtype): SMS, EMAIL, or both with a comma"`
	NotificationZone      string        `env:"NOTIFICATION_TIMEZONE" envDefault:"GMT+05:30" help:"time zone of messages (mosip.notification.timezone): GMT+hh:mm, or a name such as Africa/Casablanca"`
	NotificationTrackURL  string        `env:"NOTIFICATION_TRACK_URL" help:"the page of an event in messages, to which its id is appended; PUBLIC_URL/events/ unless set"`
	NotificationKeep      time.Duration `env:"NOTIFICATION_RETRY_FOR" envDefault:"26h" help:"how long a message is tried again"`
	AuditReads            bool          `env:"AUDIT_READS" envDefault:"false" help:"audit what residents look at too, as MOSIP does, and not only what they do"`
	AuditKeep             time.Duration `env:"AUDIT_RETRY_FOR" envDefault:"26h" help:"how long an audit record is tried again"`
}

// Location answers the time zone of messages.
func (j *Jobs) Location() (*time.Location, error) {
	offset, fixed := strings.CutPrefix(j.NotificationZone, "GMT")
	if !fixed {
		return time.LoadLocation(j.NotificationZone)
	}
	if offset == "" {
		return time.UTC, nil
	}
	t, err := time.Parse("-07:00", offset)
	if err != nil {
		return nil, err
	}
	_, seconds := t.Zone()
	return time.FixedZone(j.NotificationZone, seconds), nil
}

// Limits is what one operation and one caller may ask; docs/limits.md explains the units.
type Limits struct {
	CostVisitor         int           `env:"COST_VISITOR" envDefault:"10" help:"the most that one operation of a visitor may cost, in units of one upstream call"`
	CostResident        int           `env:"COST_RESIDENT" envDefault:"25" help:"the same for a signed-in resident"`
	CostPartner         int           `env:"COST_PARTNER" envDefault:"25" help:"the same for a partner"`
	CostOperator        int           `env:"COST_OPERATOR" envDefault:"25" help:"the same for an operator"`
	OperationTimeout    time.Duration `env:"OPERATION_TIMEOUT" envDefault:"10s" help:"how long a query or a mutation may take"`
	RateResident        int           `env:"RATE_RESIDENT" envDefault:"600" help:"cost units a minute of one resident, 0 for any number"`
	RateSource          int           `env:"RATE_SOURCE" envDefault:"1200" help:"cost units a minute of visitors from one address, 0 for any number"`
	TrustedProxies      int           `env:"TRUSTED_PROXIES" envDefault:"0" help:"how many proxies in front of us add to X-Forwarded-For"`
	TrustedDocumentsDir string        `env:"TRUSTED_DOCUMENTS_DIR" help:"folder of manifests (*.json) of further front ends; see docs/trusted-documents.md"`
}

// OIDC is e-Signet, where residents sign in.
type OIDC struct {
	Issuer           string   `env:"ISSUER" help:"e-Signet's issuer, as its discovery document has it"`
	TokenIssuer      string   `env:"TOKEN_ISSUER" help:"iss inside tokens where it differs (e-Signet up to 1.7)"`
	ClientID         string   `env:"CLIENT_ID" help:"our client at e-Signet"`
	ClientKey        Secret   `env:"CLIENT_KEY" help:"its private key, PEM (PKCS#8): EC P-256 or RSA"`
	ClientKeyID      string   `env:"CLIENT_KEY_ID" help:"kid of the registered key"`
	DecryptionKey    Secret   `env:"DECRYPTION_KEY" help:"private key for UserInfo as JWE, PEM (PKCS#8); optional"`
	UserInfoJWKSURLs []string `env:"USERINFO_JWKS_URLS" help:"further key sets that sign UserInfo, with commas"`
	ACRValues        []string `env:"ACR_VALUES" help:"authentication contexts to ask for, with commas"`
	RelyingParty     string   `env:"RELYING_PARTY_ID" help:"the partner that our client belongs to: tells sign-ins here from authentications elsewhere"`
}

// Bearer is whose bearer tokens are taken: those of apps, partners and staff.
type Bearer struct {
	Audience string `env:"AUDIENCE" help:"what aud of a bearer token must name; none is taken without it"`
	Issuers  string `env:"ISSUERS" help:"JSON list of {issuer, jwksUrl, audience, kinds: [RESIDENT, PARTNER, OPERATOR], operatorRole, partnerClaim, userInfoUrl}"`
}

// Upstream is where MOSIP's services are.
type Upstream struct {
	KeycloakTokenURL string        `env:"KEYCLOAK_TOKEN_URL" help:"token endpoint of the realm mosip"`
	KeycloakClientID string        `env:"KEYCLOAK_CLIENT_ID" envDefault:"mosip-resident-client" help:"our service account"`
	KeycloakSecret   Secret        `env:"KEYCLOAK_CLIENT_SECRET" help:"its secret"`
	IdentityURL      string        `env:"IDENTITY_URL" help:"ID Repository's identity service, …/idrepository/v1/identity"`
	VidURL           string        `env:"VID_URL" help:"ID Repository's VID service, …/idrepository/v1/vid"`
	PartnerURL       string        `env:"PARTNER_URL" help:"Partner Management, …/v1/partnermanager"`
	MasterdataURL    string        `env:"MASTERDATA_URL" help:"Master Data, …/v1/masterdata"`
	ConfigServerURL  string        `env:"CONFIG_SERVER_URL" help:"the folder of the configuration server that holds mosip-vid-policy.json"`
	AuditURL         string        `env:"AUDIT_URL" help:"Audit Manager, …/v1/auditmanager"`
	NotificationURL  string        `env:"NOTIFICATION_URL" help:"Notification, …/v1/notifier"`
	KeymanagerURL    string        `env:"KEYMANAGER_URL" help:"Key Manager, …/v1/keymanager"`
	IDAInternalURL   string        `env:"IDA_INTERNAL_URL" help:"ID Authentication's internal services, …/idauthentication/v1/internal"`
	Timeout          time.Duration `env:"UPSTREAM_TIMEOUT" envDefault:"3s" help:"how long one call to a MOSIP service may take"`
}

// WebSub is the hub that reports status changes.
type WebSub struct {
	HubURL      string        `env:"HUB_URL" help:"MOSIP's WebSub hub, …/hub/"`
	TopicURL    string        `env:"TOPIC_URL" help:"what the URLs of the topics' pages begin with; the hubs are discovered from them, and HUB_URL is not needed"`
	CallbackURL string        `env:"CALLBACK_URL" help:"the origin under which the hub reaches us; PUBLIC_URL unless set"`
	Lease       time.Duration `env:"LEASE" envDefault:"24h" help:"the lease to ask for"`
	Resubscribe time.Duration `env:"RESUBSCRIBE_EVERY" envDefault:"45s" help:"how often to ask again, which is how a hub that forgot us is noticed"`
}

// TokenSalt is what the owner key of a resident is computed with; it must equal the country's.
type TokenSalt struct {
	UIN         Secret `env:"TOKEN_ID_UIN_SALT" help:"mosip.kernel.tokenid.uin.salt"`
	PartnerCode Secret `env:"TOKEN_ID_PARTNER_CODE_SALT" help:"mosip.kernel.tokenid.partnercode.salt"`
	Partner     string `env:"ONLINE_VERIFICATION_PARTNER_ID" envDefault:"mpartner-default-auth" help:"ida.online-verification-partner-id"`
}

// Load reads the environment and fills in what the mode implies.
func Load(environment []string) (*Config, error) {
	c := &Config{}
	if err := env.ParseWithOptions(c, env.Options{Environment: env.ToMap(environment)}); err != nil {
		return nil, describe(err)
	}
	switch c.Mode {
	case Production:
	case Sandbox:
		c.sandboxDefaults()
	default:
		return nil, fmt.Errorf("MODE is %q: it must be production or sandbox", c.Mode)
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if c.WebSub.CallbackURL == "" {
		c.WebSub.CallbackURL = c.PublicURL
	}
	return c, nil
}

func (c *Config) sandboxDefaults() {
	if c.Host == "" {
		c.Host = "localhost"
	}
	if c.PublicURL == "" {
		c.PublicURL = fmt.Sprintf("http://localhost:%d", c.Port)
	}
	if c.Secret == "" {
		c.Secret = "for the sandbox only: refused in production"
	}
}

// Use takes values for what the environment does not name, by variable name: what the sandbox says of itself. A variable
// that is there and empty stays empty. Postgres and Redis stay as they were found.
func (c *Config) Use(values map[string]string, environment []string) error {
	merged := maps.Clone(values)
	maps.Copy(merged, env.ToMap(environment))
	var lines []string
	for name, value := range merged {
		lines = append(lines, name+"="+value)
	}
	fresh, err := Load(lines)
	if err != nil {
		return err
	}
	fresh.DatabaseURL, fresh.RedisURL = c.DatabaseURL, c.RedisURL
	*c = *fresh
	return nil
}

// Validate says everything that is missing or wrong, one sentence each.
func (c *Config) Validate() error {
	var wrong []error
	need := func(name, value string) {
		if value == "" {
			wrong = append(wrong, fmt.Errorf("%s is not set", name))
		}
	}
	need("PUBLIC_URL", c.PublicURL)
	need("DATABASE_URL", string(c.DatabaseURL))
	need("REDIS_URL", string(c.RedisURL))
	need("OIDC_ISSUER", c.OIDC.Issuer)
	need("OIDC_CLIENT_ID", c.OIDC.ClientID)
	need("OIDC_CLIENT_KEY", string(c.OIDC.ClientKey))
	need("KEYCLOAK_CLIENT_SECRET", string(c.Upstream.KeycloakSecret))
	need("TOKEN_ID_UIN_SALT", string(c.TokenSalt.UIN))
	need("TOKEN_ID_PARTNER_CODE_SALT", string(c.TokenSalt.PartnerCode))
	for name, text := range map[string]string{
		"KEYCLOAK_TOKEN_URL": c.Upstream.KeycloakTokenURL, "IDENTITY_URL": c.Upstream.IdentityURL, "VID_URL": c.Upstream.VidURL,
		"PARTNER_URL": c.Upstream.PartnerURL, "MASTERDATA_URL": c.Upstream.MasterdataURL, "CONFIG_SERVER_URL": c.Upstream.ConfigServerURL,
		"AUDIT_URL": c.Upstream.AuditURL, "NOTIFICATION_URL": c.Upstream.NotificationURL, "KEYMANAGER_URL": c.Upstream.KeymanagerURL,
		"IDA_INTERNAL_URL": c.Upstream.IDAInternalURL, "WEBSUB_HUB_URL": c.WebSub.HubURL,
	} {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			wrong = append(wrong, fmt.Errorf("%s must be an http or https URL", name))
		}
	}
	if _, _, err := net.SplitHostPort(c.MetricsAddr); c.MetricsAddr != "" && err != nil {
		wrong = append(wrong, errors.New("METRICS_ADDR must look like 0.0.0.0:9090"))
	}
	if _, err := c.Jobs.Location(); err != nil {
		wrong = append(wrong, errors.New("NOTIFICATION_TIMEZONE must look like GMT+05:30 or Africa/Casablanca"))
	}
	for _, channel := range c.Jobs.NotificationChannels {
		if channel != "SMS" && channel != "EMAIL" {
			wrong = append(wrong, errors.New("NOTIFICATION_CHANNELS must be SMS, EMAIL, or both with a comma"))
		}
	}
	if c.Mode == Production && c.Jobs.OutcomeGrace < 6*c.Upstream.Timeout { // else a write could be judged while it is under way
		wrong = append(wrong, fmt.Errorf("OUTCOME_GRACE must be at least %s, six times UPSTREAM_TIMEOUT", 6*c.Upstream.Timeout))
	}
	wrong = append(wrong, c.DataKey.check(c.Mode))
	if len(c.Secret) < 32 {
		wrong = append(wrong, errors.New("SECRET needs at least 32 bytes"))
	}
	if c.Mode == Production && strings.Contains(string(c.Secret), "for the sandbox only") {
		wrong = append(wrong, errors.New("SECRET is the sandbox's: production needs one of its own"))
	}
	return errors.Join(wrong...)
}

// describe turns the library's errors into sentences without values.
func describe(err error) error {
	if all, ok := errors.AsType[env.AggregateError](err); ok {
		var out []error
		for _, e := range all.Errors {
			if p, ok := errors.AsType[env.ParseError](e); ok {
				out = append(out, fmt.Errorf("%s: not a valid %s", p.Name, p.Type))
				continue
			}
			out = append(out, e)
		}
		return errors.Join(out...)
	}
	return err
}
