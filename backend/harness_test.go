package backend_test

import (
	"context"
	"errors"
	"testing"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/helper/testhelpers/schema"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	user     = "API_GL"
	password = "Correct-Horse-9"
)

// mount is one mount of the engine beside a simulated pod.
type mount struct {
	t       *testing.T
	sim     *oraclesim.Server
	backend logical.Backend
	storage logical.Storage
	config  *logical.BackendConfig
}

// newMount starts an engine and a pod with one user who may use everything.
func newMount(t *testing.T, users ...oraclesim.User) *mount {
	t.Helper()
	if len(users) == 0 {
		users = []oraclesim.User{{Name: user, Password: password}}
	}
	sim, err := oraclesim.Start(oraclesim.Config{Users: users})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	m := &mount{t: t, sim: sim, storage: &logical.InmemStorage{}}
	m.restart()
	m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost,127.0.0.1"})
	return m
}

// restart gives a new engine on the same storage, as after a process died. Its sweep does not run.
func (m *mount) restart() {
	m.t.Helper()
	m.config = logical.TestBackendConfig()
	m.config.StorageView = m.storage
	m.config.Logger = log.NewNullLogger()
	b, err := backend.New(backend.Options{Version: backend.Version{Name: "test", Version: "v1.2.3"}})(m.t.Context(), m.config)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { b.Cleanup(context.Background()) })
	m.backend = b
}

// do makes a request as Vault would: writes are asked about existence first, answers are held against the
// path's response schema.
func (m *mount) do(operation logical.Operation, path string, data map[string]any) (*logical.Response, error) {
	m.t.Helper()
	req := &logical.Request{Operation: operation, Path: path, Data: data, Storage: m.storage, MountPoint: "oracle-financials/"}
	if operation == logical.UpdateOperation {
		found, exists, err := m.backend.HandleExistenceCheck(m.t.Context(), req)
		if err != nil && !errors.Is(err, logical.ErrUnsupportedPath) {
			m.t.Fatalf("existence check of %s: %v", path, err)
		}
		if found && !exists {
			req.Operation = logical.CreateOperation
		}
	}
	answer, err := m.backend.HandleRequest(m.t.Context(), req)
	if err == nil && answer != nil && !answer.IsError() {
		m.validate(req, answer)
	}
	return answer, err
}

func (m *mount) validate(req *logical.Request, answer *logical.Response) {
	m.t.Helper()
	router, ok := m.backend.(interface {
		Route(path string) *framework.Path
	})
	if !ok {
		m.t.Fatal("the backend does not show its routes")
	}
	schema.ValidateResponse(m.t, schema.GetResponseSchema(m.t, router.Route(req.Path), req.Operation), answer, true)
}

// ok makes a request that must succeed, and gives its data.
func (m *mount) ok(operation logical.Operation, path string, data map[string]any) *logical.Response {
	m.t.Helper()
	answer, err := m.do(operation, path, data)
	if err != nil || answer.IsError() {
		m.t.Fatalf("%s %s: %v %v", operation, path, err, answer.Error())
	}
	if answer == nil {
		answer = &logical.Response{}
	}
	return answer
}

// refused makes a request that must be refused with a status and gives the sentence.
func (m *mount) refused(status int, operation logical.Operation, path string, data map[string]any) string {
	m.t.Helper()
	answer, err := m.do(operation, path, data)
	got, text := 200, ""
	var coded logical.HTTPCodedError
	switch {
	case errors.As(err, &coded):
		got, text = coded.Code(), coded.Error()
	case errors.Is(err, logical.ErrUnsupportedPath):
		got, text = 404, err.Error()
	case err != nil:
		got, text = 500, err.Error()
	case answer.IsError():
		got, text = 400, answer.Error().Error()
	}
	if got != status {
		m.t.Fatalf("%s %s: got %d %q, want %d", operation, path, got, text, status)
	}
	return text
}

// fields are those of an integration on the simulated pod.
func (m *mount) fields(more ...map[string]any) map[string]any {
	fields := map[string]any{
		"server_url": m.sim.URL(), "username": user, "password": password, "ca_cert": string(m.sim.CACertPEM()),
		"retry_attempts": 0,
	}
	for _, extra := range more {
		for name, value := range extra {
			fields[name] = value
		}
	}
	return fields
}

// write stores the integration gl.
func (m *mount) write(more ...map[string]any) *logical.Response {
	m.t.Helper()
	return m.ok(logical.UpdateOperation, "integrations/gl", m.fields(more...))
}

func (m *mount) read(path string) map[string]any {
	m.t.Helper()
	return m.ok(logical.ReadOperation, path, nil).Data
}

// stored is everything in the mount's storage, as text.
func (m *mount) stored() map[string]string {
	m.t.Helper()
	keys, err := logical.CollectKeys(m.t.Context(), m.storage)
	if err != nil {
		m.t.Fatal(err)
	}
	all := map[string]string{}
	for _, key := range keys {
		entry, err := m.storage.Get(m.t.Context(), key)
		if err != nil {
			m.t.Fatal(err)
		}
		all[key] = string(entry.Value)
	}
	return all
}
