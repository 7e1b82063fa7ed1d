package resident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// Rotation gives personal data at rest a new data key while the server runs: it makes the key, waits until nobody seals
// with an older one any more, seals anew what is sealed with one, waits until nobody can still hold what was read before,
// and drops the older keys. What it has done is kept, so a rotation that was ended goes on with the next.
type Rotation struct {
	Vault *Vault
	// Wait says whether to wait for the grace times; else it says when to come again, and ends.
	Wait bool
	// Say takes one sentence of progress.
	Say func(format string, values ...any)
}

// errLater ends a rotation that does not wait.
var errLater = errors.New("later")

// Run rotates. Errors: store.ErrRotating when another is at work; those of Postgres and Key Manager, after which it can be
// run again; and that values cannot be opened, in which case the older keys stay.
func (r *Rotation) Run(ctx context.Context) error {
	err := r.Vault.store.Rotating(ctx, func() error {
		newest, err := r.begin(ctx)
		if err != nil || newest == nil {
			return err
		}
		if err := r.pause(ctx, r.Vault.grace-newest.Age, "replicas may still seal with an older key"); err != nil {
			return err
		}
		for _, column := range store.SealedColumns {
			if err := r.reseal(ctx, column, newest.ID); err != nil {
				return err
			}
		}
		return r.drop(ctx, newest.ID)
	})
	if errors.Is(err, errLater) {
		return nil
	}
	return err
}

// begin answers the key to rotate to: a new one, or that of the rotation that is not finished; nil when nothing is sealed
// yet.
func (r *Rotation) begin(ctx context.Context) (*store.DataKey, error) {
	keys, err := r.Vault.store.DataKeys(ctx)
	if err != nil {
		return nil, err
	}
	switch n := len(keys); n {
	case 0:
		r.Say("Nothing is sealed yet: the first key is made when something is.")
		return nil, nil
	case 1:
		newest, err := r.Vault.addKey(ctx, keys[0].ID)
		if err != nil {
			return nil, fmt.Errorf("make a data key: %w", err)
		}
		r.Say("Key %d is made. Every replica that seals does so with it within %s.", newest.ID, r.Vault.lookEvery())
		return newest, nil
	default:
		r.Say("The rotation to key %d goes on; it was made %s ago.", keys[n-1].ID, keys[n-1].Age.Round(time.Second))
		return keys[n-1], nil
	}
}

// pause waits, or ends the rotation when it does not.
func (r *Rotation) pause(ctx context.Context, wait time.Duration, why string) error {
	if wait <= 0 {
		return nil
	}
	if !r.Wait {
		r.Say("Run this again in %s: until then %s.", wait.Round(time.Second), why)
		return errLater
	}
	r.Say("Waiting for %s: until then %s.", wait.Round(time.Second), why)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// drop removes the older keys, once nobody can hold a value any more that was read before it was sealed anew.
func (r *Rotation) drop(ctx context.Context, newest int) error {
	free := r.Vault.grace - r.Vault.sealsFor()
	last := time.Duration(0)
	for _, column := range store.SealedColumns {
		p, err := r.Vault.store.SealedProgress(ctx, column, newest)
		if err != nil {
			return err
		}
		last = max(last, free-p.FinishedFor)
	}
	if err := r.pause(ctx, last, "requests may still hold what was sealed with an older key"); err != nil {
		return err
	}
	dropped, err := r.Vault.store.DropDataKeys(ctx, newest, free)
	if err != nil {
		return err
	}
	if dropped == 0 {
		return errors.New("the older keys are still in use; run this again")
	}
	r.Say("Everything is sealed with key %d. Older keys dropped: %d.", newest, dropped)
	return nil
}
