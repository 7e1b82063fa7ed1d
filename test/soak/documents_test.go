package soak

// What a front end asks, as trusted documents.
const (
	home = `query Home { viewer {
  profile { fullName { lang value } email { masked } phone { masked } photo { url } lastLogin }
  vids(first: 10) { nodes { id masked type status expiresAt transactionsLeft isLoginVid } }
  vidPolicies { type instancesAllowed }
  authLocks { type locked pending }
  serviceHistory(first: 20) { nodes { id eventId requestType status summary createdAt pinned read partner { id name } } pageInfo { hasNextPage endCursor } }
  unreadCount changeCursor } }`

	history = `query History($after: Cursor) { viewer { serviceHistory(first: 10, after: $after) {
  nodes { eventId status statusDetail pinned timeline { name label at } } pageInfo { hasNextPage endCursor } } } }`

	bell = `query Bell { viewer { changeCursor unreadCount notifications(first: 20) { nodes { eventId status summary } } } }`

	seen = `mutation Seen($upTo: Cursor!) { markNotificationsSeen(input: {upTo: $upTo}) { unreadCount errors { code } } }`

	locks = `mutation Locks($key: String!, $changes: [AuthLockChange!]!) {
  setAuthLocks(input: {idempotencyKey: $key, changes: $changes}) { event { eventId } errors { code } } }`

	generate = `mutation Generate($key: String!) {
  generateVid(input: {idempotencyKey: $key, type: ONE_TIME_USE}) { event { eventId } vid { id } errors { code } } }`

	revoke = `mutation Revoke($key: String!, $vid: ID!) {
  revokeVid(input: {idempotencyKey: $key, vidId: $vid}) { event { eventId } errors { code } } }`

	pin = `mutation Pin($event: EventID!, $pinned: Boolean!) {
  pinEvent(input: {eventId: $event, pinned: $pinned}) { event { pinned } errors { code } } }`

	signOut = `mutation SignOut { signOut(input: {}) { signOutUrl errors { code } } }`

	standing = `query Standing { viewer { authLocks { type locked pending } unreadCount } }`

	changes = `subscription Changes($after: Cursor) { eventChanged(after: $after) { cursor event { eventId status statusDetail } } }`
)
