package oracle_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What happens to a request without an HTTP answer. A request that carried the password and may have arrived is
// never sent again; one that cannot have arrived is, unless TLS failed.
func TestConnections(t *testing.T) {
	t.Parallel()
	fault := func(f oraclesim.Fault) source { return simulated(f) }
	notSent := func(outcome oracle.Outcome, words string) oracle.Answer {
		return oracle.Answer{Outcome: outcome, Delivery: oracle.NotSent, Detail: words}
	}
	unanswered := func(outcome oracle.Outcome, words string) oracle.Answer {
		return oracle.Answer{Outcome: outcome, Delivery: oracle.Unanswered, Detail: words}
	}
	const again = 2 // the first attempt and the one more that the endpoint allows
	tests := map[string]struct {
		pod     source
		timeout time.Duration
		want    oracle.Answer // of the detail, some words
		logins  int
		dialled int // connections, where the pod counts them
	}{
		"a request that is never answered": {
			pod: fault(oraclesim.Fault{Kind: "hang"}), timeout: 2 * time.Second,
			want: unanswered(oracle.Timeout, "no answer in time"), logins: 1,
		},
		"a reset after the request": {
			pod: fault(oraclesim.Fault{Kind: "reset"}), want: unanswered(oracle.NoConnection, "reset"), logins: 1,
		},
		"a reply that got lost": {
			pod: fault(oraclesim.Fault{Kind: "lost_reply"}), want: unanswered(oracle.NoConnection, "reset"), logins: 1,
		},
		"a connection closed without a word": {
			pod: serving(hijacked("")), want: unanswered(oracle.NoConnection, "EOF"), logins: 1,
		},
		"a reply that is not HTTP": {
			pod: serving(hijacked("220 mail.example.com ESMTP\r\n")), want: unanswered(oracle.NoConnection, "malformed HTTP"), logins: 1,
		},
		"a header without an end": {
			pod: serving(hijacked("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<17))), want: unanswered(oracle.NoConnection, "header"), logins: 1,
		},
		"a reply in the middle of its header": {
			pod: serving(hijacked("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n")), want: unanswered(oracle.NoConnection, "EOF"), logins: 1,
		},
		"a client certificate asked for": {
			// In TLS 1.3 the client learns this after it has sent its request.
			pod: tlsServer(&tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAnyClientCert}), want: unanswered(oracle.NoConnection, anything),
		},

		"a port that nobody listens on": {pod: nobody, want: notSent(oracle.NoConnection, "refused")},
		"a connection dropped before TLS, once": {
			pod:  fault(oraclesim.Fault{Kind: "drop", Count: again - 1}),
			want: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}, logins: 1,
		},
		"a connection dropped before TLS, too often": {
			pod: fault(oraclesim.Fault{Kind: "drop", Count: again}), want: notSent(oracle.NoConnection, anything),
		},
		"a host that is not allowed": {
			pod: but(simulated(), func(e *oracle.Endpoint) { e.AllowedHosts = []string{"*.oraclecloud.com"} }), want: notSent(oracle.HostNotAllowed, "allowed_hosts"),
		},
		"no host allowed": {
			pod: but(simulated(), func(e *oracle.Endpoint) { e.AllowedHosts = nil }), want: notSent(oracle.HostNotAllowed, "allowed_hosts"),
		},

		"an unknown authority": {
			pod: but(simulated(), func(e *oracle.Endpoint) { e.CACert = "" }), want: notSent(oracle.TLSFailure, "authority"),
		},
		"a ca_cert that is none": {
			pod: but(simulated(), func(e *oracle.Endpoint) { e.CACert = "PEM" }), want: notSent(oracle.TLSFailure, "ca_cert"),
		},
		"a certificate for another host": {
			pod: but(serving(body(200, "application/json", envelope)), func(e *oracle.Endpoint) {
				e.ServerURL = strings.Replace(e.ServerURL, "127.0.0.1", "localhost", 1)
			}),
			want: notSent(oracle.TLSFailure, "localhost"),
		},
		"a certificate that has ended": {pod: tlsServer(expiredCertificate(t)), want: notSent(oracle.TLSFailure, "expired")},
		"TLS 1.1 at most": {
			pod: tlsServer(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), want: notSent(oracle.TLSFailure, "version"),
		},
		"TLS 1.1 chosen by a server that did not read what we offered": {
			pod: raw(serverHelloTLS11), want: notSent(oracle.TLSFailure, "version"), dialled: 1,
		},
		"a handshake that the server refuses": {
			pod: tlsServer(&tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				return nil, errors.New("no")
			}}),
			want: notSent(oracle.TLSFailure, "tls"),
		},
		"plain HTTP on the port": {pod: plainHTTP, want: notSent(oracle.TLSFailure, "HTTP response")},
		"SSH on the port":        {pod: raw("SSH-2.0-OpenSSH_9.9\r\n"), want: notSent(oracle.TLSFailure, "tls"), dialled: 1},
		"silence before TLS": {
			pod: raw(""), timeout: 2 * time.Second, want: notSent(oracle.Timeout, "no answer in time"), dialled: again,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := test.pod(t)
			if test.timeout != 0 {
				p.endpoint.Timeout = test.timeout
			}
			got := ask(within(t, patience), newClient(t), p.endpoint, login())
			wantAnswer(t, got, test.want)
			if p.logins() != test.logins {
				t.Errorf("%d requests with the password reached the pod, want %d", p.logins(), test.logins)
			}
			for i := range test.dialled {
				select {
				case <-p.accepted:
				case <-time.After(patience):
					t.Fatalf("%d connections, want %d", i, test.dialled)
				}
			}
			if len(p.accepted) > 0 {
				t.Errorf("more than %d connections", test.dialled)
			}
		})
	}
}

