package faults

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// What clients send: production takes nothing else.
const (
	generate = `mutation Generate($type: VidType!, $key: String!) {
  generateVid(input: {type: $type, idempotencyKey: $key}) { event { eventId status } vid { id masked } errors { code } } }`
	revoke = `mutation Revoke($vid: ID!, $key: String!) {
  revokeVid(input: {vidId: $vid, idempotencyKey: $key}) { event { eventId status } errors { code } } }`
	setLocks = `mutation Locks($changes: [AuthLockChange!]!, $key: String!) {
  setAuthLocks(input: {changes: $changes, idempotencyKey: $key}) { event { eventId status } errors { code } } }`
	askShare = `mutation Share($partner: ID!, $attributes: [AttributeChoice!]!, $key: String!) {
  shareCredential(input: {partnerId: $partner, attributes: $attributes, purpose: "A test.", idempotencyKey: $key,
    consent: {accepted: true, textVersion: "1"}}) { event { eventId status } share { id } errors { code } } }`
	withdraw = `mutation Withdraw($share: ID!, $key: String!) {
  withdrawShare(input: {shareId: $share, idempotencyKey: $key}) { share { id event { eventId status } } errors { code } } }`
	askVidCard = `mutation VidCard($vid: ID!, $key: String!) {
  requestVidCard(input: {vidId: $vid, idempotencyKey: $key}) { event { eventId status } errors { code } } }`
	makeCard = `mutation Card($attributes: [AttributeChoice!]!, $key: String!) {
  createPersonalizedCard(input: {attributes: $attributes, lang: "eng", idempotencyKey: $key}) { event { eventId status } errors { code } } }`
	receivers = `query Receivers { partners(type: AUTH_PARTNER) { nodes { id name } } }`
	screen    = `query Screen { viewer { vids(first: 50) { nodes { id type masked } } authLocks { type locked pending } } }`
	cursor    = `query Cursor { viewer { changeCursor } }`
	follow    = `subscription Follow($after: Cursor) { eventChanged(after: $after) { cursor event { eventId status statusDetail } } }`
)

func documentID(text string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))) }

// trusted answers a folder with the manifest of the test's client.
func trusted(t *testing.T) string {
	t.Helper()
	documents := map[string]string{}
	for _, text := range []string{generate, revoke, setLocks, askShare, withdraw, askVidCard, makeCard, receivers, screen,
		cursor, follow} {
		documents[documentID(text)] = text
	}
	manifest, err := json.Marshal(map[string]any{"client": "fault-tests", "version": "1", "documents": documents})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "faults.json"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
