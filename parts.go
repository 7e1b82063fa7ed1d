package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/graph/transport"
	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/observe"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/resolvers"
	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/audit"
	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/ida"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
	"github.com/resident-graph/resident-graph/upstream/masterdata"
	"github.com/resident-graph/resident-graph/upstream/notification"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/registration"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// now is the time to the microsecond, as Postgres keeps it: what is answered first must be what is read afterwards.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// parts is the house: every part once, built from the configuration.
type parts struct {
	cfg        *config.Config
	log        *slog.Logger
	database   *pgxpool.Pool
	redis      redis.UniversalClient
	tokens     *keycloak.Tokens
	service    *resident.Service
	inbox      *resident.Inbox
	reconciler *resident.Reconciler
	wakes      *live.Wakes
	subscriber *live.Subscriber
	sessions   *session.Manager
	resolver   *resolvers.Resolver
	graphql    http.Handler
	sockets    *transport.Sockets
	metrics    *observe.Metrics
	ready      atomic.Bool
}

func build(ctx context.Context, cfg *config.Config, log *slog.Logger) (p *parts, err error) {
	p = &parts{cfg: cfg, log: log, sockets: &transport.Sockets{}, metrics: observe.NewMetrics()}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.database, err = openPostgres(ctx, cfg); err != nil {
		return p, err
	}
	db := store.New(p.database)
	if err = db.Migrate(ctx); err != nil {
		return p, fmt.Errorf("database: %w", err)
	}
	if p.redis, err = openRedis(string(cfg.RedisURL)); err != nil {
		return p, err
	}
	p.wakes = live.NewWakes(p.redis, 15*time.Second, log)
	limiter, err := p.newLimiter()
	if err != nil {
		return p, err
	}
	if err = p.buildService(ctx, db, limiter); err != nil {
		return p, err
	}
	if err = p.buildSessions(ctx); err != nil {
		return p, err
	}
	secret, err := derive(cfg.Secret, "websub")
	if err != nil {
		return p, err
	}
	p.subscriber = live.NewSubscriber(live.Config{
		HubURL: cfg.WebSub.HubURL, TopicURL: cfg.WebSub.TopicURL, CallbackURL: cfg.WebSub.CallbackURL, Topics: resident.Topics, Secret: secret,
		Store: db, Tokens: p.tokens, Deliver: p.inbox.Accept, Redis: p.redis, Log: log, Lease: cfg.WebSub.Lease,
		ResubscribeEvery: cfg.WebSub.Resubscribe, Lost: p.reconciler.MessagesLost,
	})
	p.watch(db)
	return p, p.buildGraph()
}

// buildService connects the rules to MOSIP's services, one tuned transport for all of them.
func (p *parts) buildService(ctx context.Context, db *store.Store, limiter *limits.Limiter) error {
	u, shared := p.cfg.Upstream, upstream.Transport()
	p.tokens = keycloak.New(u.KeycloakTokenURL, u.KeycloakClientID, string(u.KeycloakSecret), p.metrics.Calls("keycloak", shared))
	options := upstream.Options{Timeout: u.Timeout, Tokens: p.tokens, Transport: shared, Log: p.log}
	client := func(service, base string) *upstream.Client {
		own := options
		own.Service, own.BaseURL, own.Transport = service, base, p.metrics.Calls(service, shared)
		return upstream.New(own)
	}
	keys := keymanager.New(client("keymanager", u.KeymanagerURL))
	p.service = &resident.Service{
		Store: db, Wakes: p.wakes, Now: now, Log: p.log, Deadline: 2 * u.Timeout, Limiter: limiter,
		Identity: identity.New(client("identity", u.IdentityURL)),
		Vids:     vid.New(client("vid", u.VidURL)),
		IDA:      ida.New(client("ida", u.IDAInternalURL)),
		Vault:    resident.NewVault(keys, db, p.cfg.DataKey.Grace),
		References: resident.NewReferences(configserver.New(client("configserver", u.ConfigServerURL)),
			partner.New(client("partner", u.PartnerURL)), masterdata.New(client("masterdata", u.MasterdataURL)), p.log),
		OnlineVerificationPartner: p.cfg.TokenSalt.Partner,
		RelyingParty:              p.cfg.OIDC.RelyingParty,
		Signer:                    keys,
	}
	if err := p.buildCards(client); err != nil {
		return err
	}
	p.service.Logos = p.logos()
	p.buildShares()
	p.buildOrders(&options)
	jobs := p.cfg.Jobs
	if jobs.CredentialURL != "" {
		p.service.Credentials = credential.New(client("credential", jobs.CredentialURL))
	}
	if jobs.RegistrationURL != "" {
		p.service.Registration = registration.New(client("registration", jobs.RegistrationURL))
	}
	p.inbox = resident.NewInbox(p.service)
	p.reconciler = resident.NewReconciler(p.service, resident.ReconcilerConfig{
		ConfirmLocksAfter: jobs.ConfirmLocksAfter, Grace: jobs.OutcomeGrace,
		HistoryFirst: jobs.HistoryCheckFirst, HistoryLongest: jobs.HistoryCheckLongest,
	})
	outgoing, err := p.outgoing()
	if err != nil {
		return err
	}
	p.service.Outgoing, err = resident.NewOutgoing(ctx, p.service, outgoing,
		notification.New(client("notification", u.NotificationURL)), audit.New(client("audit", u.AuditURL)))
	return err
}

