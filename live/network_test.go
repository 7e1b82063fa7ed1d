package live_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

// dropping loses a share of the published messages, as if Redis had.
type dropping struct {
	share float64
	lost  *atomic.Int64
}

func (dropping) DialHook(next redis.DialHook) redis.DialHook { return next }

func (dropping) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (d dropping) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		kept := slices.DeleteFunc(slices.Clone(commands), func(c redis.Cmder) bool {
			return c.Name() == "publish" && rand.Float64() < d.share
		})
		d.lost.Add(int64(len(commands) - len(kept)))
		if len(kept) == 0 {
			return nil
		}
		return next(ctx, kept)
	}
}

// proxy forwards connections until it is muted: then those it has stay open and say nothing more.
type proxy struct {
	addr  string
	muted atomic.Pointer[chan struct{}]
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: listener.Addr().String()}
	p.speak()
	var mu sync.Mutex
	var open []net.Conn
	var running sync.WaitGroup
	running.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target)
			if err != nil {
				_ = in.Close()
				continue
			}
			mu.Lock()
			open = append(open, in, out)
			mu.Unlock()
			muted := *p.muted.Load()
			running.Go(func() { forward(in, out, muted) })
			running.Go(func() { forward(out, in, muted) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return p
}

func (p *proxy) speak() {
	c := make(chan struct{})
	p.muted.Store(&c)
}

// mute silences the present connections; new ones are forwarded.
func (p *proxy) mute() {
	old := *p.muted.Load()
	p.speak()
	close(old)
}

func forward(to io.Writer, from io.Reader, muted <-chan struct{}) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-muted: // swallowed
		default:
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}
