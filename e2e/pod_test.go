package e2e_test

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// user is the integration user of tests that need only one.
const user = "API_GL"

// startPod serves a pod of this test's own.
func startPod(t *testing.T, users ...oraclesim.User) *oraclesim.Server {
	t.Helper()
	pod, err := oraclesim.Start(oraclesim.Config{Users: users})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pod.Close)
	return pod
}

// fields are what an operator writes into an integration.
type fields map[string]any

// with adds or replaces fields.
func (f fields) with(more fields) fields {
	all := maps.Clone(f)
	maps.Copy(all, more)
	return all
}

// integration is a user of a pod as an operator writes it.
func integration(pod *oraclesim.Server, username, password string) fields {
	return fields{
		"server_url": pod.URL(), "ca_cert": string(pod.CACertPEM()), "username": username, "password": password,
	}
}

// refusals counts the logins that the pod refused a user, ever.
func refusals(pod *oraclesim.Server, username string) int {
	n := 0
	for _, login := range pod.Pod().Logins(username) {
		if !login.Accepted {
			n++
		}
	}
	return n
}

// logins counts the requests that the pod has authenticated for a user.
func logins(pod *oraclesim.Server, username string) int { return len(pod.Pod().Logins(username)) }

// inject arms a fault.
func inject(t *testing.T, pod *oraclesim.Server, fault oraclesim.Fault) {
	t.Helper()
	if err := pod.Pod().Inject(fault); err != nil {
		t.Fatal(err)
	}
}

// podClient speaks to a pod as somebody else than the engine does.
func podClient(t *testing.T, pod *oraclesim.Server) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pod.CACertPEM()) {
		t.Fatal("the pod's certificate cannot be read")
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
}

// setElsewhere gives a user another password, as an administrator does who tells nobody.
func setElsewhere(t *testing.T, pod *oraclesim.Server, username string) (password string) {
	t.Helper()
	password = newPassword()
	if err := pod.Pod().SetPassword(username, password); err != nil {
		t.Fatal(err)
	}
	return password
}
