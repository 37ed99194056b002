package login_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

func TestAProofIsReadAgainAtEveryLogin(t *testing.T) {
	cases := map[string]struct {
		auth config.Auth
		path string
		role any
	}{
		"kubernetes":                {config.Auth{Method: config.MethodKubernetes, Role: "agent"}, "/v1/auth/kubernetes/login", "agent"},
		"jwt":                       {config.Auth{Method: config.MethodJWT, Mount: "oidc", Role: "agent"}, "/v1/auth/oidc/login", "agent"},
		"jwt with the default role": {config.Auth{Method: config.MethodJWT}, "/v1/auth/jwt/login", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVault()
				c.auth.JWTFile = file(t, "jwt-0\n")
				session, _ := open(t, v, c.auth)
				for n := range 3 {
					fill(t, c.auth.JWTFile, fmt.Sprintf("jwt-%d\n", n))
					if err := session.Login(t.Context()); err != nil {
						t.Fatal(err)
					}
					sent := v.last(t, "/login")
					if sent.path != c.path || sent.body["jwt"] != fmt.Sprintf("jwt-%d", n) || sent.body["role"] != c.role {
						t.Errorf("sent %s %s", sent.path, sent.raw)
					}
				}
			})
		})
	}
}

// identity writes a certificate of itself with its key, for a server at the addresses where there are any,
// and gives their paths.
func identity(t *testing.T, dir string, serial int64, addresses ...net.IP) (certificate, key string) {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "agent"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: addresses,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "agent.crt"), filepath.Join(dir, "agent.key")
	fill(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	fill(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return certificate, key
}

// authority writes the certificate of a test server.
func authority(t *testing.T, server *httptest.Server) string {
	t.Helper()
	return file(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
}

func TestACertificateIsReadAgainAtEveryLogin(t *testing.T) {
	var serials []int64
	var paths []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		serials = append(serials, r.TLS.PeerCertificates[0].SerialNumber.Int64())
		fmt.Fprint(w, `{"auth":{"client_token":"hvs.cert","renewable":false,"lease_duration":3600}}`)
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()

	dir := t.TempDir()
	certificate, key := identity(t, dir, 1)
	session, err := login.New(config.Vault{Address: server.URL, CACert: authority(t, server), Auth: config.Auth{
		Method: config.MethodCert, ClientCert: certificate, ClientKey: key, CertName: "agent",
	}}, (&journal{}).logger())
	if err != nil {
		t.Fatal(err)
	}
	for serial := range int64(3) {
		identity(t, dir, serial+1)
		if err := session.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(serials, []int64{1, 2, 3}) || !slices.Equal(paths, slices.Repeat([]string{"/v1/auth/cert/login"}, 3)) {
		t.Errorf("the server saw %v at %v", serials, paths)
	}
	fill(t, key, "no key")
	if err := session.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "put a certificate into "+certificate) {
		t.Errorf("a broken key: %v", err)
	}
}
