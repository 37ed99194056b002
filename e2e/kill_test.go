package e2e_test

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// wakeLimit is the contract's: a killed plugin sweeps again within it, by itself.
const wakeLimit = 90 * time.Second

func TestNextRequestAfterAKillWorks(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	m, pod, password := proved(t, server)
	for name, test := range map[string]struct {
		ask  func() answer
		want fields
	}{
		"a read of the credential": {func() answer { return m.read("creds/gl") }, fields{"password": password}},
		"a check":                  {func() answer { return m.write("check/gl", nil) }, fields{"state": "ok"}},
		"a write": {
			func() answer { return m.write("integrations/gl", integration(pod, user, password)) },
			fields{"credential_version": 1, "state": "ok"},
		},
		"a list":   {func() answer { return m.list("status") }, fields{"keys": []string{"gl"}}},
		"a report": {func() answer { return m.read("report") }, fields{"counts": map[string]any{"ok": 1}, "full": true}},
	} {
		killed := killPlugin(t, server)
		firstAfterKill(t, test.ask).want(http.StatusOK).has(test.want)
		if now := pluginPIDs(t, server); len(now) != 1 || slices.Contains(killed, now[0]) {
			t.Errorf("after %s the plugins are %v, and %v was killed", name, now, killed)
		}
	}
}

func TestSweepIsBackByItselfAfterAKill(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	m, pod, _ := proved(t, server)
	m.write("policies/minute", fields{"check_period": 60}).want(http.StatusNoContent)
	m.write("integrations/gl", fields{"policy": "minute"}).want(http.StatusOK)
	killed := killPlugin(t, server)
	// From here on nobody asks Vault anything about this mount.
	before := len(pod.Pod().Requests())
	await(t, wakeLimit, "a login of the sweep, without any request of ours", func() bool { return logins(pod, user) > 1 })
	if got := pod.Pod().Requests()[before]; !got.HadPassword {
		t.Errorf("the first request after the kill knocked, and nothing had gone unanswered: %+v", got)
	}
	if now := pluginPIDs(t, server); len(now) != 1 || slices.Contains(killed, now[0]) {
		t.Errorf("the plugins are %v, and %v was killed", now, killed)
	}
	m.read("status/gl").want(http.StatusOK).has(fields{"state": "ok", "consecutive_failures": 0})
}

func TestKillInTheMiddleOfALoginIsRemembered(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	m, hanging, password := proved(t, server)
	// This one's password was changed, and its login arrives after the process that sent it has died.
	old := newPassword()
	late := startPod(t, oraclesim.User{Name: user, Password: old})
	m.write("integrations/late", integration(late, user, old)).want(http.StatusOK)
	setElsewhere(t, late, user)
	inject(t, hanging, oraclesim.Fault{Kind: oraclesim.FaultHang})
	inject(t, late, oraclesim.Fault{Kind: oraclesim.FaultSlow, Delay: 20 * time.Second, Count: 1})
	asked := map[string]*oraclesim.Server{"gl": hanging, "late": late}
	var inFlight sync.WaitGroup
	for name, pod := range asked {
		pod.Pod().ResetLogs()
		inFlight.Go(func() { m.write("check/"+name, nil) }) // what Vault answers to it is Vault's affair
		awaitRequest(t, pod, 10*time.Second, "the login of "+name, func(r oraclesim.Request) bool { return r.HadPassword })
	}
	killPlugin(t, server)
	inFlight.Wait()
	hanging.Pod().ClearFaults()

	for name, pod := range asked {
		check := func() answer { return m.write("check/"+name, nil) }
		firstAfterKill(t, check).want(http.StatusOK).says("may still be under way")
		m.write("check/"+name, fields{"force": true}).want(http.StatusOK).says("may still be under way")
		if n := len(pod.Pod().Requests()); n != 1 {
			t.Errorf("%s: while a login may still arrive, %d further requests were sent", name, n-1)
		}
	}
	awaitLost(t, m, "gl")
	requests := hanging.Pod().Requests()[1:]
	if len(requests) != 2 || requests[0].HadPassword || !requests[1].HadPassword {
		t.Errorf("the next check sent %+v, want a knock without a password and then the login", requests)
	}
	m.read("status/gl").want(http.StatusOK).has(fields{"state": "ok", "held": false})
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": password})

	awaitLost(t, m, "late")
	m.read("status/late").want(http.StatusOK).has(fields{"refused_logins": 1})
	for range 5 {
		m.write("check/late", nil).want(http.StatusOK).says("no login was spent")
		m.write("sweep", fields{"wait": 1}).want(http.StatusOK)
	}
	if n := refusals(late, user); n != 2 {
		t.Errorf("the engine caused %d refused logins, want login_failure_budget, 2: one lost with its process, one answered", n)
	}
	for range 5 {
		m.write("check/late", fields{"force": true}).want(http.StatusOK)
	}
	if state, err := late.Pod().State(user); err != nil || state.Locked || state.FailedInARow != 4 {
		t.Errorf("engine and people together: %+v, %v; want 4 refused logins and no lock", state, err)
	}
}

