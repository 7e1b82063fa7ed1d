//go:build !linux

package ports

import (
	"fmt"
	"net"
)

// Hold answers a port that nothing listens on now. Only Linux lets a server listen beside the socket that would keep it.
func Hold() (port int, release func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, nil, fmt.Errorf("reserve a port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, func() {}, nil
}
