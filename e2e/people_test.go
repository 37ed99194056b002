package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/vault/api"
)

// The Vault policies that operators install, for people and programs.
const (
	applicationPolicy = "application"
	agentPolicy       = "agent"
	operatorPolicy    = "operator"
	adminPolicy       = "administrator"
)

// shipped is a policy of deploy/policies as it is, but for the names of this mount and integration.
func (m mount) shipped(policy string) string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "deploy", "policies", policy+".hcl"))
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.NewReplacer("oracle-financials/", m.path+"/", "/gl-prod", "/gl").Replace(string(text))
}

// person is the mount as somebody with only this policy sees it.
func (m mount) person(policy string) mount {
	m.t.Helper()
	ctx, sys := m.t.Context(), m.client.Sys()
	name := m.path + "-" + policy
	if err := sys.PutPolicyWithContext(ctx, name, m.shipped(policy)); err != nil {
		m.t.Fatal(err)
	}
	token, err := m.client.Auth().Token().CreateWithContext(ctx, &api.TokenCreateRequest{Policies: []string{name}, NoDefaultPolicy: true})
	if err != nil {
		m.t.Fatal(err)
	}
	return m.holding(token.Auth.ClientToken)
}

// holding is the same mount, asked with another token.
func (m mount) holding(token string) mount {
	m.t.Helper()
	client, err := m.client.CloneWithHeaders()
	if err != nil {
		m.t.Fatal(err)
	}
	client.SetToken(token)
	m.client = client
	return m
}

func TestLeastPrivilegeForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	m, pod, password := proved(t, sharedVault(t))
	m.passwordPolicy("abcdefghij", 20)
	application := m.person(applicationPolicy)
	agent := m.person(agentPolicy)
	operator := m.person(operatorPolicy)
	administrator := m.person(adminPolicy)
	const ok, no, denied = http.StatusOK, http.StatusNoContent, http.StatusForbidden
	for who, test := range map[string]struct {
		by   mount
		want map[string]int
	}{
		"application": {application, map[string]int{
			"read creds/gl": ok, "read connector/gl": ok, "read integrations/gl": denied, "read status/gl": denied,
			"write integrations/gl": denied, "create": denied, "patch": denied, "delete": denied, "check": denied, "force": denied,
			"sweep": denied, "read config": denied, "write policies/p": denied, "release": denied, "read history/gl": denied,
			"read directories/d": denied, "write directories/d": denied, "rotate": denied, "use_current": denied,
			"rotate directory": denied, "reconcile directory": denied,
		}},
		"agent": {agent, map[string]int{
			"read creds/gl": denied, "read connector/gl": denied, "read integrations/gl": denied, "read status/gl": ok,
			"read history/gl": ok, "list status": ok, "read report": ok, "sweep": ok, "dry run": ok, "check": ok, "force": denied, "no force": denied,
			"write integrations/gl": denied, "create": denied, "patch": denied, "delete": denied, "write policies/p": denied, "write config": denied, "release": denied, "write directories/d": denied,
			"rotate": denied, "use_current": denied, "rotate directory": denied, "reconcile directory": denied,
		}},
		"operator": {operator, map[string]int{
			"read creds/gl": denied, "read connector/gl": denied, "read integrations/gl": ok, "read status/gl": ok,
			"write integrations/gl": ok, "create": http.StatusBadRequest, "patch": ok, "check": ok, "force": ok,
			"write policies/p": no, "write config": denied, "read config": ok, "sweep": ok, "release": ok, "read history/gl": ok,
			"read directories/d": http.StatusNotFound, "write directories/d": denied, "delete directories/d": denied,
			"rotate": http.StatusBadRequest, "use_current": ok, "rotate directory": denied, "reconcile directory": denied,
			"name a password policy": no, "write a password policy": denied, "draw a password": denied,
		}},
		"administrator": {administrator, map[string]int{
			"read creds/gl": denied, "read connector/gl": denied, "read integrations/gl": denied, "read status/gl": ok,
			"write integrations/gl": denied, "create": denied, "patch": denied, "delete": denied, "check": denied, "force": denied,
			"release": denied, "read config": ok, "write config": no, "read directories/d": http.StatusNotFound,
			"write directories/d": http.StatusBadRequest, "delete directories/d": no, "read report": ok,
			"rotate": denied, "use_current": denied, "rotate directory": http.StatusNotFound, "reconcile directory": http.StatusNotFound,
		}},
	} {
		asked := test.by.everyWay(integration(pod, user, password))
		for what, want := range test.want {
			if got := asked[what](); got.status != want {
				t.Errorf("%s, %s: status %d, want %d: %s", who, what, got.status, want, got.raw)
			}
		}
	}
	m.read("creds/gl").want(ok).has(fields{"password": password, "credential_version": 1})
}