// outgoing says how residents are written to and who we are in audit records.
func (p *parts) outgoing() (resident.OutgoingConfig, error) {
	jobs := p.cfg.Jobs
	zone, err := jobs.Location()
	if err != nil {
		return resident.OutgoingConfig{}, fmt.Errorf("NOTIFICATION_TIMEZONE: %w", err)
	}
	track := jobs.NotificationTrackURL
	if track == "" {
		track = p.cfg.PublicURL + "/events/"
	}
	host := resident.AuditHost{IP: ownIP()}
	if host.Name, err = os.Hostname(); err != nil {
		host.Name = "unknown"
	}
	config := resident.OutgoingConfig{Languages: jobs.NotificationLanguages, Zone: zone, TrackURL: track, Host: host,
		NotifyFor: jobs.NotificationKeep, AuditFor: jobs.AuditKeep,
		AuditReads: jobs.AuditReads}
	for _, channel := range jobs.NotificationChannels {
		config.Channels = append(config.Channels, resident.Channel(channel))
	}
	return config, nil
}

// ownIP answers the address under which other machines see this one, else the loopback address.
func ownIP() string {
	addresses, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
				return n.IP.String()
			}
		}
	}
	return "127.0.0.1"
}

func (p *parts) buildSessions(ctx context.Context) (err error) {
	secret, err := derive(p.cfg.Secret, "session")
	if err != nil {
		return err
	}
	bearer := session.BearerConfig{Audience: p.cfg.Bearer.Audience}
	if issuers := p.cfg.Bearer.Issuers; issuers != "" {
		if err := json.Unmarshal([]byte(issuers), &bearer.Issuers); err != nil {
			return fmt.Errorf("BEARER_ISSUERS: not a JSON list of issuers: %w", err)
		}
	}
	o, salt := p.cfg.OIDC, p.cfg.TokenSalt
	p.sessions, err = session.New(ctx, session.Config{
		Issuer: o.Issuer, TokenIssuer: o.TokenIssuer, ClientID: o.ClientID, ClientKeyPEM: string(o.ClientKey),
		ClientKeyID: o.ClientKeyID, DecryptionKeyPEM: string(o.DecryptionKey), UserInfoJWKSURLs: o.UserInfoJWKSURLs,
		ACRValues: o.ACRValues, PublicURL: p.cfg.PublicURL, Secret: secret, Redis: p.redis, Log: p.log,
		Idle: p.cfg.SessionIdle, Absolute: p.cfg.SessionMax, Bearer: bearer,
		Resolve: p.resolve,
		TokenID: func(uin string) string {
			return keymanager.TokenID(uin, salt.Partner, string(salt.UIN), string(salt.PartnerCode))
		},
		OnLogin: func(ctx context.Context, s *session.Session) error {
			return p.reconciler.SignedIn(ctx, signInOf(s), s.CreatedAt)
		},
		OnLoginFailed: func(_ context.Context, code session.Code) { p.service.SignInFailed(string(code)) },
		OnLogout:      func(ctx context.Context, s *session.Session) { p.service.SignedOut(ctx, signInOf(s)) },
	})
	return err
}

