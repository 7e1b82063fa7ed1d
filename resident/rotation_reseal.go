package resident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

const (
	sayEvery    = 50 // batches
	reseals     = 20 // tries, when residents' requests hold a row
	resealAgain = 200 * time.Millisecond
)

// reseal goes through a column from where it was left and seals anew what an older key sealed.
func (r *Rotation) reseal(ctx context.Context, c store.SealedColumn, newest int) error {
	p, err := r.Vault.store.SealedProgress(ctx, c, newest)
	if err != nil || p.Finished {
		return err
	}
	if p.TokenID != "" {
		r.Say("%s: going on where it was left.", c)
	}
	key, err := r.Vault.key(ctx, newest)
	if err != nil {
		return err
	}
	with, rows, anew := sealing{id: newest, key: key}, 0, 0
	for batch := 1; ; batch++ {
		n, changed, err := r.resealSome(ctx, c, with, p)
		if err != nil {
			return err
		}
		rows, anew = rows+n, anew+changed
		if n < c.AtOnce() {
			break
		}
		if batch%sayEvery == 0 {
			r.Say("%s: %d rows so far, %d sealed anew.", c, rows, anew)
		}
	}
	r.Say("%s: %d rows, %d sealed anew.", c, rows, anew)
	if !p.Finished {
		return fmt.Errorf("%s: values that the keys there are do not open: the older keys stay", c)
	}
	return nil
}

// resealSome does the next rows of a column and keeps how far it is. It answers how many rows there were, and how many
// of them were sealed anew.
func (r *Rotation) resealSome(ctx context.Context, c store.SealedColumn, with sealing, p *store.SealedProgress) (rows, anew int, err error) {
	values, err := r.Vault.store.SealedValues(ctx, c, p)
	if err != nil {
		return 0, 0, err
	}
	for _, v := range values {
		p.TokenID, p.RowID = v.TokenID, v.RowID
		switch err := r.sealAnew(ctx, v, with); {
		case errors.Is(err, errUnopened):
			p.Unopened++
		case err != nil:
			return 0, 0, err
		case v.Anew != nil:
			anew++
		}
	}
	if len(values) < c.AtOnce() {
		p.Finished = p.Unopened == 0
		if !p.Finished { // the next run tries all again
			*p = store.SealedProgress{KeyID: p.KeyID}
		}
	}
	for try := 1; ; try++ {
		err := r.Vault.store.Reseal(ctx, c, values, p)
		if !store.IsLockTimeout(err) || try == reseals {
			return len(values), anew, err
		}
		select {
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		case <-time.After(resealAgain):
		}
	}
}

// errUnopened says that a value is damaged, or that its key is gone.
var errUnopened = errors.New("not to be opened")

// sealAnew seals a value with a key, when it is there and sealed with another.
func (r *Rotation) sealAnew(ctx context.Context, v *store.SealedValue, with sealing) error {
	if len(v.Sealed) == 0 {
		return nil
	}
	id, err := sealedWith(v.Sealed)
	if err != nil {
		return errUnopened
	}
	if id == with.id {
		return nil
	}
	if _, err := r.Vault.key(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err // of Postgres or Key Manager
	}
	plain, err := r.Vault.Open(ctx, v.Sealed)
	if err != nil {
		return errUnopened
	}
	v.Anew, err = with.seal(plain)
	return err
}