// everyWay is what somebody may try, by a name.
func (m mount) everyWay(written fields) map[string]func() answer {
	ways := map[string]func() answer{
		"list status":           func() answer { return m.list("status") },
		"write integrations/gl": func() answer { return m.write("integrations/gl", written) },
		"create":                func() answer { return m.write("integrations/another", written) }, // refused: one per user and pod
		"patch":                 func() answer { return m.patch("integrations/gl", fields{"timeout": nil}) },
		"delete":                func() answer { return m.delete("integrations/gl") },
		"check":                 func() answer { return m.write("check/gl", nil) },
		"force":                 func() answer { return m.write("check/gl", fields{"force": true}) },
		"no force":              func() answer { return m.write("check/gl", fields{"force": false}) },
		"sweep":                 func() answer { return m.write("sweep", nil) },
		"dry run":               func() answer { return m.write("sweep", fields{"dry_run": true, "wait": 1, "limit": 5}) },
		"write policies/p":      func() answer { return m.write("policies/p", fields{"check_period": "2h"}) },
		"write config":          func() answer { return m.write("config", fields{"allowed_hosts": "localhost"}) },
		"release":               func() answer { return m.write("reconcile/gl", fields{"action": "release"}) },
		"rotate":                func() answer { return m.write("rotate/gl", nil) }, // refused: nobody can set its password
		"use_current":           func() answer { return m.write("reconcile/gl", fields{"action": "use_current"}) },
		"rotate directory":      func() answer { return m.write("directories/d/rotate", nil) },
		"reconcile directory":   func() answer { return m.write("directories/d/reconcile", fields{"action": "release"}) },
		"name a password policy": func() answer {
			return m.write("policies/p", fields{"password_policy": m.path})
		},
		"write a password policy": func() answer { return m.system("write", "sys/policies/password/"+m.path) },
		"draw a password":         func() answer { return m.system("read", "sys/policies/password/"+m.path+"/generate") },
		"write directories/d":     func() answer { return m.write("directories/d", fields{"type": "fusion"}) },
		"delete directories/d":    func() answer { return m.delete("directories/d") },
	}
	for _, path := range []string{"creds/gl", "connector/gl", "integrations/gl", "status/gl", "history/gl", "directories/d", "report", "config"} {
		ways["read "+path] = func() answer { return m.read(path) }
	}
	return ways
}

// system asks a path of Vault itself.
func (m mount) system(verb, path string) answer {
	m.t.Helper()
	return m.ask(verb, path, func(ctx context.Context, c *api.Logical, _ string) (err error) {
		if verb == "read" {
			_, err = c.ReadWithContext(ctx, path)
		} else {
			_, err = c.WriteWithContext(ctx, path, nil)
		}
		return err
	})
}

func TestUsageCountsReadsAndReaders(t *testing.T) {
	t.Parallel()
	m, _, _ := proved(t, sharedVault(t))
	method := m.path + "-userpass"
	if err := m.client.Sys().EnableAuthWithOptionsWithContext(t.Context(), method, &api.EnableAuthOptions{Type: "userpass"}); err != nil {
		t.Fatal(err)
	}
	policy := m.path + "-reader"
	if err := m.client.Sys().PutPolicyWithContext(t.Context(), policy, m.shipped(applicationPolicy)); err != nil {
		t.Fatal(err)
	}
	for n, name := range []string{"ann", "bob"} {
		account, password := "auth/"+method+"/users/"+name, newPassword()
		if _, err := m.client.Logical().WriteWithContext(t.Context(), account, map[string]any{"password": password, "token_policies": policy}); err != nil {
			t.Fatal(err)
		}
		login, err := m.client.Logical().WriteWithContext(t.Context(), "auth/"+method+"/login/"+name, map[string]any{"password": password})
		if err != nil {
			t.Fatal(err)
		}
		reader := m.holding(login.Auth.ClientToken)
		for range n + 1 {
			reader.read("creds/gl").want(http.StatusOK)
		}
		reader.read("connector/gl").want(http.StatusOK)
	}
	usage, _ := m.read("status/gl").want(http.StatusOK).Data["usage"].(map[string]any)
	if fmt.Sprint(usage["reads_24h"], " by ", usage["readers_24h"]) != "5 by 2" || usage["last_read_time"] == nil || usage["since"] == nil {
		t.Errorf("usage is %v, want 5 reads by 2 readers", usage)
	}
}
