package web_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/crypto/bcrypt"

	"vault-plugin-secrets-oracle-financials/rotation/agent/web"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is one that answers.
type server struct {
	address string
	stop    func() error // ends it, and gives what Serve gave
	log     *lines
}

// serve listens and serves.
func serve(ctx context.Context, address, webConfig string, h http.Handler, log hclog.Logger) error {
	listener, err := web.Listen(ctx, address, webConfig)
	if err != nil {
		return err
	}
	return web.Serve(ctx, listener, webConfig, h, log)
}

var listening = regexp.MustCompile(`address=(\S+)`)

// start lets a server answer at a free address.
func start(t *testing.T, webConfig string, h http.Handler) server {
	t.Helper()
	log := &lines{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, "127.0.0.1:0", webConfig, h, hclog.New(&hclog.LoggerOptions{Output: log, Level: hclog.Debug}))
	}()
	s := server{log: log, stop: sync.OnceValue(func() error { cancel(); return <-ended })}
	t.Cleanup(func() { _ = s.stop() })
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if found := listening.FindStringSubmatch(log.String()); found != nil {
			s.address = found[1]
			return s
		}
	}
	t.Fatalf("it does not listen: %s", log)
	return s
}

// certificate makes a server's certificate for 127.0.0.1, and files with it and its key.
func certificate(t *testing.T) (folder string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "agent"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder, pool = t.TempDir(), x509.NewCertPool()
	write(t, folder, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})))
	write(t, folder, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}))
	return folder, pool
}

func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// get asks once, over a connection of its own.
func get(t *testing.T, pool *x509.CertPool, url, user, password string) (int, string, error) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

func TestWithoutAWebConfigFileItIsPlainHTTP(t *testing.T) {
	t.Parallel()
	s := start(t, "", handler(&agent{healthy: true}))
	if status, body, err := get(t, nil, "http://"+s.address+"/-/healthy", "", ""); err != nil || status != 200 || !strings.Contains(body, "ticks") {
		t.Errorf("got %d, %v: %s", status, err, body)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping it: %v", err)
	}
	if _, _, err := get(t, nil, "http://"+s.address+"/-/healthy", "", ""); err == nil {
		t.Error("it still answers after it was stopped")
	}
}

func TestAWebConfigFileAsksForTLSAndAUser(t *testing.T) {
	t.Parallel()
	folder, pool := certificate(t)
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	webConfig := write(t, folder, "web.yml", fmt.Sprintf(
		"tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\nbasic_auth_users:\n  prometheus: %s\n", hash))
	s := start(t, webConfig, handler(&agent{healthy: true}))
	for name, row := range map[string]struct {
		url, user, password string
		pool                *x509.CertPool
		status              int
	}{
		"the right password":                   {"https://", "prometheus", "right", pool, 200},
		"a wrong password":                     {"https://", "prometheus", "wrong", pool, 401},
		"another user":                         {"https://", "grafana", "right", pool, 401},
		"nobody":                               {"https://", "", "", pool, 401},
		"no TLS":                               {"http://", "prometheus", "right", pool, 400},
		"a client that does not know the CA":   {"https://", "prometheus", "right", x509.NewCertPool(), 0},
		"the right password, once more to see": {"https://", "prometheus", "right", pool, 200},
	} {
		for _, path := range []string{"/metrics", "/api/v1/report", "/-/healthy"} {
			if status, body, _ := get(t, row.pool, row.url+s.address+path, row.user, row.password); status != row.status {
				t.Errorf("%s, %s: got %d: %s", name, path, status, body)
			}
		}
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping it: %v", err)
	}
	if log := s.log.String(); strings.Contains(log, "right") || strings.Contains(log, string(hash)) {
		t.Errorf("a password is in the log: %s", log)
	}
}

func TestWhatIsBeingAnsweredIsAnsweredToItsEnd(t *testing.T) {
	t.Parallel()
	asked, goOn := make(chan struct{}), make(chan struct{})
	s := start(t, "", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-goOn
		fmt.Fprint(w, "the end")
	}))
	answered := make(chan string, 1)
	go func() {
		_, body, err := get(t, nil, "http://"+s.address+"/", "", "")
		answered <- fmt.Sprint(body, err)
	}()
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	for { // until nobody new is let in
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
		if err != nil {
			break
		}
		connection.Close()
	}
	close(goOn)
	if got := <-answered; got != "the end<nil>" {
		t.Errorf("got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopping it: %v", err)
	}
}

func TestAServerThatCannotBeStartedSaysWhy(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	folder, _ := certificate(t)
	for name, row := range map[string]struct{ listen, webConfig, says string }{
		"an address that is taken":         {taken.Addr().String(), "", "set listen to a free address"},
		"an address that is none":          {"nowhere", "", "listen for HTTP"},
		"a web config file that is not":    {"127.0.0.1:0", filepath.Join(folder, "none.yml"), "read the web config file"},
		"a web config file of other keys":  {"127.0.0.1:0", write(t, folder, "keys.yml", "tls: {}\n"), "read the web config file"},
		"a certificate that is not":        {"127.0.0.1:0", write(t, folder, "cert.yml", "tls_server_config: {cert_file: none.pem, key_file: key.pem}\n"), "read the web config file"},
		"a password that is not encrypted": {"127.0.0.1:0", write(t, folder, "user.yml", "basic_auth_users: {a: plain}\n"), "read the web config file"},
	} {
		t.Run(name, func(t *testing.T) {
			err := serve(t.Context(), row.listen, row.webConfig, http.NotFoundHandler(), hclog.NewNullLogger())
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want an error that says %q", err, row.says)
			}
		})
	}
}
