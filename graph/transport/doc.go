// Package transport carries GraphQL over the wire for gqlgen's handler: HTTP (GraphQL-over-HTTP, September 2025 draft),
// SSE (graphql-sse, distinct connections mode) and WebSocket (graphql-transport-ws). It knows no schema.
//
// A request is read (params.go), handed to the executor and written (response.go); a stream is produced by one
// goroutine and written by another (operation.go). What refuses a request before the executor sees it is a refusal
// (errors.go). The text of a request never appears in an answer.
//
// Close codes of a socket:
//
//	1000  the client left
//	1001  this process is going away; connect again
//	1009  a message is longer than MaxMessage
//	4400  a message is not one of the protocol's, or binary
//	4401  subscribed before the connection was acknowledged, or the session behind the socket has ended
//	4403  the connection was refused, by its Origin (as HTTP 403) or by Init
//	4406  the client does not speak graphql-transport-ws
//	4408  no connection_init in time, or no sign of life after a ping
//	4409  the id of an operation is in use
//	4429  a second connection_init, or the caller has all the sockets one may have
//	4500  a fault of this process
//
// A process that has all the sockets it takes, or is going away, refuses the handshake with HTTP 503. The graphql-ws client connects again after 1001, 4403 and 4408 and gives up after the others.
package transport
