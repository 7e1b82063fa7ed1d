package idor

// use is how one coordinate of the schema is tried: its field, with $handle where the handle goes and $key where a
// mutation needs a key of its own.
type use struct {
	field string
	// own is the field whose values work here for the resident whose they are, which proves that the handle was good; or,
	// where the field gives values for several lists, the path at which one is found.
	own string
	// spends says that using it changes something, so it comes last.
	spends bool
}

// uses has one entry for every place that takes an id, a cursor, an EID or a link.
var uses = map[string]use{
	"Query.node(id: Event)": {
		field: `node(id: $handle) { __typename id ... on Event { eventId requestType summary description createdAt } }`, own: "Event.id"},
	"Query.node(id: Partner)": {
		field: `node(id: $handle) { __typename id ... on Partner { name } }`, own: "Partner.id"},
	"Query.node(id: Resident)": {
		field: `node(id: $handle) { __typename id ... on Resident { changeCursor profile { fullName { value } email { masked } } vids { nodes { id } } } }`, own: "Resident.id"},
	"Query.node(id: Vid)": {
		field: `node(id: $handle) { __typename id ... on Vid { masked type status createdAt } }`, own: "Vid.id"},
	"Query.partners(after)": {
		field: `partners(type: AUTH_PARTNER, first: 2, after: $handle) { nodes { id name } pageInfo { endCursor } }`, own: "PartnerEdge.cursor"},
	"Resident.vids(after)": {
		field: `vids(first: 2, after: $handle) { edges { cursor node { id masked } } pageInfo { hasPreviousPage endCursor } }`, own: "VidEdge.cursor"},
	"Resident.serviceHistory(after)": {
		field: `serviceHistory(first: 2, after: $handle) { edges { cursor node { id eventId summary } } pageInfo { hasPreviousPage endCursor } }`, own: "EventEdge.cursor"},
	"Resident.serviceHistory(before)": {
		field: `serviceHistory(last: 2, before: $handle) { edges { cursor node { id eventId summary } } pageInfo { hasNextPage startCursor } }`, own: "EventEdge.cursor"},
	"Resident.accessLog(after)": {
		field: `accessLog(first: 1, after: $handle) { edges { cursor node { id eventId summary } } pageInfo { hasPreviousPage endCursor } }`, own: "viewer.accessLog.edges.cursor"},
	"Resident.accessLog(before)": {
		field: `accessLog(last: 2, before: $handle) { edges { cursor node { id eventId summary } } pageInfo { hasNextPage startCursor } }`, own: "viewer.accessLog.edges.cursor"},
	"Resident.grievances(after)": {
		field: `grievances(first: 2, after: $handle) { edges { cursor node { id ticketId message } } pageInfo { hasPreviousPage endCursor } }`, own: "viewer.grievances.edges.cursor"},
	"Query.node(id: Grievance)": {
		field: `node(id: $handle) { __typename id ... on Grievance { ticketId message status replies { message } event { eventId summary } } }`, own: "Grievance.id"},
	"Mutation.reportGrievance(input.eventId)": {
		field: `reportGrievance(input: {idempotencyKey: $key, eventId: $handle, message: "Not me."}) {
		  grievance { ticketId message event { id eventId summary } } errors { code message path } }`, own: "Event.eventId", spends: true},
	"Query.node(id: Share)": {
		field: `node(id: $handle) { __typename id ... on Share { purpose status attributes { name } event { id eventId } } }`, own: "Share.id"},
	"Resident.shares(partnerId)": {
		field: `shares(partnerId: $handle) { nodes { id purpose } pageInfo { endCursor } }`, own: "Partner.id"},
	"Resident.shares(after)": {
		field: `shares(first: 1, after: $handle) { edges { cursor node { id purpose } } pageInfo { hasPreviousPage endCursor } }`, own: "viewer.shares.edges.cursor"},
	"Mutation.shareCredential(input.partnerId)": {
		field: `shareCredential(input: {idempotencyKey: $key, partnerId: $handle, purpose: "None.", attributes: [{name: "fullName"}],
		  consent: {accepted: true, textVersion: "1"}}) { event { id eventId } share { id } errors { code message path } }`, own: "partners.edges.node.id", spends: true},
	"Mutation.orderPhysicalCard(input.partnerId)": {
		field: `orderPhysicalCard(input: {idempotencyKey: $key, partnerId: $handle, returnPath: "/cards"}) {
		  event { id eventId } paymentUrl errors { code message path } }`, own: "printers.partners.nodes.id", spends: true},
	"Mutation.withdrawShare(input.shareId)": {
		field: `withdrawShare(input: {idempotencyKey: $key, shareId: $handle}) { share { id purpose status } errors { code message path } }`, own: "Share.id", spends: true},
	"Resident.notifications(after)": {
		field: `notifications(first: 2, after: $handle) { edges { cursor node { id eventId summary } } pageInfo { hasPreviousPage endCursor } }`, own: "viewer.notifications.edges.cursor"},
	"Resident.event(eventId)": {
		field: `event(eventId: $handle) { id eventId requestType summary description createdAt authLocks { type locked } }`, own: "Event.eventId"},
	"Mutation.revokeVid(input.vidId)": {
		field: `revokeVid(input: {idempotencyKey: $key, vidId: $handle}) {
		  event { id eventId } vid { id masked status } restoredVid { id } errors { code message path retryAfterSeconds upstreamCode } }`, own: "Vid.id", spends: true},
	"Mutation.revealVid(input.vidId)": {
		field: `revealVid(input: {vidId: $handle}) { value hideAt errors { code message path retryAfterSeconds upstreamCode } }`, own: "Vid.id"},
	"Mutation.requestVidCard(input.vidId)": { // before the VID is revoked, so not among what spends
		field: `requestVidCard(input: {idempotencyKey: $key, vidId: $handle}) {
		  event { id eventId } card { state failure } errors { code message path retryAfterSeconds upstreamCode } }`, own: "Vid.id"},
	"Mutation.pinEvent(input.eventId)": {
		field: `pinEvent(input: {eventId: $handle, pinned: true}) { event { id eventId summary pinned } errors { code message path } }`, own: "Event.eventId", spends: true},
	"Mutation.markEventRead(input.eventId)": {
		field: `markEventRead(input: {eventId: $handle}) { event { id eventId summary read } errors { code message path } }`, own: "Event.eventId", spends: true},
	"Mutation.markNotificationsSeen(input.upTo)": {
		field: `markNotificationsSeen(input: {upTo: $handle}) { unreadCount errors { code message path } }`, own: "Resident.changeCursor", spends: true},
	"Subscription.eventChanged(eventId)": {
		field: `eventChanged(eventId: $handle) { cursor event { id eventId summary } viewer { id changeCursor } }`, own: "Event.eventId"},
	"Subscription.eventChanged(after)": {
		field: `eventChanged(after: $handle) { cursor event { id eventId summary } viewer { id changeCursor } }`, own: "Resident.changeCursor"},
}

