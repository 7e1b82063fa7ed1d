package scenario

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const generateMutation = `mutation Generate($type: VidType!, $key: String!) {
  generateVid(input: {type: $type, idempotencyKey: $key}) {
    event { eventId status requestType summary createdAt updatedAt } vid { id masked type expiresAt } errors { code message path upstreamCode } } }`

const revokeMutation = `mutation Revoke($id: ID!, $key: String!) {
  revokeVid(input: {vidId: $id, idempotencyKey: $key}) {
    event { eventId status createdAt updatedAt } vid { id status } restoredVid { id } errors { code message path } } }`

const vidsQuery = `{ viewer { vids(first: 100) { nodes { id type isLoginVid canRevoke { allowed reason } } } } }`

func generate(c *harness.Client, vidType, key string) map[string]any {
	return harness.At(c.Must(generateMutation, map[string]any{"type": vidType, "key": key}), "generateVid").(map[string]any)
}

func code(payload map[string]any) any { return harness.At(payload, "errors", 0, "code") }

func TestAResidentGeneratesAndRevokesAVid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	made := generate(c, "TEMPORARY", "form-0001")
	if harness.At(made, "event", "status") != "SUCCESS" || harness.At(made, "vid", "type") != "TEMPORARY" || code(made) != nil {
		t.Fatalf("generated: %v", made)
	}
	again := generate(c, "TEMPORARY", "form-0001")
	if !reflect.DeepEqual(again, made) {
		t.Errorf("the same key answers %v, at first %v", again, made)
	}
	other := generate(c, "ONE_TIME_USE", "form-0001")
	if code(other) != "IDEMPOTENCY_MISMATCH" || other["event"] != nil {
		t.Errorf("the same key with another input: %v", other)
	}
	id := harness.At(made, "vid", "id")
	gone := harness.At(c.Must(revokeMutation, map[string]any{"id": id, "key": "form-0002"}), "revokeVid")
	if harness.At(gone, "vid", "status") != "REVOKED" || harness.At(gone, "event", "status") != "SUCCESS" {
		t.Errorf("revoked: %v", gone)
	}
	repeat := harness.At(c.Must(revokeMutation, map[string]any{"id": id, "key": "form-0002"}), "revokeVid")
	if !reflect.DeepEqual(repeat, gone) {
		t.Errorf("the same key answers %v, at first %v", repeat, gone)
	}
	late := harness.At(c.Must(revokeMutation, map[string]any{"id": id, "key": "form-0003"}), "revokeVid").(map[string]any)
	if code(late) != "NOT_FOUND" || late["event"] != nil {
		t.Errorf("revoking what is gone: %v", late)
	}
}

func TestVidsOfATypeAreListedAndNoTypeMeansAll(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	of := func(types any) []any {
		query := `query ($types: [VidType!]) { viewer { vids(first: 100, types: $types) { nodes { type } } } }`
		return harness.At(c.Must(query, map[string]any{"types": types}), "viewer", "vids", "nodes").([]any)
	}
	if all, none := of(nil), of([]any{}); len(all) != len(r.Vids) || len(none) != len(r.Vids) {
		t.Errorf("without types %d, of an empty list of types %d; there are %d", len(all), len(none), len(r.Vids))
	}
	perpetual := of([]any{"PERPETUAL"})
	if len(perpetual) != 1 || harness.At(perpetual, 0, "type") != "PERPETUAL" {
		t.Errorf("of one type: %v", perpetual)
	}
}

func TestADoubleClickMakesOneVid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	before := len(harness.At(c.Must(vidsQuery, nil), "viewer", "vids", "nodes").([]any))
	s.Faults(t, map[string]any{"vid": map[string]any{"latencyMs": 200}})
	var wg sync.WaitGroup
	events := make([]any, 20)
	for i := range events {
		wg.Go(func() { events[i] = harness.At(generate(c, "TEMPORARY", "double-click"), "event", "eventId") })
	}
	wg.Wait()
	for _, e := range events {
		if e == nil || e != events[0] {
			t.Fatalf("twenty clicks made more than one event: %v", events)
		}
	}
	if after := len(harness.At(c.Must(vidsQuery, nil), "viewer", "vids", "nodes").([]any)); after != before+1 {
		t.Errorf("%d VIDs after, %d before", after, before)
	}
}

func TestAResidentIsToldWhenNoMoreVidsAreAllowed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	for i := range 10 {
		made := generate(c, "TEMPORARY", fmt.Sprintf("quota-%04d", i))
		if code(made) == nil {
			continue
		}
		if code(made) != "QUOTA_REACHED" || harness.At(made, "errors", 0, "upstreamCode") != "IDR-VID-003" || harness.At(made, "event", "status") != "FAILED" {
			t.Errorf("at the quota: %v", made)
		}
		again := generate(c, "TEMPORARY", fmt.Sprintf("quota-%04d", i))
		if code(again) != "QUOTA_REACHED" || harness.At(again, "event", "eventId") != harness.At(made, "event", "eventId") {
			t.Errorf("the refusal again: %v", again)
		}
		return
	}
	t.Error("ten temporary VIDs and no refusal")
}

func TestTheVidOfTheSignInStays(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, perpetual(t, r))
	for _, v := range harness.At(c.Must(vidsQuery, nil), "viewer", "vids", "nodes").([]any) {
		if harness.At(v, "isLoginVid") != true {
			continue
		}
		if harness.At(v, "canRevoke", "allowed") != false || harness.At(v, "canRevoke", "reason") != "LOGIN_VID" {
			t.Errorf("canRevoke of the login VID: %v", v)
		}
		refused := harness.At(c.Must(revokeMutation, map[string]any{"id": harness.At(v, "id"), "key": "login-vid-1"}), "revokeVid").(map[string]any)
		if code(refused) != "LOGIN_VID" || refused["event"] != nil {
			t.Errorf("revoking the login VID: %v", refused)
		}
		replaced := generate(c, "PERPETUAL", "login-vid-2")
		if code(replaced) != "LOGIN_VID" || replaced["event"] != nil {
			t.Errorf("replacing the login VID: %v", replaced)
		}
		return
	}
	t.Error("no VID is the login VID")
}

func perpetual(t *testing.T, r harness.Resident) string {
	t.Helper()
	for _, v := range r.Vids {
		if v.Type == "PERPETUAL" {
			return v.VID
		}
	}
	t.Fatal("the resident has no perpetual VID")
	return ""
}
