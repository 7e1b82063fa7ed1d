package history

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/resolvers"
	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
	"github.com/resident-graph/resident-graph/upstream/masterdata"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// tracer notes the statements that are sent.
type tracer struct {
	mu   sync.Mutex
	sent []string
}

func (c *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, strings.Join(strings.Fields(data.SQL), " "))
	return ctx
}

func (c *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *tracer) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return sent
}

// traced answers the endpoint over the database of a person, for that person, and what it sends to the database.
func traced(t *testing.T, p *person) (http.Handler, *tracer) {
	t.Helper()
	config, err := pgxpool.ParseConfig(p.server.Database)
	if err != nil {
		t.Fatal(err)
	}
	sent := &tracer{}
	config.ConnConfig.Tracer = sent
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	mosip, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mosip.Close() })
	env, log := mosip.Environment(), slog.New(slog.NewTextHandler(io.Discard, nil))
	tokens := keycloak.New(env["KEYCLOAK_TOKEN_URL"], env["KEYCLOAK_CLIENT_ID"], env["KEYCLOAK_CLIENT_SECRET"], nil)
	client := func(service, address string) *upstream.Client {
		return upstream.New(upstream.Options{Service: service, BaseURL: env[address], Tokens: tokens})
	}
	ids, err := id.NewSealer([]byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	root := &resolvers.Resolver{IDs: ids, Now: time.Now, Service: &resident.Service{
		Store: store.New(pool), Now: time.Now, Log: log, Outgoing: &resident.Outgoing{}, // which audits no reads
		References: resident.NewReferences(configserver.New(client("configserver", "CONFIG_SERVER_URL")),
			partner.New(client("partner", "PARTNER_URL")), masterdata.New(client("masterdata", "MASTERDATA_URL")), log)}}
	served := limits.Middleware(0, graph.NewHandler(root, graph.Options{PerResponse: root.WithLoaders, Log: log, Now: time.Now,
		Limits: graph.Limits{Bounds: limits.DefaultBounds(), Timeout: time.Minute, Policies: map[limits.Class]limits.Policy{
			limits.Resident: {Cost: 1000, FreeDocuments: true}}}}))
	s := &session.Session{ID: "s", TokenID: p.tokenID, Scopes: []string{"Manage-Service-Requests", "Manage-Authentication"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.ServeHTTP(w, r.WithContext(session.WithSession(r.Context(), s)))
	}), sent
}

func TestAPageIsOneStatementHoweverLongItIs(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 300)
	h, sent := traced(t, p)
	const fields = `eventId status summary description loginModeLabel purpose attributes partner { name } authLocks { type locked }`
	for name, test := range map[string]struct {
		query string
		want  int // beside the resident's own row
	}{
		"a page":                 {`serviceHistory(first: 100) { nodes { ` + fields + ` } pageInfo { hasNextPage endCursor } }`, 1},
		"a page from the end":    {`serviceHistory(last: 100, filter: {text: "1"}) { nodes { ` + fields + ` } }`, 1},
		"the unread count":       {`a: unreadCount b: unreadCount`, 1},
		"the bell":               {`notifications(first: 100) { nodes { ` + fields + ` } }`, 1},
		"a page with timelines":  {`serviceHistory(first: 100) { edges { cursor node { timeline { name label } } } nodes { timeline { at } } }`, 2},
		"the bell and timelines": {`notifications(unreadOnly: true) { nodes { timeline { name } } }`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":`+quote(`{ viewer { `+test.query+` } }`)+`}`))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			sent.take()
			h.ServeHTTP(w, r)
			if strings.Contains(w.Body.String(), `"errors"`) || w.Code != http.StatusOK {
				t.Fatalf("%d %.600s", w.Code, w.Body)
			}
			if got := sent.take(); len(got) != 1+test.want || !strings.Contains(got[0], "from resident_state") {
				t.Errorf("%d statements, want the resident's row and %d:\n%s", len(got), test.want, strings.Join(got, "\n"))
			}
		})
	}
}

func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }
