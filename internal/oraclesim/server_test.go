package oraclesim_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestCertificate(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(sim.CACertPEM())
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		conn, err := tls.Dial("tcp", sim.HostPort(), &tls.Config{RootCAs: pool, ServerName: name})
		if err != nil {
			t.Errorf("name %s: %v", name, err)
			continue
		}
		conn.Close()
	}
	for name, config := range map[string]*tls.Config{
		"another name":    {RootCAs: pool, ServerName: "example.com"},
		"the system's CA": {ServerName: "localhost"},
		"TLS 1.1":         {RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
	} {
		if conn, err := tls.Dial("tcp", sim.HostPort(), config); err == nil {
			conn.Close()
			t.Errorf("%s: the handshake succeeded", name)
		}
	}
}

func TestTwoPodsHaveTwoAuthorities(t *testing.T) {
	t.Parallel()
	one, other := start(t, oraclesim.Config{}), start(t, oraclesim.Config{})
	if _, err := get(ledgers).send(t, newClient(t, one, false), other.URL()); err == nil {
		t.Error("one pod's authority is good for another pod")
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	host, port, err := net.SplitHostPort(sim.HostPort())
	if err != nil || host != "localhost" || port == "0" {
		t.Errorf("HostPort = %q", sim.HostPort())
	}
	if sim.URL() != "https://"+sim.HostPort() {
		t.Errorf("URL = %q", sim.URL())
	}
	if !strings.HasPrefix(sim.ControlURL(), "http://127.0.0.1:") {
		t.Errorf("ControlURL = %q", sim.ControlURL())
	}
}

func TestDownAndUp(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	url := sim.URL()
	client := newClient(t, sim, true) // its open connection must break, too
	if _, err := get(ledgers).send(t, client, url); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		must(t, sim.Pod().SetDown(true))
		if _, err := get(ledgers).send(t, client, url); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("error = %v, want connection refused", err)
		}
	}
	for range 2 {
		must(t, sim.Pod().SetDown(false))
		if _, err := get(ledgers).send(t, client, url); err != nil || sim.URL() != url {
			t.Fatalf("after coming back on %s: %v", sim.URL(), err)
		}
	}
	if got := len(sim.Pod().Logins(user)); got != 3 {
		t.Errorf("%d logins, want 3: what a pod knows survives", got)
	}
}

func TestCloseIsFinal(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	sim.Close()
	sim.Close() // as a test's clean-up may
	if _, err := get(ledgers).send(t, newClient(t, sim, false), sim.URL()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error = %v, want connection refused", err)
	}
	if err := sim.Pod().SetDown(false); err == nil {
		t.Error("a closed simulator came up again")
	}
}

func TestStartRefusesBadConfig(t *testing.T) {
	t.Parallel()
	taken := start(t, oraclesim.Config{})
	tests := map[string]struct {
		config oraclesim.Config
		want   string
	}{
		"switches":     {oraclesim.Config{Switches: oraclesim.Switches{PageLimit: -1}}, "set the switches: "},
		"user":         {oraclesim.Config{Users: []oraclesim.User{{Name: "X"}}}, `user "X" needs a password`},
		"same user":    {oraclesim.Config{Users: []oraclesim.User{{Name: "X", Password: "x"}, {Name: "x", Password: "x"}}}, `user "x" exists already`},
		"taken port":   {oraclesim.Config{Listen: strings.Replace(taken.HostPort(), "localhost", "127.0.0.1", 1)}, "open the pod's port: "},
		"open control": {oraclesim.Config{Control: "0.0.0.0:0"}, `control address "0.0.0.0:0" is not on the loopback interface: use 127.0.0.1`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, err := oraclesim.Start(test.config)
			if err == nil {
				sim.Close()
			}
			if !strings.HasPrefix(fmt.Sprint(err), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}

func TestPodSpeaksHTTP1Only(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	client := newClient(t, sim, false)
	client.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, sim.URL(), nil)
	must(t, err)
	response, err := client.Do(request)
	must(t, err)
	defer response.Body.Close()
	if response.ProtoMajor != 1 {
		t.Errorf("protocol = %s", response.Proto)
	}
}
