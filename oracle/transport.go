package oracle

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// dialTimeout bounds one TCP connection, so that a host that swallows packets leaves time for a retry.
	dialTimeout = 15 * time.Second
	// handshakeGrace is how long a connection outlives its request's deadline: enough for the request to end as
	// late rather than as broken.
	handshakeGrace = 2 * time.Second
	// maxTransports bounds the pools of trusted roots kept: one per different ca_cert in use.
	maxTransports = 64
	// maxSessions bounds the TLS sessions kept to be resumed, for each different ca_cert one per host's name.
	maxSessions = 256
	// maxHeader bounds an answer's header; Oracle's are under 4 KiB.
	maxHeader = 64 << 10
)

// errTooLate is returned instead of sending when the request's time is over. A process that was stopped
// and continued would otherwise send a login that nobody waits for and nobody counted.
var errTooLate = errors.New("the time of this request was over before it was sent")

// transports keeps one transport per set of roots.
type transports struct {
	mu     sync.Mutex
	byRoot map[string]*http.Transport
}

func (t *transports) forRoots(caCert string) (*http.Transport, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if transport, found := t.byRoot[caCert]; found {
		return transport, nil
	}
	roots, err := ParseCACert(caCert)
	if err != nil {
		return nil, err
	}
	if t.byRoot == nil || len(t.byRoot) >= maxTransports {
		t.byRoot = map[string]*http.Transport{}
	}
	transport := newTransport(roots)
	t.byRoot[caCert] = transport
	return transport, nil
}

func (t *transports) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, transport := range t.byRoot {
		transport.CloseIdleConnections()
	}
}

// newTransport speaks HTTP/1.1 on a new connection for every request. On a connection used before, the
// standard library sends a GET again by itself when the connection breaks before the first byte of the
// answer; with a password in it, that is a second login that nobody counted.
func newTransport(roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err //nolint:wrapcheck // the transport wraps it with the operation and the address
			}
			deadline, bounded := ctx.Value(deadlineKey{}).(time.Time)
			if bounded {
				// The transport waits for a handshake for ever, also when nobody wants its connection any more.
				_ = conn.SetDeadline(deadline.Add(handshakeGrace))
			}
			return &punctualConn{Conn: conn, deadline: deadline}, nil
		},
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, RootCAs: roots,
			// Each connection is new, and proves the pod anew only where it has not just done so: the keys of a session
			// stand for the certificate that was checked, as long as that is valid.
			ClientSessionCache: tls.NewLRUClientSessionCache(maxSessions),
		},
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// deadlineKey carries a request's deadline to the connection that is dialled for it; the transport takes
// the deadline itself off the context before it dials.
type deadlineKey struct{}

// punctualConn writes nothing once its request's time is over. It asks the clocks at each write, not a
// timer: a process that was stopped and continued finds its timers late.
type punctualConn struct {
	net.Conn
	deadline time.Time // zero: none
}

// Write implements net.Conn.
func (c *punctualConn) Write(data []byte) (int, error) {
	if !c.deadline.IsZero() && isOver(c.deadline, time.Now()) {
		return 0, errTooLate
	}
	return c.Conn.Write(data) //nolint:wrapcheck // a net.Conn returns the errors of the one it wraps
}

// isOver compares on the monotonic clock, which stands still while a machine sleeps, and on the wall
// clock, which people set: either is enough.
func isOver(deadline, now time.Time) bool {
	return !now.Before(deadline) || !now.Round(0).Before(deadline.Round(0))
}

// ParseCACert reads PEM certificates and returns the system's roots with them; none for an empty text.
func ParseCACert(text string) (*x509.CertPool, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no pool means the system's roots, as crypto/tls has it
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if holdsOtherThanCertificates([]byte(text)) {
		return nil, errors.New("ca_cert must hold certificates only: reads show it, so a private key does not belong there")
	}
	if !roots.AppendCertsFromPEM([]byte(text)) {
		return nil, errors.New("ca_cert must hold at least one PEM certificate (-----BEGIN CERTIFICATE-----)")
	}
	return roots, nil
}

func holdsOtherThanCertificates(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return true
		}
	}
	return false
}

// roundTrip sends the attempts of one request and knows how far the latest came.
type roundTrip struct {
	next   http.RoundTripper
	passed atomic.Bool
	status int // 0: no answer yet
}

// sent says whether the latest attempt got a connection, TLS included: from then on it may have arrived.
func (r *roundTrip) sent() bool { return r.passed.Load() }

// RoundTrip implements http.RoundTripper. It begins nothing once the request's time is over; what the connection writes
// is held to the same (punctualConn).
func (r *roundTrip) RoundTrip(request *http.Request) (*http.Response, error) {
	r.passed.Store(false)
	r.status = 0
	ctx := request.Context()
	deadline, bounded := ctx.Deadline()
	if err := ctx.Err(); err != nil || (bounded && isOver(deadline, time.Now())) {
		if request.Body != nil {
			_ = request.Body.Close() // as http.RoundTripper has it
		}
		return nil, cmp.Or(err, errTooLate)
	}
	if bounded {
		ctx = context.WithValue(ctx, deadlineKey{}, deadline)
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { r.passed.Store(true) },
	})
	response, err := r.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, err //nolint:wrapcheck // http.Client wraps it with the URL
	}
	r.status = response.StatusCode
	if _, err := response.Location(); err != nil {
		response.Header.Del("Location") // of one that it can't read, http.Client would make an error, and lose the answer
	}
	return response, nil
}
