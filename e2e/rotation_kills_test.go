package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// TestKillsDuringRotationsLoseNothing kills the plugin's process, or Vault with it, at any instant, over and over, while
// integrations of every way rotate without a pause worth mentioning.
func TestKillsDuringRotationsLoseNothing(t *testing.T) {
	t.Parallel()
	kills := rounds(t, "SOAK_KILLS", 10)
	server := ownVault(t, vaultdev.StartRaft)
	t.Cleanup(func() { keepLogs(t, []*vaultdev.Server{server}) })
	l := newLoad(t, newMount(t, server, ""), perWay(kills))
	chance := rand.New(rand.NewPCG(l.seed, l.seed))
	l.start()
	ofPlugin := 0
	for range kills {
		if chance.IntN(2) == 0 { // any instant, else one at which Oracle is just being asked
			pause(t, time.Duration(chance.Int64N(int64(2*time.Second))))
		} else {
			l.awaitSet()
			pause(t, time.Duration(chance.Int64N(int64(30*time.Millisecond))))
		}
		if chance.IntN(2) == 0 {
			n, err := server.KillPlugins(t.Context())
			mustDo(t, err)
			ofPlugin += n
			continue
		}
		mustDo(t, server.Kill())
		mustDo(t, server.Restart(t.Context()))
	}
	l.end()
	t.Logf("%d kills, %d of them of the plugin alone", kills, ofPlugin)
}

// perWay is how many integrations of each way rotate at once, so that some do at every kill: those that one hit wait for
// most of a minute until they may be settled.
func perWay(rounds int) int { return min(2+rounds/20, 6) }
