package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// allowedAuthTypes is auth.types.allowed, compared without case.
var allowedAuthTypes = []string{"otp-email", "otp-phone", "demo", "bio-finger", "bio-iris", "bio-face", "otp"}

// lock is the newest word on one authentication type of one UIN.
type lock struct {
	Code   string    `json:"code"`
	Locked bool      `json:"locked"`
	Until  time.Time `json:"until"` // end of a temporary unlock; zero: none
}

// inForce says whether the type is refused now. A temporary unlock is a lock
// with an exception: when it ends the type is locked, whatever it was before.
func (l lock) inForce() bool { return l.Locked && !l.Until.After(time.Now()) }

// authTypes keeps the locks ID Repository holds. What IDA enforces follows
// later, and is kept there.
type authTypes struct {
	state *state
	vids  *vids
	// changed hears of every update of a UIN.
	changed func(ctx context.Context, uin string, locks []lock, items []authTypeItem) error
	journal *journal

	mu    sync.Mutex
	locks map[string]map[string]lock // by UIN, by code
}

// authTypeItem is one entry of request[] and of authTypes[].
type authTypeItem struct {
	AuthType         string  `json:"authType"`
	AuthSubType      *string `json:"authSubType"`
	Locked           *bool   `json:"locked"`
	UnlockForSeconds *int64  `json:"unlockForSeconds"`
	RequestID        *string `json:"requestId"`
	Metadata         any     `json:"metadata"`
}

// authTypeUpdate is the flat body of the update; requestTime is not looked at.
type authTypeUpdate struct {
	IndividualID     *string        `json:"individualId"`
	IndividualIDType *string        `json:"individualIdType"`
	Request          []authTypeItem `json:"request"`
}

func (a *authTypes) load(ctx context.Context) error {
	a.locks = map[string]map[string]lock{}
	return loadLocks(ctx, a.state, "lock", a.locks)
}

// loadLocks reads the locks kept under a noun, by UIN and code.
func loadLocks(ctx context.Context, s *state, noun string, into map[string]map[string]lock) error {
	records, err := s.load(ctx, noun)
	if err != nil {
		return err
	}
	for uin, record := range records {
		locks := map[string]lock{}
		if err := json.Unmarshal(record, &locks); err != nil {
			return fmt.Errorf("read a %s: %w", noun, err)
		}
		into[uin] = locks
	}
	return nil
}

func (a *authTypes) read(w http.ResponseWriter, r *http.Request) {
	uin, err := a.uinOf(r.PathValue("ID"))
	if err != nil {
		refuse(w, "mosip.id.read", idRepositoryVersion, asKernelError(err))
		return
	}
	a.mu.Lock()
	list := []authTypeItem{}
	for _, l := range a.locks[uin] {
		list = append(list, l.item())
	}
	a.mu.Unlock()
	slices.SortFunc(list, func(x, y authTypeItem) int {
		return cmp.Or(cmp.Compare(x.AuthType, y.AuthType), cmp.Compare(text(x.AuthSubType), text(y.AuthSubType)))
	})
	succeed(w, nil, nil, map[string]any{"authTypes": list})
}

// item shows a lock as the read does, with the seconds that remain.
func (l lock) item() authTypeItem {
	kind, sub, hasSub := strings.Cut(l.Code, "-")
	locked := l.inForce()
	item := authTypeItem{AuthType: kind, Locked: &locked}
	if hasSub {
		item.AuthSubType = &sub
	}
	if l.Locked && !locked {
		left := int64(time.Until(l.Until).Seconds())
		item.UnlockForSeconds = &left
	}
	return item
}

// uinOf resolves a VID; whatever is neither UIN nor VID is taken as it is.
func (a *authTypes) uinOf(id string) (string, error) {
	if !validVID(id) {
		return id, nil
	}
	one, err := a.vids.find(id)
	return one.UIN, err
}

func (a *authTypes) update(w http.ResponseWriter, r *http.Request) {
	var body authTypeUpdate
	err := error(invalidRequest)
	if json.NewDecoder(r.Body).Decode(&body) == nil {
		err = a.apply(r.Context(), body)
	}
	if err != nil {
		refuse(w, "mosip.id.create", idRepositoryVersion, asKernelError(err))
		return
	}
	status := "Success"
	succeedNull(w, nil, nil, identityAnswer{Status: &status})
}

// apply checks an update, stores it and tells IDA.
func (a *authTypes) apply(ctx context.Context, body authTypeUpdate) error {
	if err := checkIndividual(body); err != nil {
		return err
	}
	if len(body.Request) == 0 {
		return missing("request")
	}
	locks := make([]lock, 0, len(body.Request))
	for _, item := range body.Request {
		l, err := item.lock()
		if err != nil {
			return err
		}
		locks = append(locks, l)
	}
	uin, err := a.uinOf(*body.IndividualID)
	if err != nil {
		return err
	}
	end := a.journal.begin()
	defer end()
	if err := a.store(ctx, uin, locks); err != nil {
		return err
	}
	if kind := body.IndividualIDType; kind != nil && *kind != strings.ToUpper(*kind) {
		return unknownError // sic: stored, then the audit step fails on the spelling
	}
	if err := a.changed(ctx, uin, locks, body.Request); err != nil {
		return err
	}
	return a.journal.accept("identity", lockWrite(uin, body.Request, locks), end)
}

func checkIndividual(body authTypeUpdate) error {
	if body.IndividualID == nil || *body.IndividualID == "" {
		return missing("individualId")
	}
	if body.IndividualIDType == nil {
		return nil
	}
	switch strings.ToUpper(*body.IndividualIDType) {
	case "UIN":
		if !validUIN(*body.IndividualID) {
			return invalid("individualId")
		}
	case "VID":
		if !validVID(*body.IndividualID) {
			return invalid("individualId")
		}
	default:
		return invalid("idType")
	}
	return nil
}

// lock reads what an item asks for: a lock, an unlock, or an unlock for a while.
func (i authTypeItem) lock() (lock, error) {
	name := i.AuthType
	if i.AuthSubType != nil {
		name += "-" + *i.AuthSubType
	}
	if !slices.Contains(allowedAuthTypes, strings.ToLower(name)) {
		return lock{}, invalid("authTypes")
	}
	if i.Locked == nil {
		return lock{}, unknownError
	}
	if name == "otp" {
		name = "otp-null" // sic
	}
	l := lock{Code: name, Locked: *i.Locked}
	if !*i.Locked && i.UnlockForSeconds != nil && *i.UnlockForSeconds > 0 {
		l.Locked, l.Until = true, time.Now().UTC().Add(time.Duration(*i.UnlockForSeconds)*time.Second)
	}
	return l, nil
}

func (a *authTypes) store(ctx context.Context, uin string, locks []lock) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return mergeLocks(ctx, a.state, "lock", a.locks, uin, locks)
}

// mergeLocks lays newer locks over those of a UIN and saves the whole.
func mergeLocks(ctx context.Context, s *state, noun string, all map[string]map[string]lock, uin string, newer []lock) error {
	merged := map[string]lock{}
	for code, l := range all[uin] {
		merged[code] = l
	}
	for _, l := range newer {
		merged[l.Code] = l
	}
	if err := s.save(ctx, noun, uin, merged); err != nil {
		return err
	}
	all[uin] = merged
	return nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
