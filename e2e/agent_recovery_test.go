package e2e_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// Whatever happens to Vault, the agent is healthy, says what is wrong, shows what it knew, and goes on by itself. It asks
// a standby, as behind a load balancer.
func TestAgentRecoversByItself(t *testing.T) {
	t.Parallel()
	cluster := ownCluster(t)
	node := cluster.Nodes()[1]
	password := newPassword()
	pod := startPod(t, oraclesim.User{Name: user, Password: password})
	m := newMount(t, cluster.Nodes()[0], "")
	m.write("integrations/gl", integration(pod, user, password)).want(http.StatusOK)
	a := agentFor(m)
	auth := a.appRole(m)
	a.configure(node.Address(), auth)
	a.start()
	a.awaitState("gl", "ok")

	a.endures(node.Kill, func() error { return node.Restart(t.Context()) }, "cannot be reached")
	// The active node is lost: another answers for it.
	active, err := cluster.AwaitWhole(t.Context())
	mustDo(t, err)
	reign, err := active.Reign(t.Context())
	mustDo(t, err)
	mustDo(t, active.StepDown(t.Context()))
	_, err = cluster.AwaitReign(t.Context(), reign)
	mustDo(t, err)
	active, err = cluster.AwaitWhole(t.Context())
	mustDo(t, err)
	m = m.on(active)
	another := setElsewhere(t, pod, user)
	m.write("check/gl", nil).want(http.StatusOK)
	a.awaitState("gl", "rejected") // which only the new one knows
	m.write("integrations/gl", fields{"password": another}).want(http.StatusOK)
	a.awaitState("gl", "ok")

	// All its tokens are revoked: one login, and no more, also through the reloads below.
	mustDo(t, m.client.Sys().RevokePrefixWithContext(t.Context(), "auth/"+m.path+"-approle/login"))
	await(t, tellLimit, "a second login", func() bool { return strings.Count(a.log(), "logged in to Vault") >= 2 })
	a.awaitMetric("source_up", "", "1")

	// The mount is moved: the new configuration finds it, a bad one changes nothing.
	moved := m
	moved.path += "-moved"
	mustDo(t, m.client.Sys().RemountWithContext(t.Context(), m.path, moved.path))
	a.awaitMetric("source_up", "", "0")
	a.keep("agent.yaml", "mounts: nonsense: here")
	mustDo(t, a.cmd.Process.Signal(syscall.SIGHUP))
	await(t, tellLimit, "the bad configuration to be refused", func() bool {
		_, all := a.get("/metrics")
		return strings.Contains(all, "oracle_financials_config_last_reload_successful 0\n")
	})
	mustDo(t, m.client.Sys().PutPolicyWithContext(t.Context(), m.path+"-approle", moved.shipped(agentPolicy)))
	a.mount = moved.path
	a.configure(node.Address(), auth)
	mustDo(t, a.cmd.Process.Signal(syscall.SIGHUP))
	a.awaitState("gl", "ok")
	a.awaitMetric("source_up", "", "1")
	if _, all := a.get("/metrics"); !strings.Contains(all, "oracle_financials_config_last_reload_successful 1\n") || strings.Contains(all, `mount="`+m.path+`"`) {
		t.Errorf("after the reload:\n%s", all)
	}
	if n := strings.Count(a.log(), "logged in to Vault"); n != 2 {
		t.Errorf("it logged in %d times, want at the start and after the tokens were revoked", n)
	}
	mustDo(t, m.client.Sys().RemountWithContext(t.Context(), moved.path, m.path)) // where the clean-up finds it
}

// endures holds what an agent does while Vault does not answer: it says so, is healthy, and shows what it knew.
func (a *agentProcess) endures(begin, end func() error, says string) {
	a.t.Helper()
	mustDo(a.t, begin())
	a.awaitMetric("source_up", "", "0")
	a.awaitLog(says)
	a.awaitState("gl", "ok")
	if status, body := a.get("/-/healthy"); status != http.StatusOK {
		a.t.Errorf("not healthy: %s", body)
	}
	if output := a.wantExit(3, "status"); !strings.Contains(output, says) {
		a.t.Errorf("status says %s", output)
	}
	mustDo(a.t, end())
	a.awaitMetric("source_up", "", "1")
}

func TestAgentEnduresASeal(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartRaft)
	m, _, _ := proved(t, server)
	a := agentFor(m)
	a.configure(server.Address(), a.appRole(m))
	a.start()
	a.awaitState("gl", "ok")
	a.endures(func() error { return server.Seal(t.Context()) }, func() error { return server.Unseal(t.Context()) }, "sealed")
}

// A token file that another program keeps is read again when it is replaced, also after the token in it has died.
func TestAgentReadsItsTokenFileAgain(t *testing.T) {
	t.Parallel()
	m, _, _ := proved(t, sharedVault(t))
	a := agentFor(m)
	first := m.person(agentPolicy).client.Token()
	file := a.keep("token", first)
	a.configure(m.client.Address(), "{method: token_file, token_file: "+file+"}")
	a.start()
	a.awaitState("gl", "ok")
	mustDo(t, m.client.Auth().Token().RevokeTreeWithContext(t.Context(), first))
	a.awaitMetric("source_up", "", "0")
	token, err := m.client.Auth().Token().CreateWithContext(t.Context(), &api.TokenCreateRequest{Policies: []string{m.path + "-" + agentPolicy}, TTL: "1h"})
	mustDo(t, err)
	a.keep("token", token.Auth.ClientToken)
	a.awaitMetric("source_up", "", "1")
	if status, body := a.get("/-/ready"); status != http.StatusOK {
		t.Errorf("not ready: %d %s", status, body)
	}
}
