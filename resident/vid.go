package resident

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// A resident generates at most vidsAtOnce VIDs within vidsWithin, whatever becomes of them: the policy bounds those that
// live, this the calls.
const (
	vidsAtOnce = 10
	vidsWithin = 30 * time.Minute
)

// GenerateVid generates a virtual ID. The VID is nil when there is none (yet). QUOTA_REACHED says that the policy allows
// no more of the type (RES-SER-405), LOGIN_VID that the new one would replace the one of the sign-in (RES-SER-513).
func (s *Service) GenerateVid(ctx context.Context, who *Resident, key string, t vid.Type) (*store.Event, *vid.Vid, error) {
	e, err := s.do(ctx, who, write{
		mutation: "generateVid", key: key, input: t, request: store.GenerateVid,
		check:   func(ctx context.Context) error { return s.mayReplace(ctx, who, t) },
		prepare: func(e *store.Event) { e.Attributes = []string{string(t)} },
		begin:   allowVid,
		call: func(ctx context.Context, e *store.Event) (string, error) {
			number, err := s.Vids.Create(ctx, who.UIN, t)
			if err != nil {
				return "", err
			}
			failpoint("vid.generated")
			refer(e, &vid.Vid{Number: number})
			return "VID_GENERATED", nil
		},
	})
	if err != nil || e.RefHash == nil {
		return e, nil, blame(err, []string{"input", "type"}, QuotaReached)
	}
	return e, s.vidByHash(ctx, who, *e.RefHash), nil
}

// allowVid refuses when the resident has generated too many VIDs of late. They are counted by their keys, in the
// transaction that claims one: a double click counts once, what is refused does not count, and since inserting the event
// takes the resident's row, two requests never count past one another. Nothing but Postgres is asked.
func allowVid(ctx context.Context, tx store.Tx, e *store.Event) error {
	n, first, err := tx.Begun(ctx, e.TokenID, "generateVid", e.CreatedAt.Add(-vidsWithin))
	if err != nil || n <= vidsAtOnce { // this one is among them
		return err
	}
	return &Error{Code: RateLimited, RetryAfter: limits.Seconds(first.Add(vidsWithin).Sub(e.CreatedAt))}
}

// mayReplace refuses to generate a VID that would silently revoke the one that the resident signed in with. Whatever else
// the policy does not allow, the VID service refuses.
func (s *Service) mayReplace(ctx context.Context, who *Resident, t vid.Type) error {
	if who.SignedInWith != store.VID {
		return nil
	}
	policies, err := s.References.VidPolicies(ctx)
	if err != nil {
		return err
	}
	for _, p := range policies {
		if p.Type != t || !p.AutoRestore {
			continue // nothing is replaced
		}
		vids, err := s.Vids.List(ctx, who.UIN)
		if err != nil {
			return err
		}
		if MayGenerate(who, p, vids) == LoginVid {
			return &Error{Code: LoginVid, Path: []string{"input", "type"}, sentence: "LOGIN_VID_REPLACED"}
		}
	}
	return nil
}

// revocation is what revoking a VID answers: the VID in its new state, and the one that the policy put in its place.
type revocation struct{ Revoked, Restored *vid.Vid }

// RevokeVid revokes the VID with this number, which must be one of the resident's live ones. It answers the VID in its
// new state and the one that the policy put in its place, nil for none. NOT_FOUND says that it is not one of theirs
// (RES-SER-454, RES-SER-474), LOGIN_VID that it is the one of the sign-in (RES-SER-471).
func (s *Service) RevokeVid(ctx context.Context, who *Resident, key, number string) (e *store.Event, revoked, restored *vid.Vid, err error) {
	if number == who.IndividualID {
		return nil, nil, nil, Refuse(LoginVid, "input", "vidId")
	}
	var done revocation
	e, err = s.do(ctx, who, write{
		mutation: "revokeVid", key: key, input: upstream.RefHash(number), request: store.RevokeVid, answer: &done,
		check: func(ctx context.Context) (err error) {
			done.Revoked, err = s.liveVid(ctx, who, number)
			return err
		},
		prepare: func(e *store.Event) {
			refer(e, done.Revoked)
			e.Attributes = []string{string(done.Revoked.Type)}
		},
		resend: true,
		call: func(ctx context.Context, _ *store.Event) (string, error) {
			return "VID_REVOKED", s.revokeOnce(ctx, who, number, &done)
		},
	})
	if e == nil {
		return nil, nil, nil, err
	}
	if done.Revoked == nil { // found out by the reconciler: the VID is no longer listed, but the event knows it
		done.Revoked = &vid.Vid{Number: number, Type: vid.Type(e.Attributes[0]), Status: vid.Active}
	}
	if e.Status == store.Success {
		done.Revoked.Status = vid.Revoked
	}
	return e, done.Revoked, done.Restored, blame(err, []string{"input", "vidId"}, Conflict, NotFound)
}

// revokeOnce revokes a VID that may have been revoked by an earlier call, and keeps what came of it.
func (s *Service) revokeOnce(ctx context.Context, who *Resident, number string, done *revocation) error {
	if done.Revoked == nil { // an earlier call asked for it
		live, err := s.liveVid(ctx, who, number)
		if err != nil && AsError(err).Code == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		done.Revoked = live
	}
	replacement, err := s.Vids.Revoke(ctx, who.UIN, number)
	failpoint("vid.revoked")
	if err != nil {
		return err
	}
	done.Revoked.Status = vid.Revoked
	if replacement == "" {
		return nil
	}
	if done.Restored = s.vidByHash(ctx, who, upstream.RefHash(replacement)); done.Restored == nil {
		// It is there all the same: what the list would say more is read with the next page.
		done.Restored = &vid.Vid{Number: replacement, Type: done.Revoked.Type, Status: vid.Active}
	}
	return nil
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

// AboutVid says whether an event made a VID or was to end one, and knows which.
func AboutVid(e *store.Event) bool {
	return e.RefHash != nil && (e.RequestType == store.GenerateVid || e.RequestType == store.RevokeVid)
}

// VidOf answers the one of the resident's live VIDs that an event is about, nil when that one lives no more.
func VidOf(e *store.Event, vids []*vid.Vid) *vid.Vid {
	for _, v := range vids {
		if AboutVid(e) && v.Hash() == *e.RefHash {
			return v
		}
	}
	return nil
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