// A pod that accepts connections and is silent must not keep them: with 10,000 integrations behind a dead load
// balancer, the files of the process would run out.
func TestSilenceLeavesNoConnection(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	address := listen(t, func(conn net.Conn) {
		_, _ = io.Copy(io.Discard, conn)
		close(gone)
	})
	endpoint := endpointAt("https://"+address, "")
	endpoint.Timeout, endpoint.RetryAttempts = time.Second, 0
	if got := ask(within(t, patience), newClient(t), endpoint, login()); got.Delivery != oracle.NotSent {
		t.Fatalf("answer = %+v", got)
	}
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the connection is still open")
	}
}

// but is a pod whose endpoint is changed.
func but(from source, change func(*oracle.Endpoint)) source {
	return func(t *testing.T) pod {
		p := from(t)
		change(&p.endpoint)
		return p
	}
}

// nobody is a port that nobody listens on: one that was listened on before would soon be another test's.
func nobody(*testing.T) pod { return pod{endpoint: endpointAt("https://127.0.0.1:1", "")} }

// hijacked answers with bytes and closes.
func hijacked(reply string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, reply)
	}
}

// tlsServer answers with rows to whoever gets through its handshake.
func tlsServer(config *tls.Config) source {
	return func(t *testing.T) pod {
		return startServer(t, body(200, "application/json", envelope), func(s *httptest.Server) { s.TLS = config })
	}
}

// plainHTTP is a server that forgot TLS: what it reads, everybody on the way reads.
func plainHTTP(t *testing.T) pod {
	server := httptest.NewServer(body(200, "application/json", envelope))
	t.Cleanup(server.Close)
	return pod{endpoint: endpointAt(strings.Replace(server.URL, "http://", "https://", 1), "")}
}

// raw answers the first bytes of each connection with other bytes, without reading them, and waits for the
// client to go.
func raw(reply string) source {
	return func(t *testing.T) pod {
		accepted := make(chan struct{}, 100)
		address := listen(t, func(conn net.Conn) {
			accepted <- struct{}{}
			hello := bufio.NewReader(conn)
			if _, err := hello.ReadByte(); err != nil {
				return
			}
			_, _ = io.WriteString(conn, reply)
			_, _ = io.Copy(io.Discard, hello)
		})
		return pod{endpoint: endpointAt("https://"+address, ""), accepted: accepted}
	}
}

// listen serves TCP connections until the test ends, and waits until every one of them has ended.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	open := 0
	ended := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				break
			}
			open++
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			go func() {
				defer func() { ended <- struct{}{} }()
				defer conn.Close()
				defer stop()
				serve(conn)
			}()
		}
		for ; open > 0; open-- {
			<-ended
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		cancel()
		<-done
	})
	return listener.Addr().String()
}

// serverHelloTLS11 is a server's first message as one writes it that knows nothing newer (RFC 4346, 7.4.1.3).
var serverHelloTLS11 = "\x16\x03\x02\x00\x2a" + "\x02\x00\x00\x26" + "\x03\x02" + strings.Repeat("\x01", 32) +
	"\x00" + "\x00\x2f" + "\x00"

func expiredCertificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
