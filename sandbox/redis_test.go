package sandbox_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestRedisForgetsInTime(t *testing.T) {
	url, stop, err := sandbox.Redis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	store := redis.NewClient(options)
	if err := store.Set(t.Context(), "key", "value", 5*time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	if value, err := store.Get(t.Context(), "key").Result(); value != "value" {
		t.Errorf("at once: %q %v", value, err)
	}
	eventually(t, "the key expires", func() bool { return store.Exists(t.Context(), "key").Val() == 0 })
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
