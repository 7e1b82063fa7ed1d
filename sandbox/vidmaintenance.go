package sandbox

import (
	"context"
	"net/http"
	"slices"
)

// serveRegenerate replaces a VID whose policy does not restore by itself.
func (v *vids) serveRegenerate(w http.ResponseWriter, r *http.Request) {
	number := r.PathValue("VID")
	if !validVID(number) {
		refuse(w, "mosip.vid.create", idRepositoryVersion, invalid("vid")) // sic: MOSIP's id here
		return
	}
	const id = "mosip.vid.regenerate"
	made, err := v.regenerate(r.Context(), number)
	if err != nil {
		refuse(w, id, idRepositoryVersion, asKernelError(err))
		return
	}
	succeed(w, id, idRepositoryVersion, vidAnswer{VID: &made.Number, Status: &made.Status})
}

func (v *vids) regenerate(ctx context.Context, number string) (*vid, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one := v.byVID[number]
	switch {
	case one == nil:
		return nil, noRecord
	case v.policies[one.Type].AutoRestoreAllowed:
		return nil, vidPolicyRefuses
	case !slices.Contains([]string{"ACTIVE", "REVOKED", "EXPIRED", "USED"}, one.Status):
		return nil, vidIs(one.Status)
	}
	if err := v.checkUIN(one.UIN); err != nil {
		return nil, err
	}
	if err := v.move(ctx, one, "INVALIDATED"); err != nil {
		return nil, err
	}
	return v.create(ctx, one.UIN, one.Type, "ACTIVE")
}

// serveMoveAll deactivates or reactivates every VID of a UIN at once.
func (v *vids) serveMoveAll(id, from, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, found := readChange(r, id)
		if len(found) == 0 {
			if err := checkUINField(body.Request.UIN); err != nil {
				found = []kernelError{asKernelError(err)}
			}
		}
		if len(found) > 0 {
			refuse(w, id, idRepositoryVersion, found...)
			return
		}
		if err := v.moveAll(r.Context(), *body.Request.UIN, from, to); err != nil {
			refuse(w, id, idRepositoryVersion, asKernelError(err))
			return
		}
		succeed(w, id, idRepositoryVersion, vidAnswer{Status: &to})
	}
}

func (v *vids) moveAll(ctx context.Context, uin, from, to string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	moved := false
	for _, one := range v.byUIN[uin] {
		if one.Status != from || one.expired() {
			continue
		}
		if err := v.move(ctx, one, to); err != nil {
			return err
		}
		moved = true
	}
	if !moved {
		return noRecord
	}
	return nil
}