// keyed is how an idempotency key is tried: each mutation with the variable $key and an input that is the same for
// everybody.
var keyed = map[string]string{
	"Mutation.generateVid(input.idempotencyKey)":    `generateVid(input: {idempotencyKey: $key, type: TEMPORARY}) { event { eventId } vid { id } errors { code } }`,
	"Mutation.revokeVid(input.idempotencyKey)":      `revokeVid(input: {idempotencyKey: $key, vidId: $handle}) { event { eventId } vid { id } errors { code } }`,
	"Mutation.requestVidCard(input.idempotencyKey)": `requestVidCard(input: {idempotencyKey: $key, vidId: $handle}) { event { eventId } errors { code } }`,
	"Mutation.fetchUinCard(input.idempotencyKey)":   `fetchUinCard(input: {idempotencyKey: $key}) { event { eventId } errors { code } }`,
	"Mutation.setAuthLocks(input.idempotencyKey)": `setAuthLocks(input: {idempotencyKey: $key, changes: [{type: BIO_FACE, locked: true}]}) {
	  event { eventId } authLocks { type } errors { code } }`,
	"Mutation.shareCredential(input.idempotencyKey)": `shareCredential(input: {idempotencyKey: $key, partnerId: $partner, purpose: "None.",
	  attributes: [{name: "fullName"}], consent: {accepted: true, textVersion: "1"}}) { event { eventId } errors { code } }`,
	"Mutation.orderPhysicalCard(input.idempotencyKey)": `orderPhysicalCard(input: {idempotencyKey: $key, partnerId: $printer, returnPath: "/cards"}) {
	  event { eventId } errors { code } }`,
	"Mutation.withdrawShare(input.idempotencyKey)": `withdrawShare(input: {idempotencyKey: $key, shareId: $share}) { share { event { eventId } } errors { code } }`,
	"Mutation.createPersonalizedCard(input.idempotencyKey)": `createPersonalizedCard(input: {idempotencyKey: $key, lang: "eng",
	  attributes: [{name: "fullName"}, {name: "gender"}, {name: "phone"}]}) { event { eventId } errors { code } }`,
	"Mutation.reportGrievance(input.idempotencyKey)": `reportGrievance(input: {idempotencyKey: $key, eventId: $event, message: "Not me."}) {
	  grievance { ticketId event { eventId } } errors { code } }`,
}

// closed are the places that no resident may use at all, with a document that would.
var closed = map[string]string{
	"Query.grievances(after)": `query { grievances(after: "none") { nodes { ticketId message } } }`,
	"Mutation.answerGrievance(input.idempotencyKey)": `mutation { answerGrievance(input: {
	  idempotencyKey: "no-operator", ticketId: "00000000-0000-0000-0000-000000000000", message: "None."}) { grievance { message } errors { code } } }`,
}

// closedTypes are those that only such places answer.
var closedTypes = []string{"GrievanceCase", "GrievanceCaseEdge"}

// reaches are the ways from a root to a type with fields that take a handle; %s is the field. $me is the caller's own id.
var reaches = map[string][]string{
	"Query":        {`query (%s) { %s }`},
	"Mutation":     {`mutation (%s) { %s }`},
	"Subscription": {`subscription (%s) { %s }`},
	"Resident": {
		`query (%s) { viewer { %s } }`,
		`query (%s, $me: ID!) { node(id: $me) { ... on Resident { %s } } }`,
	},
}

// routesAlike serve everybody the same, for what they serve names nothing of a resident.
var routesAlike = []string{"GET /files/logo/{partner}"}

// returnRoutes are those on which a resident comes back from elsewhere; see orders_test.go.
var returnRoutes = []string{"GET /orders/return/{state}"}

// fileRoutes are the paths below which something of a resident is served, with the path at which a link is given.
var fileRoutes = map[string]string{
	"GET /files/photo/{link}": "viewer.profile.photo.url",
	"GET /files/{link}":       "viewer.serviceHistory.nodes.acknowledgement.url",
}
