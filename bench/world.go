package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/test/ports"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
)

// world is everything that runs while it is measured. The server and the hand-written one are processes of their own,
// so that both reach the sandbox, which lives in this one, in the same way.
type world struct {
	control  control
	mosip    *mosip
	browser  *browser
	limitURL string
	limit    *http.Client
	stops    []func() error
}

// stop ends everything, last first.
func (w *world) stop() (err error) {
	for i := len(w.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, w.stops[i]())
	}
	return err
}

func newWorld(ctx context.Context, root string) (w *world, err error) {
	w = &world{limit: &http.Client{Transport: &http.Transport{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.stop())
		}
	}()
	serverPort, err := w.reservePort()
	if err != nil {
		return w, err
	}
	publicURL := fmt.Sprintf("http://localhost:%d", serverPort)
	upstreams, err := sandbox.Start(ctx, sandbox.Options{Addr: "127.0.0.1:0", PublicURL: publicURL})
	if err != nil {
		return w, err
	}
	w.stops, w.control = append(w.stops, upstreams.Close), control{upstreams.URL()}
	env := upstreams.Environment()
	if err := w.connect(ctx, env); err != nil {
		return w, err
	}
	if err := w.startServer(ctx, root, env, serverPort); err != nil {
		return w, err
	}
	if err := w.startLimit(ctx); err != nil {
		return w, err
	}
	if w.browser, err = newBrowser(root, publicURL); err != nil {
		return w, err
	}
	return w, w.browser.signIn(ctx, w.mosip.uin)
}

// reservePort answers a port that is the world's until it stops.
func (w *world) reservePort() (int, error) {
	port, release, err := ports.Hold()
	if err == nil {
		w.stops = append(w.stops, func() error { release(); return nil })
	}
	return port, err
}

// connect prepares the calls that are made without a server in between.
func (w *world) connect(ctx context.Context, env map[string]string) error {
	token, err := keycloak.New(env["KEYCLOAK_TOKEN_URL"], env["KEYCLOAK_CLIENT_ID"], env["KEYCLOAK_CLIENT_SECRET"], nil).Token(ctx)
	if err != nil {
		return err
	}
	uin, err := w.control.resident(ctx)
	w.mosip = &mosip{
		identityURL: env["IDENTITY_URL"], vidURL: env["VID_URL"], token: token, uin: uin,
		http: &http.Client{Transport: &http.Transport{}},
	}
	return err
}

// startServer builds the server and runs it as an operator does: in production mode, with stores that are not its own.
func (w *world) startServer(ctx context.Context, root string, env map[string]string, port int) (err error) {
	dir, err := os.MkdirTemp("", "rg-bench")
	if err != nil {
		return err
	}
	w.stops = append(w.stops, func() error { return os.RemoveAll(dir) })
	binary, err := build(ctx, root, dir)
	if err != nil {
		return err
	}
	if env["DATABASE_URL"], err = w.startPostgres(ctx, filepath.Join(root, ".run", "bench")); err != nil {
		return err
	}
	redis, stop, err := sandbox.Redis(ctx)
	if err != nil {
		return err
	}
	w.stops = append(w.stops, stop)
	env["MODE"], env["HOST"], env["PORT"] = "production", "127.0.0.1", fmt.Sprint(port)
	env["PUBLIC_URL"], env["REDIS_URL"], env["LOG_LEVEL"] = fmt.Sprintf("http://localhost:%d", port), redis, "warn"
	env["SECRET"] = rand.Text() + rand.Text()
	// One resident asks thousands of times; what is counted here is not how often they may.
	env["RATE_RESIDENT"], env["RATE_SOURCE"], env["TRUSTED_DOCUMENTS_DIR"] = "0", "0", dir
	if err := trust(root, dir); err != nil {
		return err
	}
	if stop, err = launch(ctx, binary, env); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	w.stops = append(w.stops, stop)
	return nil
}

// startPostgres answers the URL of an empty database in a cluster that stays in dir for the next run.
func (w *world) startPostgres(ctx context.Context, dir string) (string, error) {
	cluster, stop, err := sandbox.Postgres(ctx, dir)
	if err != nil {
		return "", err
	}
	w.stops = append(w.stops, stop)
	const name = "bench"
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{"drop database if exists " + name, "create database " + name} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", err
		}
	}
	return strings.Replace(cluster, "/"+conn.Config().Database, "/"+name, 1), nil
}

// startLimit runs this program again, as the hand-written server.
func (w *world) startLimit(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	port, err := w.reservePort()
	if err != nil {
		return err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	settings, err := json.Marshal(limitSettings{
		Address: address, IdentityURL: w.mosip.identityURL, VidURL: w.mosip.vidURL, Token: w.mosip.token, UIN: w.mosip.uin,
	})
	if err != nil {
		return err
	}
	stop, err := launch(ctx, self, map[string]string{limitVariable: string(settings)})
	if err != nil {
		return fmt.Errorf("start the hand-written server: %w", err)
	}
	w.stops, w.limitURL = append(w.stops, stop), "http://"+address+"/"
	return nil
}
