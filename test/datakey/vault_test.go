package datakey

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// cellar is a database and a Key Manager, in which several vaults can stand as several replicas do.
type cellar struct {
	t     *testing.T
	store *store.Store
	mosip *sandbox.Sandbox
}

func newCellar(t *testing.T) *cellar {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), harness.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	c := &cellar{t: t, store: store.New(pool)}
	if err := c.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.mosip, err = sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.mosip.Close() })
	return c
}

// vault answers the vault of one more replica.
func (c *cellar) vault(grace time.Duration) *resident.Vault {
	env := c.mosip.Environment()
	tokens := keycloak.New(env["KEYCLOAK_TOKEN_URL"], env["KEYCLOAK_CLIENT_ID"], env["KEYCLOAK_CLIENT_SECRET"], nil)
	return resident.NewVault(keymanager.New(upstream.New(upstream.Options{Service: "keymanager", BaseURL: env["KEYMANAGER_URL"],
		Tokens: tokens})), c.store, grace)
}

// faults sets what is wrong with Key Manager.
func (c *cellar) faults(fault map[string]any) {
	c.t.Helper()
	c.control(http.MethodPut, "/sandbox/faults", map[string]any{"keymanager": fault}, nil)
}

// calls answers how often Key Manager was asked.
func (c *cellar) calls() int {
	c.t.Helper()
	var counts struct{ Services map[string]int }
	c.control(http.MethodGet, "/sandbox/calls", nil, &counts)
	return counts.Services["keymanager"]
}

func (c *cellar) control(method, path string, body, into any) {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.mosip.URL()+path, bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			c.t.Fatal(err)
		}
	}
}

// rotate makes a new key and ends there.
func (c *cellar) rotate(grace time.Duration) {
	c.t.Helper()
	if err := (&resident.Rotation{Vault: c.vault(grace), Say: c.t.Logf}).Run(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// seal answers a sealed text and the key that it is sealed with.
func (c *cellar) seal(v *resident.Vault) (sealed []byte, key int) {
	c.t.Helper()
	sealed, err := v.Seal(c.t.Context(), []byte("text"))
	if err != nil {
		c.t.Fatal(err)
	}
	return sealed, keyOf(sealed)
}

func keyOf(sealed []byte) int { return int(binary.BigEndian.Uint32(sealed)) }

func TestReplicasThatStartTogetherAskOnceEachAndAgree(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	const replicas, residents = 4, 25
	var group sync.WaitGroup
	sealed := make([][]byte, replicas*residents)
	for i := range replicas {
		v := c.vault(time.Hour)
		for j := range residents {
			group.Go(func() { sealed[i*residents+j], _ = v.Seal(t.Context(), []byte("text")) })
		}
	}
	group.Wait()
	late := c.vault(time.Hour)
	for _, s := range sealed {
		if s == nil || keyOf(s) != 1 {
			t.Fatalf("sealed as %x", s)
		}
		if plain, err := late.Open(t.Context(), s); err != nil || string(plain) != "text" {
			t.Fatalf("opened as %q: %v", plain, err)
		}
	}
	// Each replica wraps a key before it sees that another was faster, and opens the one that is kept.
	if n := c.calls(); n > 2*replicas+1 {
		t.Errorf("Key Manager was asked %d times", n)
	}
}

func TestAKeyThatIsOpenIsNotHeldUpByOneThatIsNot(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	v := c.vault(time.Hour)
	c.seal(v)
	c.rotate(time.Hour)
	other, key := c.seal(c.vault(time.Hour))
	if key != 2 {
		t.Fatalf("a fresh replica seals with key %d", key)
	}
	c.faults(map[string]any{"hang": true})
	opened := make(chan error, 1)
	go func() {
		_, err := v.Open(t.Context(), other)
		opened <- err
	}()
	harness.Eventually(t, "Key Manager is asked and hangs", func() bool { return c.calls() >= 5 })
	if _, key := c.seal(v); key != 1 {
		t.Errorf("sealed with key %d", key)
	}
	select {
	case err := <-opened:
		t.Errorf("Key Manager hangs, and yet: %v", err)
	default:
	}
	if err := <-opened; upstream.KindOf(err) != upstream.Timeout {
		t.Errorf("the other ends with %v", err)
	}
}

func TestAReplicaLearnsOfANewKeyAndOldOnesStayOpen(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	const grace = 30 * time.Second // it looks every second
	v := c.vault(grace)
	old, _ := c.seal(v)
	c.rotate(grace)
	harness.Eventually(t, "it seals with the new key", func() bool { _, key := c.seal(v); return key == 2 })
	for name, v := range map[string]*resident.Vault{"it": v, "a fresh one": c.vault(grace)} {
		if plain, err := v.Open(t.Context(), old); err != nil || string(plain) != "text" {
			t.Errorf("%s opens what the old key sealed as %q: %v", name, plain, err)
		}
	}
}

func TestAReplicaThatCannotReadTheNewKeySealsWithTheOldOneForAWhileOnly(t *testing.T) {
	t.Parallel()
	c := newCellar(t)
	const grace = 12 * time.Second
	v := c.vault(grace)
	old, _ := c.seal(v)
	c.rotate(grace)
	c.faults(map[string]any{"down": true})
	if _, key := c.seal(v); key != 1 {
		t.Errorf("sealed with key %d, want the old one", key)
	}
	harness.Within(t, time.Minute, "it does not seal with the old key any more", func() bool {
		_, err := v.Seal(t.Context(), nil)
		return upstream.KindOf(err) == upstream.Unavailable
	})
	if _, err := v.Open(t.Context(), old); err != nil {
		t.Errorf("it does not open what it sealed: %v", err)
	}
	c.faults(nil)
	harness.Eventually(t, "it seals with the new key", func() bool {
		sealed, err := v.Seal(t.Context(), nil)
		return err == nil && keyOf(sealed) == 2
	})
}
