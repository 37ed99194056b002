package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// mount is one mount of the engine, asked with one token.
type mount struct {
	t      *testing.T
	client *api.Client
	path   string
	heard  *transcript // may be nil
}

// newMount mounts the engine under the test's name and lets it speak to pods on this machine.
func newMount(t *testing.T, server *vaultdev.Server, suffix string) mount {
	t.Helper()
	m := mount{t: t, client: server.Client(), path: strings.ToLower(strings.NewReplacer("/", "-", "Test", "").Replace(t.Name())) + suffix}
	if err := vaultdev.Mount(t.Context(), m.client, m.path, pluginName, firstVersion); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-server.Exited():
			return
		default:
		}
		// On the shared Vault its sweep would go on. The test's own context has ended by now.
		if err := m.client.Sys().UnmountWithContext(context.WithoutCancel(t.Context()), m.path); err != nil {
			t.Errorf("unmount %s: %v", m.path, err)
		}
	})
	m.write("config", fields{"allowed_hosts": "localhost"}).want(http.StatusNoContent)
	return m
}

// proved is a mount that holds the integration "gl", proved by the one login that its pod has seen.
func proved(t *testing.T, server *vaultdev.Server) (m mount, pod *oraclesim.Server, password string) {
	t.Helper()
	password = newPassword()
	pod = startPod(t, oraclesim.User{Name: user, Password: password})
	m = newMount(t, server, "")
	m.write("integrations/gl", integration(pod, user, password)).want(http.StatusOK)
	return m, pod, password
}

// answer is what Vault answered to one request.
type answer struct {
	t        *testing.T
	what     string
	status   int
	raw      []byte
	Data     map[string]any `json:"data"`
	Warnings []string       `json:"warnings"`
	Errors   []string       `json:"errors"`
}

func (m mount) read(path string) answer { return m.readWith(path, nil) }

func (m mount) readWith(path string, query map[string][]string) answer {
	return m.ask("read", path, func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.ReadWithDataWithContext(ctx, full, query)
		return err
	})
}

func (m mount) list(path string) answer {
	return m.ask("list", path, func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.ListWithContext(ctx, full)
		return err
	})
}

func (m mount) write(path string, data fields) answer {
	return m.ask("write", path, func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.WriteWithContext(ctx, full, data)
		return err
	})
}

func (m mount) patch(path string, data fields) answer {
	return m.ask("patch", path, func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.JSONMergePatch(ctx, full, data)
		return err
	})
}

func (m mount) delete(path string) answer {
	return m.ask("delete", path, func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.DeleteWithContext(ctx, full)
		return err
	})
}

// ask sends one request through the API client and returns what came over the wire: the client itself hides the status
// of a success and what a 404 says.
func (m mount) ask(verb, path string, send func(context.Context, *api.Logical, string) error) answer {
	m.t.Helper()
	got, err := m.try(m.t.Context(), verb, path, send)
	if err != nil {
		m.t.Errorf("%s: %v: %s", got.what, err, got.raw)
	}
	return got
}

// try does it without complaint: an error means no answer (its status is 0), or one that is not JSON.
func (m mount) try(ctx context.Context, verb, path string, send func(context.Context, *api.Logical, string) error) (answer, error) {
	got := answer{t: m.t, what: verb + " " + path}
	client := m.client.WithResponseCallbacks(func(response *api.Response) {
		got.status = response.StatusCode
		got.raw, _ = io.ReadAll(response.Body)
		response.Body = io.NopCloser(bytes.NewReader(got.raw))
	})
	err := send(ctx, client.Logical(), m.path+"/"+path)
	m.heard.add(path, got.status, got.raw)
	if got.status == 0 {
		return got, fmt.Errorf("no answer: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(got.raw))
	decoder.UseNumber()
	if err := decoder.Decode(&got); err != nil && len(got.raw) > 0 {
		return got, fmt.Errorf("the answer is not JSON: %w", err)
	}
	return got, nil
}

// want stops the test unless the answer has this status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.raw)
	}
	return a
}

// has complains about fields that differ from what is wanted; nil wants a field to be absent.
func (a answer) has(want fields) answer {
	a.t.Helper()
	for name, value := range want {
		got, found := a.Data[name]
		if value == nil && found || value != nil && fmt.Sprint(got) != fmt.Sprint(value) {
			a.t.Errorf("%s: %s is %v, want %v (message: %v)", a.what, name, got, value, a.Data["message"])
		}
	}
	return a
}

// says complains unless one of the errors or warnings contains the text.
func (a answer) says(text string) answer {
	a.t.Helper()
	if !slices.ContainsFunc(slices.Concat(a.Errors, a.Warnings), func(s string) bool { return strings.Contains(s, text) }) {
		a.t.Errorf("%s: want an error or a warning with %q, got %q %q", a.what, text, a.Errors, a.Warnings)
	}
	return a
}

// text is one field of the answer.
func (a answer) text(name string) string { return fmt.Sprint(a.Data[name]) }