func TestKillInTheMiddleOfAWriteStoresNothingAndForgetsNoLogin(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	password := newPassword()
	pod := startPod(t, oraclesim.User{Name: user, Password: password})
	m := newMount(t, server, "")
	inject(t, pod, oraclesim.Fault{Kind: oraclesim.FaultHang, Count: 1})
	written := integration(pod, user, password)
	var inFlight sync.WaitGroup
	inFlight.Go(func() { m.write("integrations/gl", written) })
	awaitRequest(t, pod, 10*time.Second, "the login of the write", func(r oraclesim.Request) bool { return r.HadPassword })
	killPlugin(t, server)
	inFlight.Wait()
	firstAfterKill(t, func() answer { return m.read("creds/gl") }).want(http.StatusNotFound)
	wantNothingStored(t, m)
	// Neither the same name nor another one may log this user in before the lost login's time is over.
	for _, path := range []string{"integrations/gl", "integrations/other"} {
		m.write(path, written).want(http.StatusBadRequest).says("may still be under way")
	}
	await(t, answerLimit, "the end of the lost login's time", func() bool {
		return m.write("integrations/gl", written).status == http.StatusOK
	})
	requests := pod.Pod().Requests()
	if len(requests) != 3 || requests[1].HadPassword || !requests[2].HadPassword {
		t.Errorf("the pod saw %+v, want the lost login, a knock without a password, and one login", requests)
	}
}

// awaitLost checks an integration until the time of the login that was lost with its process is over, which the first
// check that spends one shows.
func awaitLost(t *testing.T, m mount, name string) {
	t.Helper()
	await(t, answerLimit, "the end of the lost login's time", func() bool {
		return len(m.write("check/"+name, nil).want(http.StatusOK).Warnings) == 0
	})
}

// killPlugin ends the one plugin process of a Vault and returns when Vault has logged it.
func killPlugin(t *testing.T, server *vaultdev.Server) (killed []int) {
	t.Helper()
	killed = pluginPIDs(t, server)
	noticed := exits(t, server)
	if n, err := server.KillPlugins(t.Context()); err != nil || n != 1 {
		t.Fatalf("killed %d plugins, want 1: %v", n, err)
	}
	await(t, 10*time.Second, "Vault to notice the kill", func() bool { return exits(t, server) > noticed })
	return killed
}

// firstAfterKill sends a request until the plugin gets it. Vault notices a kill in steps, and before the last of them it
// still asks the dead process and answers 500 itself.
func firstAfterKill(t *testing.T, ask func() answer) (got answer) {
	t.Helper()
	await(t, 5*time.Second, "Vault to start the plugin again", func() bool {
		got = ask()
		lost := bytes.Contains(got.raw, []byte("code = Unavailable")) || bytes.Contains(got.raw, []byte("* internal error"))
		return got.status != http.StatusInternalServerError || !lost
	})
	return got
}

// exits counts the plugin processes that Vault has seen end, by its log.
func exits(t *testing.T, server *vaultdev.Server) int {
	t.Helper()
	return bytes.Count(readAll(t, server.LogPath()), []byte("plugin process exited"))
}

func pluginPIDs(t *testing.T, server *vaultdev.Server) []int {
	t.Helper()
	pids, err := server.PluginPIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pids
}
