package oracle_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// net/http reads the proxy's variables once per process and never proxies localhost, so that a process of its own
// asks here, for a name that only the proxy can resolve.
const (
	askVariable = "ORACLE_TEST_ENDPOINT"
	proxiedHost = "example.com" // stands in the certificate of net/http/httptest
)

// askThroughProxy is the child process: it prints the answer of the endpoint in its environment.
func askThroughProxy(encoded string) {
	var endpoint oracle.Endpoint
	if err := json.Unmarshal([]byte(encoded), &endpoint); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := oracle.NewClient()
	defer client.Close()
	_ = json.NewEncoder(os.Stdout).Encode(ask(ctx, client, endpoint, login()))
}

func TestProxyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	const proxyLogin = "Basic ZWdyZXNzOnByb3h5LXNlY3JldA==" // egress:proxy-secret
	tests := map[string]struct {
		reply   string // of the proxy to CONNECT; empty: it connects
		noProxy string
		host    string
		want    oracle.Answer
		asked   int // CONNECT requests
		logins  int
	}{
		"it connects": {
			want: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}, asked: 1, logins: 1,
		},
		"it wants another login": {
			reply: "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
			want:  oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "Proxy Authentication Required"}, asked: 1,
		},
		"it does not reach the pod": {
			reply: "HTTP/1.1 502 Bad Gateway\r\n\r\n",
			want:  oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "Bad Gateway"}, asked: 1,
		},
		"it answers 401 itself": { // not Oracle's 401: nothing of the user has left
			reply: "HTTP/1.1 401 Unauthorized\r\n\r\n",
			want:  oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "Unauthorized"}, asked: 1,
		},
		"it answers with a page of its own": {
			reply: "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
			want:  oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "Forbidden"}, asked: 1,
		},
		"it is not for this host": {
			noProxy: "127.0.0.1", host: "127.0.0.1",
			want: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}, logins: 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startServer(t, body(200, "application/json", envelope))
			address := strings.TrimPrefix(p.endpoint.ServerURL, "https://")
			proxy := startProxy(t, address, test.reply)
			endpoint := p.endpoint
			endpoint.RetryAttempts = 0
			if test.host == "" {
				_, port, err := net.SplitHostPort(address)
				must(t, err)
				endpoint.ServerURL = "https://" + net.JoinHostPort(proxiedHost, port)
				endpoint.AllowedHosts = []string{proxiedHost}
			}
			wantAnswer(t, askInChild(t, endpoint, "HTTPS_PROXY=http://egress:proxy-secret@"+proxy.address, "NO_PROXY="+test.noProxy), test.want)
			if p.logins() != test.logins {
				t.Errorf("%d requests with the password reached the pod, want %d", p.logins(), test.logins)
			}
			want := make([]connect, test.asked)
			for i := range want {
				want[i] = connect{Target: strings.TrimPrefix(endpoint.ServerURL, "https://"), ProxyLogin: proxyLogin}
			}
			if diff := cmp.Diff(want, proxy.asked(), cmpEmpty); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// cmpEmpty makes no difference between no list and an empty one.
var cmpEmpty = cmp.Transformer("nonNil", func(list []connect) []connect {
	if list == nil {
		return []connect{}
	}
	return list
})

// askInChild runs this test binary as the process that asks.
func askInChild(t *testing.T, endpoint oracle.Endpoint, environment ...string) oracle.Answer {
	t.Helper()
	encoded, err := json.Marshal(endpoint)
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(environment, askVariable+"="+string(encoded))
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var answer oracle.Answer
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v in %q; %s", err, out, &stderr)
	}
	return answer
}

// connect is one CONNECT request as the proxy saw it.
type connect struct {
	Target     string
	ProxyLogin string
	Login      string // of the pod's user, which is none of the proxy's business
}

// proxy is an HTTP proxy that connects everything to one address, or answers every CONNECT with a reply.
type proxy struct {
	address string
	mu      sync.Mutex
	seen    []connect
}

func (p *proxy) asked() []connect {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func startProxy(t *testing.T, target, reply string) *proxy {
	t.Helper()
	p := &proxy{}
	p.address = listen(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		request, err := http.ReadRequest(in)
		if err != nil || request.Method != http.MethodConnect {
			return
		}
		p.mu.Lock()
		p.seen = append(p.seen, connect{
			Target: request.Host, ProxyLogin: request.Header.Get("Proxy-Authorization"), Login: request.Header.Get("Authorization"),
		})
		p.mu.Unlock()
		if reply != "" {
			_, _ = io.WriteString(conn, reply)
			return
		}
		var dialer net.Dialer
		pod, err := dialer.DialContext(t.Context(), "tcp", target)
		if err != nil {
			return
		}
		defer pod.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		back := make(chan struct{})
		go func() {
			defer close(back)
			_, _ = io.Copy(conn, pod)
			_ = conn.Close()
		}()
		_, _ = io.Copy(pod, in)
		_ = pod.Close()
		<-back
	})
	return p
}
