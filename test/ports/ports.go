// Package ports reserves ports for servers that tests start as processes.
package ports

import "testing"

// Reserve answers a port of 127.0.0.1 for one server to listen on, as often as it likes, until the test ends. Meanwhile
// nobody else is given it, neither another test nor an outgoing connection of any process.
func Reserve(t testing.TB) int {
	t.Helper()
	port, release, err := Hold()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return port
}
