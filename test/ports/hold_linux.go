package ports

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// Hold is Reserve for a program that is no test: the port is kept until release. A socket that is bound and does not
// listen keeps it: a server that sets SO_REUSEADDR, as those of Go, Node and Redis do, may listen beside it, and the
// kernel chooses the port for no other socket.
func Hold() (port int, release func(), err error) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("reserve a port: %w", err)
	}
	release = func() { _ = syscall.Close(socket) }
	bound, err := bind(socket)
	if err != nil {
		release()
		return 0, nil, fmt.Errorf("reserve a port: %w", err)
	}
	return bound.Port, release, nil
}

func bind(socket int) (*syscall.SockaddrInet4, error) {
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return nil, err
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: netip.MustParseAddr("127.0.0.1").As4()}); err != nil {
		return nil, err
	}
	address, err := syscall.Getsockname(socket)
	if err != nil {
		return nil, err
	}
	bound, ok := address.(*syscall.SockaddrInet4)
	if !ok {
		return nil, errors.New("bound to an address that is not of IPv4")
	}
	return bound, nil
}
