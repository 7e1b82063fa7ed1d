// Package scenario tells what residents do and see, against the real server and the sandbox.
package scenario

import (
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const homeQuery = `query Home {
  viewer {
    profile { fullName { lang value } preferredLanguage email { masked } phone { masked } photo { url } lastLogin }
    vids(first: 10) { nodes { id masked type status expiresAt transactionsLeft isLoginVid } pageInfo { hasNextPage endCursor } }
    vidPolicies { type validForMinutes transactionsAllowed instancesAllowed autoRestore }
    authLocks { type locked pending unlockUntil }
    serviceHistory(first: 20) { nodes { id eventId requestType serviceType status summary createdAt pinned read partner { id name logoUrl } } pageInfo { hasNextPage endCursor } }
    unreadCount
    changeCursor
  }
}`

// resident answers a resident of the sandbox whose data are all there.
func resident(t *testing.T, s *harness.Server) harness.Resident {
	t.Helper()
	for _, r := range s.Residents(t) {
		if r.Status == "ACTIVATED" && r.Email != "" && r.Phone != "" && len(r.Vids) > 0 {
			return r
		}
	}
	t.Fatal("the sandbox has no resident with everything")
	return harness.Resident{}
}
