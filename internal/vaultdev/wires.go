package vaultdev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
)

// wires carry what the nodes of a cluster say to each other. Each node tells the others the address of its wire as
// its own. All come from the loopback address, so that only the kernel knows which node has opened a connection.
type wires struct {
	ctx context.Context //nolint:containedctx // of the wires, until close ends them
	end context.CancelFunc

	mu        sync.Mutex
	ends      []*wire
	connected map[*connection]bool
	off       *Server // the node that is cut off; nil: none
	closed    bool
	carriers  sync.WaitGroup
}

// wire leads to one node.
type wire struct {
	node     *Server
	target   string
	listener net.Listener
}

// connection is one that a wire carries.
type connection struct {
	from *Server // nil: not known
	to   *Server
	near net.Conn
	far  net.Conn
}

func newWires() *wires {
	w := &wires{connected: map[*connection]bool{}}
	w.ctx, w.end = context.WithCancel(context.Background())
	return w
}

// open lays a wire to a node, and gives the addresses at which the node listens: for its API, for the others, and the
// wire's, which leads there. The wire takes its port first, or it could be given one of the node's. A wire to a node that
// did not start stays, and nobody is told of it.
func (w *wires) open(ctx context.Context, node *Server) (api, cluster, advertised string, err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", "", fmt.Errorf("lay a wire: %w", err)
	}
	addresses, err := freeAddresses(ctx, 2)
	if err != nil {
		return "", "", "", errors.Join(err, listener.Close())
	}
	end := &wire{node: node, target: addresses[1], listener: listener}
	w.mu.Lock()
	w.ends = append(w.ends, end)
	w.mu.Unlock()
	w.carriers.Go(func() { w.accept(end) })
	return addresses[0], addresses[1], listener.Addr().String(), nil
}

func (w *wires) accept(end *wire) {
	for {
		near, err := end.listener.Accept()
		if err != nil {
			return
		}
		w.carriers.Go(func() { w.carry(end, near) })
	}
}

// carry passes on what comes in, in both directions, until one side or a cut ends it.
func (w *wires) carry(end *wire, near net.Conn) {
	defer near.Close() //nolint:errcheck // the other side knows already
	from := w.opener(near)
	var dialer net.Dialer
	far, err := dialer.DialContext(w.ctx, "tcp", end.target)
	if err != nil {
		return // as if the node were not there, and it is not
	}
	defer far.Close() //nolint:errcheck // the other side knows already
	c := &connection{from: from, to: end.node, near: near, far: far}
	if !w.admit(c) {
		return
	}
	defer w.forget(c)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far)
		_ = near.Close()
	})
	_, _ = io.Copy(far, near)
	_ = far.Close()
	back.Wait()
}

// opener is the node that opened a connection.
func (w *wires) opener(near net.Conn) *Server {
	w.mu.Lock()
	var nodes []*Server
	for _, end := range w.ends {
		nodes = append(nodes, end.node)
	}
	w.mu.Unlock()
	for _, node := range nodes {
		if p := node.current(); p != nil && holdsConnection(p.vault.Process.Pid, near) {
			return node
		}
	}
	return nil
}

// admit says whether a connection may be, and remembers it.
func (w *wires) admit(c *connection) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.severs(c) {
		return false
	}
	w.connected[c] = true
	return true
}

func (w *wires) forget(c *connection) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.connected, c)
}

// severs says whether the cut goes through a connection: one of its ends is cut off, and not the other. One of an
// unknown opener is: raft opens another.
func (w *wires) severs(c *connection) bool {
	return w.off != nil && (c.from == nil || (c.from == w.off) != (c.to == w.off))
}

func (w *wires) cut(node *Server) error {
	if runtime.GOOS != "linux" {
		return errors.New("cut a node off: which node opened a connection is only known on Linux")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off = node
	for c := range w.connected {
		if w.severs(c) {
			c.sever()
		}
	}
	return nil
}

func (w *wires) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off = nil
}

func (w *wires) isCut(node *Server) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.off == node
}

// close ends everything and waits for it.
func (w *wires) close() {
	w.end()
	w.mu.Lock()
	w.closed = true
	for _, end := range w.ends {
		_ = end.listener.Close()
	}
	for c := range w.connected {
		c.sever()
	}
	w.mu.Unlock()
	w.carriers.Wait()
}

// sever ends a connection; its carrier notices.
func (c *connection) sever() {
	_ = c.near.Close()
	_ = c.far.Close()
}
