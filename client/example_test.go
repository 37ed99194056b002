package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net/http"
	"sync"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/client"
	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// An application asks General Ledger for its ledgers while the password rotates three times. It notices nothing: each
// rotation costs one refused login, which the client answers by reading Vault again.
func Example() {
	pod, err := oraclesim.Start(oraclesim.Config{Users: []oraclesim.User{{Name: "API_USER", Password: "First-Password-1"}}})
	if err != nil {
		log.Fatal(err)
	}
	defer pod.Close()
	vault := &engine{pod: pod, password: "First-Password-1", version: 1}

	// With a real Vault: vault, err := api.NewClient(nil), and Vault: vault.Logical().
	oracle, err := client.New(client.Options{Vault: vault, Path: "oracle-financials/creds/gl-prod", Base: trusting(pod)})
	if err != nil {
		log.Fatal(err)
	}
	for rotation := range 4 {
		credential, err := oracle.Credential(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		response, err := oracle.HTTP().Get(credential.RESTAPIURL + "ledgersLOV?limit=1")
		if err != nil {
			log.Fatal(err)
		}
		_ = response.Body.Close()
		fmt.Println("after", rotation, "rotations:", response.Status)
		vault.rotate(fmt.Sprintf("Password-%d-Of-Many", rotation))
	}
	refused := 0
	for _, login := range pod.Pod().Logins("API_USER") {
		if !login.Accepted {
			refused++
		}
	}
	fmt.Println("refused logins:", refused)
	// Output:
	// after 0 rotations: 200 OK
	// after 1 rotations: 200 OK
	// after 2 rotations: 200 OK
	// after 3 rotations: 200 OK
	// refused logins: 3
}

// engine stands for Vault with the secrets engine: it serves a credential, and changes it in Oracle.
type engine struct {
	pod      *oraclesim.Server
	mu       sync.Mutex
	password string
	version  int
}

func (e *engine) rotate(password string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.pod.Pod().SetPassword("API_USER", password); err != nil {
		log.Fatal(err)
	}
	e.password, e.version = password, e.version+1
}

// ReadWithContext implements client.Vault.
func (e *engine) ReadWithContext(context.Context, string) (*api.Secret, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &api.Secret{Data: map[string]any{
		"server_url": e.pod.URL(), "rest_api_url": e.pod.URL() + "/fscmRestApi/resources/latest/",
		"username": "API_USER", "password": e.password, "timeout": 30, "retry_attempts": 3, "modules": []string{"GL"},
		"credential_version": e.version, "last_vault_rotation": fmt.Sprintf("2026-01-0%dT00:00:00Z", e.version),
	}}, nil
}

// trusting trusts the simulator's certificate; for a real pod Base is not needed.
func trusting(pod *oraclesim.Server) http.RoundTripper {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pod.CACertPEM())
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
}
