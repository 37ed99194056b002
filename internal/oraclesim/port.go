package oraclesim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// headerTimeout bounds the time a client may take to send a request's header.
const headerTimeout = 30 * time.Second

// anyPort is the default of every address.
const anyPort = "127.0.0.1:0"

// port is a TLS port that can go down and come back.
type port struct {
	name     string // for errors
	identity identity
	door     door // what requests enter by; each opening has its own closing

	mu      sync.Mutex
	address string // stays the same while it is down
	closed  bool
	open    *service // nil while it is down
}

// hostPort is "localhost:PORT".
func (p *port) hostPort() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, number, err := net.SplitHostPort(p.address)
	if err != nil {
		return p.address
	}
	return net.JoinHostPort("localhost", number)
}

func (p *port) setDown(down bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return errors.New("the simulator is closed")
	case down && p.open != nil:
		p.open.close()
		p.open = nil
	case !down && p.open == nil:
		return p.listen()
	}
	return nil
}

func (p *port) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open == nil
}

// close is final.
func (p *port) close() {
	p.mu.Lock()
	p.closed = true
	open := p.open
	p.open = nil
	p.mu.Unlock()
	if open != nil {
		open.close()
	}
}

// listen opens the port. It needs the lock.
func (p *port) listen() error {
	listener, err := listenTCP(p.address)
	if err != nil {
		return fmt.Errorf("open the %s's port: %w", p.name, err)
	}
	p.address = listener.Addr().String() // at the first opening, to learn the free port
	secure := tls.NewListener(&droppingListener{Listener: listener, door: p.door}, p.identity.serverConfig())
	p.open = serve(secure, func(closing <-chan struct{}) http.Handler {
		entrance := p.door
		entrance.closing = closing
		return &entrance
	})
	return nil
}

func listenTCP(address string) (net.Listener, error) {
	if address == "" {
		address = anyPort
	}
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", address)
}

// droppingListener closes the connections that a FaultDrop takes.
type droppingListener struct {
	net.Listener
	door door
}

func (l *droppingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.door.pod.dropsConnection(l.door.domain) {
			return conn, err
		}
		_ = conn.Close()
	}
}

// service is one HTTP server on one listener, which can be ended without leaving anything behind.
type service struct {
	listener  net.Listener
	server    *http.Server
	cancel    context.CancelFunc
	accepting sync.WaitGroup // the accept loop
	connected sync.WaitGroup // every connection it started
}

func serve(listener net.Listener, handler func(closing <-chan struct{}) http.Handler) *service {
	closing, cancel := context.WithCancel(context.Background())
	s := &service{listener: listener, cancel: cancel}
	s.server = &http.Server{
		Handler:           handler(closing.Done()),
		BaseContext:       func(net.Listener) context.Context { return closing },
		ConnState:         s.count,
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          log.New(io.Discard, "", 0), // broken handshakes are part of the play
	}
	s.accepting.Go(func() { _ = s.server.Serve(listener) }) // ends with ErrServerClosed
	return s
}

// count follows connections rather than requests, because net/http reports a new one from the accept loop: the
// group cannot grow once that has ended.
func (s *service) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connected.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.connected.Done()
	case http.StateActive, http.StateIdle:
	}
}

// close breaks the connections before it lets go of what faults hold back, so that nothing gets an answer.
func (s *service) close() {
	_ = s.server.Close() // errors of closing connections that are being broken on purpose
	s.accepting.Wait()
	_ = s.server.Close() // again, for a connection that was accepted while the first one ran
	s.cancel()
	s.connected.Wait()
}
