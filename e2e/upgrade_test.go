package e2e_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestReloadKeepsEverything(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]func(mount) *api.ReloadPluginInput{
		"of the plugin": func(mount) *api.ReloadPluginInput { return &api.ReloadPluginInput{Plugin: pluginName} },
		"of the mount":  func(m mount) *api.ReloadPluginInput { return &api.ReloadPluginInput{Mounts: []string{m.path}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := ownVault(t, vaultdev.StartDev)
			m, pod, _ := proved(t, server)
			kept := remember(t, m)
			process := pluginPIDs(t, server)
			reload(t, m, what(m))
			kept.compare(m)
			if now := pluginPIDs(t, server); len(now) != 1 || slices.Equal(now, process) {
				t.Errorf("the plugin ran in %v and runs in %v, want a new process", process, now)
			}
			m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok"})
			if n := logins(pod, user); n != 2 {
				t.Errorf("a write, a reload and a check spent %d logins, want 2", n)
			}
		})
	}
}

func TestReloadInTheMiddleOfASweepIsQuickAndForgetsNoLogin(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	m, pod, _ := proved(t, server)
	m.write("policies/minute", fields{"check_period": 60}).want(http.StatusNoContent)
	m.write("integrations/gl", fields{"policy": "minute"}).want(http.StatusOK)
	inject(t, pod, oraclesim.Fault{Kind: oraclesim.FaultHang})
	pod.Pod().ResetLogs()
	awaitRequest(t, pod, dueLimit, "the engine's own sweep", func(r oraclesim.Request) bool { return r.HadPassword })
	begun := time.Now()
	reload(t, m, &api.ReloadPluginInput{Plugin: pluginName})
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the reload waited %s for a login that hangs", took)
	}
	pod.Pod().ClearFaults()
	awaitLost(t, m, "gl")
	requests := pod.Pod().Requests()[1:]
	if len(requests) < 2 || requests[0].HadPassword || !requests[1].HadPassword {
		t.Errorf("after the reload the pod saw %+v, want a knock without a password and then the login", requests)
	}
	m.read("status/gl").want(http.StatusOK).has(fields{"state": "ok"})
}

func TestUpgradeToAnotherVersionKeepsEverything(t *testing.T) {
	t.Parallel()
	binary, err := shared.binary(secondVersion)
	if err != nil {
		t.Fatal(err)
	}
	server := ownVault(t, vaultdev.StartDev)
	m, pod, _ := proved(t, server)
	setElsewhere(t, pod, user)
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "held": true})
	m.read("info").want(http.StatusOK).has(fields{"version": firstVersion})
	kept := remember(t, m)
	if err := register(t.Context(), server, binary, secondVersion); err != nil {
		t.Fatal(err)
	}
	version := secondVersion
	err = m.client.Sys().TuneMountAllowNilWithContext(t.Context(), m.path, api.TuneMountConfigInput{PluginVersion: &version})
	if err != nil {
		t.Fatal(err)
	}
	m.read("info").want(http.StatusOK).has(fields{"version": firstVersion})
	reload(t, m, &api.ReloadPluginInput{Plugin: pluginName})
	m.read("info").want(http.StatusOK).has(fields{"version": secondVersion})
	tuned, err := m.client.Sys().GetMountWithContext(t.Context(), m.path)
	if err != nil {
		t.Fatal(err)
	}
	if tuned.RunningVersion != secondVersion {
		t.Errorf("Vault says that %s runs, want %s", tuned.RunningVersion, secondVersion)
	}
	kept.compare(m)
	m.write("check/gl", nil).want(http.StatusOK).says("no login was spent")
	if n := refusals(pod, user); n != 1 {
		t.Errorf("the upgrade cost %d refused logins", n-1)
	}
}

func reload(t *testing.T, m mount, what *api.ReloadPluginInput) {
	t.Helper()
	if _, err := m.client.Sys().ReloadPluginWithContext(t.Context(), what); err != nil {
		t.Fatal(err)
	}
}

// memory is what reads of the integration "gl" answered, by path.
type memory map[string]map[string]any

// remember reads everything of the integration "gl" and of its mount's settings.
func remember(t *testing.T, m mount) memory {
	t.Helper()
	kept := memory{}
	for _, path := range []string{"integrations/gl", "creds/gl", "connector/gl", "status/gl", "policies/default", "config"} {
		kept[path] = m.read(path).want(http.StatusOK).Data
	}
	// Reads are counted in memory, by each process.
	delete(kept["status/gl"], "usage")
	return kept
}

// compare complains about whatever is different now.
func (kept memory) compare(m mount) {
	m.t.Helper()
	for path, data := range kept {
		m.read(path).want(http.StatusOK).has(data)
	}
}
