package oraclesim

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

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
	// Domain serves an identity domain beside the pod.
	Domain bool
	// DomainListen is the domain's address; empty = a free port on 127.0.0.1.
	DomainListen string
	// Clients of the domain exist from the start.
	Clients []Client
}

// Server is a pod on a port, with its control port and, if there is one, its identity domain on a third.
type Server struct {
	pod      *Pod
	identity identity
	pods     *port
	domain   *port // nil without a domain
	control  *service
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
	for _, c := range c.Clients {
		if err := pod.AddClient(c); err != nil {
			return nil, err
		}
	}
	id, err := newIdentity(time.Now())
	if err != nil {
		return nil, err
	}
	s := &Server{pod: pod, identity: id}
	if err := s.open(c); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// open opens the ports that the configuration asks for.
func (s *Server) open(c Config) error {
	s.pods = &port{name: "pod", address: c.Listen, identity: s.identity, door: door{pod: s.pod, api: &podAPI{s.pod}}}
	s.pod.setDown = s.pods.setDown
	if err := s.pods.setDown(false); err != nil {
		return err
	}
	if c.Domain {
		s.domain = &port{
			name: "domain", address: c.DomainListen, identity: s.identity,
			door: door{pod: s.pod, api: &domainAPI{s.pod}, domain: true},
		}
		s.pod.setDomainDown = s.domain.setDown
		if err := s.domain.setDown(false); err != nil {
			return err
		}
	}
	return s.startControl(c.Control)
}

// Pod is the state behind the port.
func (s *Server) Pod() *Pod { return s.pod }

// HostPort is "localhost:PORT".
func (s *Server) HostPort() string { return s.pods.hostPort() }

// URL is "https://localhost:PORT", without a trailing slash.
func (s *Server) URL() string { return "https://" + s.HostPort() }

// DomainURL is the identity domain's address in the same form; empty without a domain.
func (s *Server) DomainURL() string {
	if s.domain == nil {
		return ""
	}
	return "https://" + s.domain.hostPort()
}

// ControlURL is the control port's address, without a trailing slash.
func (s *Server) ControlURL() string { return "http://" + s.control.listener.Addr().String() }

// CACertPEM is the certificate of the authority that signed the pod's and the domain's, made anew by each Start.
func (s *Server) CACertPEM() []byte { return s.identity.caPEM }

// Close ends all ports, breaks open connections, and waits until no request is being served.
func (s *Server) Close() {
	s.pods.close()
	if s.domain != nil {
		s.domain.close()
	}
	if s.control != nil {
		s.control.close()
	}
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
