package resident

import (
	"context"
	"errors"

	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// GenerateVid generates a virtual ID. The VID is nil when there is none (yet).
func (s *Service) GenerateVid(ctx context.Context, who *Resident, key string, t vid.Type) (*store.Event, *vid.Vid, error) {
	e, err := s.do(ctx, who, write{
		mutation: "generateVid", key: key, input: t, request: store.GenerateVid,
		check:   func(ctx context.Context) error { return s.mayReplace(ctx, who, t) },
		prepare: func(e *store.Event) { e.Attributes = []string{string(t)} },
		// Counted where the key is claimed, so that a double click counts once.
		begin: func(ctx context.Context, _ store.Tx, _ *store.Event) error { return s.allowVid(ctx, who) },
		call: func(ctx context.Context, e *store.Event) (string, error) {
			number, err := s.Vids.Create(ctx, who.UIN, t)
			if err != nil {
				return "", err
			}
			refer(e, &vid.Vid{Number: number})
			return "VID_GENERATED", nil
		},
	})
	if err != nil || e.RefHash == nil {
		return e, nil, err
	}
	return e, s.vidByHash(ctx, who, *e.RefHash), nil
}

// allowVid counts one VID that the resident generates, and refuses when there are too many or they cannot be counted.
func (s *Service) allowVid(ctx context.Context, who *Resident) error {
	wait, err := s.Limiter.AllowVid(ctx, who.TokenID)
	switch {
	case errors.Is(err, limits.ErrExceeded):
		return &Error{Code: RateLimited, RetryAfter: limits.Seconds(wait), err: err}
	case err != nil:
		return &Error{Code: UpstreamUnavailable, err: err}
	}
	return nil
}

// mayReplace refuses to generate a VID that would silently revoke the one that the resident signed in with: the policy
// replaces where it restores by itself and the resident has all instances.
func (s *Service) mayReplace(ctx context.Context, who *Resident, t vid.Type) error {
	if who.SignedInWith != store.VID {
		return nil
	}
	policies, err := s.References.VidPolicies(ctx)
	if err != nil {
		return err
	}
	for _, p := range policies {
		if p.Type != t || !p.AutoRestore || p.RestoreOnAction == string(vid.Active) {
			continue
		}
		vids, err := s.Vids.List(ctx, who.UIN)
		if err != nil {
			return err
		}
		live, login := 0, false
		for _, v := range vids {
			if v.Type == t {
				live++
				login = login || v.Number == who.IndividualID
			}
		}
		if login && p.InstancesAllowed != nil && live >= *p.InstancesAllowed {
			return Refuse(LoginVid, "input", "type")
		}
	}
	return nil
}

// RevokeVid revokes the VID with this number, which must be one of the resident's live ones. It answers the VID in its
// new state and the one that the policy put in its place, nil for none.
func (s *Service) RevokeVid(ctx context.Context, who *Resident, key, number string) (e *store.Event, revoked, restored *vid.Vid, err error) {
	if number == who.IndividualID {
		return nil, nil, nil, Refuse(LoginVid, "input", "vidId")
	}
	var replacement string
	e, err = s.do(ctx, who, write{
		mutation: "revokeVid", key: key, input: upstream.RefHash(number), request: store.RevokeVid,
		check: func(ctx context.Context) (err error) {
			revoked, err = s.liveVid(ctx, who, number)
			return err
		},
		prepare: func(e *store.Event) {
			refer(e, revoked)
			e.Attributes = []string{string(revoked.Type)}
		},
		resend: true,
		call: func(ctx context.Context, _ *store.Event) (word string, err error) {
			if revoked == nil { // an earlier call asked for it
				_, err = s.liveVid(ctx, who, number)
				if AsError(err).Code == NotFound {
					return "VID_REVOKED", nil
				}
			}
			if err == nil {
				replacement, err = s.Vids.Revoke(ctx, who.UIN, number)
			}
			return "VID_REVOKED", err
		},
	})
	if e == nil {
		return nil, nil, nil, err
	}
	if revoked == nil { // a repeat: the VID is no longer listed, but the event knows it
		revoked = &vid.Vid{Number: number, Type: vid.Type(e.Attributes[0]), Status: vid.Active}
	}
	if e.Status == store.Success {
		revoked.Status = vid.Revoked
	}
	if replacement != "" {
		restored = s.vidByHash(ctx, who, upstream.RefHash(replacement))
	}
	return e, revoked, restored, err
}

// liveVid answers the resident's live VID with this number, or NOT_FOUND.
func (s *Service) liveVid(ctx context.Context, who *Resident, number string) (*vid.Vid, error) {
	vids, err := s.Vids.List(ctx, who.UIN)
	if err != nil {
		return nil, err
	}
	for _, v := range vids {
		if v.Number == number {
			return v, nil
		}
	}
	return nil, Refuse(NotFound, "input", "vidId")
}

// refer says which VID an event is about: for finding it again, and for texts.
func refer(e *store.Event, v *vid.Vid) {
	hash, masked := v.Hash(), v.Masked()
	e.RefHash, e.RefMasked = &hash, &masked
}

// vidByHash finds one of the resident's live VIDs again, nil when it is not (yet) listed or cannot be asked for.
func (s *Service) vidByHash(ctx context.Context, who *Resident, hash string) *vid.Vid {
	vids, err := s.Vids.List(ctx, who.UIN)
	if err != nil {
		return nil
	}
	for _, v := range vids {
		if v.Hash() == hash {
			return v
		}
	}
	return nil
}

// VidUses counts how often each of the VIDs was used to authenticate, by ref hash.
func (s *Service) VidUses(ctx context.Context, who *Resident, vids []*vid.Vid) (map[string]int, error) {
	hashes := make([]string, 0, len(vids))
	for _, v := range vids {
		if v.TransactionLimit != nil {
			hashes = append(hashes, v.Hash())
		}
	}
	if len(hashes) == 0 {
		return nil, nil
	}
	return s.Store.Authentications(ctx, who.TokenID, hashes)
}