// signInOf answers a session in the words of the rules.
func signInOf(s *session.Session) resident.SignIn {
	return resident.SignIn{TokenID: s.TokenID, UIN: s.UIN, IndividualID: s.IndividualID, With: store.IDKind(s.IDKind), Until: s.ExpiresAt}
}

// resolve answers who signed in, in the words of package session.
func (p *parts) resolve(ctx context.Context, individualID string) (string, session.Kind, error) {
	uin, kind, err := p.service.WhoIs(ctx, individualID)
	if errors.Is(err, resident.ErrNobody) {
		err = session.ErrUnknownIndividual
	}
	return uin, session.Kind(kind), err
}

func (p *parts) buildGraph() error {
	secret, err := derive(p.cfg.Secret, "id")
	if err != nil {
		return err
	}
	ids, err := id.NewSealer(secret)
	if err != nil {
		return err
	}
	allowed, err := p.limits()
	if err != nil {
		return err
	}
	p.resolver = &resolvers.Resolver{Service: p.service, IDs: ids, Sessions: p.sessions, Now: now, MaxPins: p.cfg.MaxPins,
		FreshFor: p.cfg.StepUpAge}
	p.graphql = p.metrics.Requests(graph.NewHandler(p.resolver, graph.Options{
		Sessions: p.sessions, FreshFor: p.cfg.StepUpAge, Limits: allowed,
		PerResponse: p.resolver.WithLoaders, Sockets: p.sockets, Log: p.log, Now: time.Now, PublicURL: p.cfg.PublicURL,
	}))
	return nil
}

// workers are what runs beside the requests, each until its context ends.
func (p *parts) workers() []func(context.Context) error {
	all := []func(context.Context) error{p.wakes.Run, p.inbox.Run, p.subscriber.Run, p.sessions.Run,
		p.reconciler.Run, p.service.Outgoing.Run, resident.NewKeeper(p.service, p.cfg.HistoryKept).Run}
	if p.cfg.MetricsAddr != "" {
		all = append(all, p.serveMetrics)
	}
	return all
}

// warm reads what every page needs and waits for the subscriptions, but not for ever: what a sleeping upstream cannot
// give now is read when it is needed.
func (p *parts) warm(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	p.reconciler.Begin(ctx)
	p.service.References.Warm(ctx, p.service.Identity)
	if _, err := p.service.Vault.Seal(ctx, nil); err != nil {
		p.log.WarnContext(ctx, "not read at start", "what", "data key", "error", err)
	}
	for {
		if healthy, _ := p.subscriber.Healthy(); healthy {
			return
		}
		select {
		case <-ctx.Done():
			p.log.WarnContext(ctx, "the WebSub hub has not confirmed the subscriptions yet")
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *parts) close() {
	if p.redis != nil {
		_ = p.redis.Close()
	}
	if p.database != nil {
		p.database.Close()
	}
}

// derive answers the secret for one purpose, so that what leaks in one place opens nothing in another.
func derive(secret config.Secret, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(secret), nil, "resident-graph/"+purpose, 32)
}

func openPostgres(ctx context.Context, cfg *config.Config) (*pgxpool.Pool, error) {
	options, err := pgxpool.ParseConfig(string(cfg.DatabaseURL))
	if err != nil {
		return nil, errors.New("DATABASE_URL: it must look like postgres://user:password@host:5432/database")
	}
	options.MaxConns = cfg.DatabaseMax
	return pgxpool.NewWithConfig(ctx, options)
}

// openRedis takes one URL, or several with commas for a cluster.
func openRedis(address string) (redis.UniversalClient, error) {
	urls := strings.Split(address, ",")
	options, err := redis.ParseURL(urls[0])
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: it must look like redis://host:6379/0")
	}
	universal := &redis.UniversalOptions{Addrs: []string{options.Addr}, DB: options.DB, Username: options.Username,
		Password: options.Password, TLSConfig: options.TLSConfig,
		// Without it go-redis waits for a hanging Redis whatever the deadline of the request.
		ContextTimeoutEnabled: true}
	for _, u := range urls[1:] {
		more, err := redis.ParseURL(strings.TrimSpace(u))
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: it must look like redis://host:6379/0")
		}
		universal.Addrs = append(universal.Addrs, more.Addr)
	}
	return redis.NewUniversalClient(universal), nil
}
