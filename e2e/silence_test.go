package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// TestUnmountSilencesARunningSweep compares two mounts of one process that are alike: the same names, so the same times,
// and a check in every calendar minute. One is unmounted while its sweep runs. When the other has made each of its
// checks once more, the first would have made them too.
func TestUnmountSilencesARunningSweep(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	silenced, witness := newSweeping(t, server, "-silenced"), newSweeping(t, server, "-witness")
	if pids := pluginPIDs(t, server); len(pids) != 1 {
		t.Fatalf("the mounts run in the processes %v, want one", pids)
	}
	// Each answer takes a while and one goes out at a time, so that the sweep is in its middle when it is ended.
	inject(t, silenced.pod, oraclesim.Fault{Kind: oraclesim.FaultSlow, Delay: time.Second})
	await(t, dueLimit, "the sweep to begin", func() bool { return silenced.checked() > 0 })
	if err := silenced.client.Sys().UnmountWithContext(t.Context(), silenced.path); err != nil {
		t.Fatal(err)
	}
	begun := silenced.checked()
	if begun == sweepSize {
		t.Fatal("the sweep was over before the mount was, so this test proves nothing")
	}
	seen := witness.rounds()
	await(t, dueLimit, "each check of the other mount to be made once more", func() bool {
		for name, n := range witness.rounds() {
			if n == seen[name] {
				return false
			}
		}
		return true
	})
	if n := silenced.checked(); n != begun {
		t.Errorf("after it was unmounted, the engine sent %d further requests", n-begun)
	}
	// A sweep that only fails is not silent. The one login that was under way may have had nowhere to be stored.
	if faults := engineErrors(t, server); len(faults) > 1 {
		t.Errorf("the engine logged, after it was unmounted:\n%s", bytes.Join(faults, []byte("\n")))
	}
}

// engineErrors are the errors that the plugin's processes logged; Vault logs its own under other names.
func engineErrors(t *testing.T, server *vaultdev.Server) (faults [][]byte) {
	t.Helper()
	for line := range bytes.Lines(readAll(t, server.LogPath())) {
		if bytes.Contains(line, []byte("[ERROR]")) && bytes.Contains(line, []byte(".vault-plugin-secrets-oracle-financials-")) {
			faults = append(faults, line)
		}
	}
	return faults
}

// sweepSize is how many integrations one of these mounts has.
const sweepSize = 6

// sweeping is a mount whose integrations are checked once in every calendar minute, one at a time.
type sweeping struct {
	mount
	pod *oraclesim.Server
}

func newSweeping(t *testing.T, server *vaultdev.Server, suffix string) sweeping {
	t.Helper()
	pod := startPod(t)
	m := newMount(t, server, suffix)
	m.write("config", fields{"max_concurrent_checks_per_host": 1}).want(http.StatusNoContent)
	m.write("policies/minute", fields{"check_schedule": "* * * * *"}).want(http.StatusNoContent)
	for n := range sweepSize {
		name, password := sweepUser(n), newPassword()
		if err := pod.Pod().AddUser(oraclesim.User{Name: name, Password: password}); err != nil {
			t.Fatal(err)
		}
		// Without a login, so that every request the pod sees is the sweep's.
		m.write("integrations/"+name, integration(pod, name, password).with(fields{
			"policy": "minute", "verify_connection": false,
		})).want(http.StatusOK)
	}
	return sweeping{m, pod}
}

// checked counts the requests of the sweep.
func (s sweeping) checked() int { return len(s.pod.Pod().Requests()) }

// rounds counts the logins of each user.
func (s sweeping) rounds() map[string]int {
	rounds := map[string]int{}
	for n := range sweepSize {
		rounds[sweepUser(n)] = logins(s.pod, sweepUser(n))
	}
	return rounds
}

func sweepUser(n int) string { return fmt.Sprintf("API_%d", n) }
