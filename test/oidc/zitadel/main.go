// Program zitadel is the OpenID Provider of github.com/zitadel/oidc with its example storage, in which everyone who
// comes is signed in as one resident at once. It is a module of its own, since the product needs none of it. One JSON
// argument says how it is set up, a line "ready" says that it listens, and the end of standard input ends it.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

type setup struct {
	Port        int
	ClientID    string
	ClientKey   jose.JSONWebKey
	RedirectURI string
	Claims      map[string]any
	Alg         jose.SignatureAlgorithm
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(argument string) error {
	var s setup
	if err := json.Unmarshal([]byte(argument), &s); err != nil {
		return err
	}
	store, err := newStore(&s)
	if err != nil {
		return err
	}
	handler, err := newHandler(&s, store)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Shutdown(context.Background())
	}()
	fmt.Println("ready")
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func newHandler(s *setup, store *store) (http.Handler, error) {
	provider, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("of a test")), CryptoKeyId: "1",
		CodeMethodS256: true, AuthMethodPost: true, AuthMethodPrivateKeyJWT: true, GrantTypeRefreshToken: true,
	}, store, op.StaticIssuer(fmt.Sprintf("http://127.0.0.1:%d", s.Port)), op.WithAllowInsecure(),
		op.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))))
	if err != nil {
		return nil, err
	}
	done := op.AuthCallbackURL(provider)
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.Handle("GET /signin", op.NewIssuerInterceptor(provider.IssuerFromRequest).Handler(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			id := r.URL.Query().Get("id")
			if err := store.CheckUsernamePassword("test-user2", "verysecure", id); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			http.Redirect(w, r, done(r.Context(), id), http.StatusFound)
		})))
	mux.HandleFunc("POST /test/rotate", func(w http.ResponseWriter, _ *http.Request) {
		if err := store.rotate(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux, nil
}
