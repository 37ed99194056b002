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

// anyPort is the default of both addresses.
const anyPort = "127.0.0.1:0"

// Config is what a simulator starts with. The zero value is a default pod without users on free ports.
type Config struct {
	// Listen is the pod's address; empty = a free port on 127.0.0.1.
	Listen string
	// Control is the control port's address, which must be on the loopback interface: the port sets passwords
	// and asks for none. Empty = a free port on 127.0.0.1.
	Control string
	// Now is the clock under the pod's own; nil = time.Now. AdvanceClock adds to it.
	Now func() time.Time
	// Switches decide what is not known about a real pod.
	Switches Switches
	// Users exist from the start.
	Users []User
}

// Server is a pod on a port, with its control port.
type Server struct {
	pod      *Pod
	identity identity
	address  string // of the pod; stays the same while it is down
	control  *service

	mu     sync.Mutex
	closed bool
	open   *service // nil while the pod is down
}

// Start makes a pod and serves it until Close.
func Start(c Config) (*Server, error) {
	pod, err := newPod(c.Now, c.Switches)
	if err != nil {
		return nil, fmt.Errorf("set the switches: %w", err)
	}
	for _, u := range c.Users {
		if err := pod.AddUser(u); err != nil {
			return nil, err
		}
	}
	id, err := newIdentity(time.Now())
	if err != nil {
		return nil, err
	}
	s := &Server{pod: pod, identity: id, address: c.Listen}
	pod.setDown = s.setDown
	if err := s.setDown(false); err != nil {
		return nil, err
	}
	if err := s.startControl(c.Control); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Pod is the state behind the port.
func (s *Server) Pod() *Pod { return s.pod }

// HostPort is "localhost:PORT".
func (s *Server) HostPort() string {
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		return s.address
	}
	return net.JoinHostPort("localhost", port)
}

// URL is "https://localhost:PORT", without a trailing slash.
func (s *Server) URL() string { return "https://" + s.HostPort() }

// ControlURL is the control port's address, without a trailing slash.
func (s *Server) ControlURL() string { return "http://" + s.control.listener.Addr().String() }

// CACertPEM is the certificate of the authority that signed the pod's, made anew by each Start.
func (s *Server) CACertPEM() []byte { return s.identity.caPEM }

// Close ends both ports, breaks open connections, and waits until no request is being served.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.open = nil
	s.mu.Unlock()
	if open != nil {
		open.close()
	}
	if s.control != nil {
		s.control.close()
	}
}

func (s *Server) setDown(down bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errors.New("the simulator is closed")
	case down && s.open != nil:
		s.open.close()
		s.open = nil
	case !down && s.open == nil:
		return s.listen()
	}
	return nil
}

func (s *Server) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open == nil
}

// listen opens the pod's port. It needs the lock.
func (s *Server) listen() error {
	listener, err := listenTCP(s.address)
	if err != nil {
		return fmt.Errorf("open the pod's port: %w", err)
	}
	if address := listener.Addr().String(); s.address != address { // at the first opening, to learn the free port
		s.address = address
	}
	secure := tls.NewListener(&droppingListener{Listener: listener, pod: s.pod}, s.identity.serverConfig())
	s.open = serve(secure, func(closing <-chan struct{}) http.Handler { return &door{pod: s.pod, closing: closing} })
	return nil
}

func (s *Server) startControl(address string) error {
	listener, err := listenTCP(address)
	if err != nil {
		return fmt.Errorf("open the control port: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = listener.Close()
		return fmt.Errorf("control address %q is not on the loopback interface: use 127.0.0.1", address)
	}
	s.control = serve(listener, func(<-chan struct{}) http.Handler { return newControl(s) })
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
	pod *Pod
}

func (l *droppingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.pod.dropsConnection() {
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
