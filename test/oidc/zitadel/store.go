package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// store is the example storage with our client, keys that rotate and an individual_id in UserInfo.
type store struct {
	*storage.Storage
	setup  *setup
	client op.Client

	mu   sync.Mutex
	keys []*key // the last one signs
}

func newStore(s *setup) (*store, error) {
	web := storage.WebClient(s.ClientID, "", s.RedirectURI)
	users := storage.NewUserStore("http://localhost:1")
	st := &store{
		Storage: storage.NewStorageWithClients(users, map[string]*storage.Client{s.ClientID: web}),
		setup:   s, client: client{web},
	}
	return st, st.rotate()
}

// rotate signs with a new key from now on. The old one stays published, as it is good manners to.
func (s *store) rotate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &key{id: fmt.Sprintf("key-%d", len(s.keys)+1), alg: s.setup.Alg}
	var err error
	if k.alg == jose.ES256 {
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	s.keys = append(s.keys, k)
	return err
}

// SigningKey returns the newest key.
func (s *store) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[len(s.keys)-1], nil
}

// SignatureAlgorithms returns the one algorithm.
func (s *store) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.setup.Alg}, nil
}

// KeySet returns all public keys.
func (s *store) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []op.Key
	for _, k := range s.keys {
		all = append(all, public{k})
	}
	return all, nil
}

// GetClientByClientID returns our client.
func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.setup.ClientID {
		return nil, errors.New("client not found")
	}
	return s.client, nil
}

// GetKeyByIDAndClientID returns the key that our client signs its assertions with.
func (s *store) GetKeyByIDAndClientID(_ context.Context, keyID, clientID string) (*jose.JSONWebKey, error) {
	if clientID != s.setup.ClientID || keyID != s.setup.ClientKey.KeyID {
		return nil, errors.New("key not found")
	}
	return &s.setup.ClientKey, nil
}

// SetUserinfoFromToken adds what MOSIP's residents have.
func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	for name, value := range s.setup.Claims {
		if name == "sub" { // one that lies
			info.Subject = fmt.Sprint(value)
			continue
		}
		info.AppendClaims(name, value)
	}
	return nil
}

// client is the example's web client with private_key_jwt and our scopes.
type client struct{ op.Client }

func (client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodPrivateKeyJWT }
func (client) LoginURL(id string) string           { return "/signin?id=" + id }
func (client) IsScopeAllowed(string) bool          { return true }
func (client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

type key struct {
	id      string
	alg     jose.SignatureAlgorithm
	private crypto.Signer
}

func (k *key) ID() string                                  { return k.id }
func (k *key) Key() any                                    { return k.private }
func (k *key) SignatureAlgorithm() jose.SignatureAlgorithm { return k.alg }

type public struct{ *key }

func (p public) Key() any                           { return p.private.Public() }
func (p public) Algorithm() jose.SignatureAlgorithm { return p.alg }
func (p public) Use() string                        { return "sig" }
