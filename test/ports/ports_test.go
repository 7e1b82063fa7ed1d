package ports_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/resident-graph/resident-graph/test/ports"
)

func TestAReservedPortIsForOneServer(t *testing.T) {
	reserved := map[int]bool{}
	for range 500 {
		reserved[ports.Reserve(t)] = true
	}
	if len(reserved) != 500 {
		t.Errorf("500 reservations are of %d ports", len(reserved))
	}
	for port := range reserved {
		for range 2 { // a server may end and come again
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
		}
	}
	for range 500 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if reserved[l.Addr().(*net.TCPAddr).Port] {
			t.Errorf("port %d was given to another", l.Addr().(*net.TCPAddr).Port)
		}
	}
}
