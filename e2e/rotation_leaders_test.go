package e2e_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// downfall is a way in which a cluster loses its active node, and how that node comes back.
type downfall struct {
	what  string
	falls func(ctx context.Context, node *vaultdev.Server) error
	rises func(ctx context.Context, node *vaultdev.Server) error
	// away says that it goes on living, and may speak to Oracle, while another is active: it comes back after a while.
	away bool
}

// downfalls are all there are on this system. Whoever has stepped down waits ten seconds before it leads again; raft may
// choose it, and then the cluster waits: so that comes last.
func downfalls(cluster *vaultdev.Cluster) []downfall {
	none := func(context.Context, *vaultdev.Server) error { return nil }
	all := []downfall{
		{
			"stopped and continued", func(ctx context.Context, n *vaultdev.Server) error { return n.Suspend(ctx) },
			func(ctx context.Context, n *vaultdev.Server) error { return n.Resume(ctx) }, true,
		},
		{
			"killed", func(_ context.Context, n *vaultdev.Server) error { return n.Kill() },
			func(ctx context.Context, n *vaultdev.Server) error { return n.Restart(ctx) }, false,
		},
		{
			"cut off", func(_ context.Context, n *vaultdev.Server) error { return cluster.CutOff(n) },
			func(context.Context, *vaultdev.Server) error { cluster.Mend(); return nil }, true,
		},
		{
			"sealed", func(ctx context.Context, n *vaultdev.Server) error { return n.Seal(ctx) },
			func(ctx context.Context, n *vaultdev.Server) error { return n.Unseal(ctx) }, false,
		},
		{"stepped down", func(ctx context.Context, n *vaultdev.Server) error { return n.StepDown(ctx) }, none, false},
	}
	if runtime.GOOS == "linux" {
		return all
	}
	return append(all[:2], all[3:]...) // whose a connection is, only Linux tells
}

// longAway is longer than a request that sets a password may be under way, its deadline and the margin after it: the
// others have settled it by then.
const longAway = 55 * time.Second

// TestLostLeadersDuringRotationsLoseNothing takes the active node of a raft cluster away in every way there is, over and
// over, while integrations of every way rotate without a pause worth mentioning.
func TestLostLeadersDuringRotationsLoseNothing(t *testing.T) {
	t.Parallel()
	cluster := ownCluster(t)
	kinds := downfalls(cluster)
	losses := rounds(t, "SOAK_LEADERS", len(kinds))
	m := newMount(t, cluster.Nodes()[0], "")
	l := newLoad(t, m, perWay(losses))
	l.grace = 5 * time.Second
	chance := rand.New(rand.NewPCG(l.seed, l.seed))
	l.start()
	came := map[string]int{}
	for n := range losses {
		kind := kinds[n%len(kinds)]
		active, reign := reigning(t, cluster, func(active *vaultdev.Server) {
			l.ask(m.on(active))
			l.awaitSet()
			pause(t, time.Duration(chance.Int64N(int64(30*time.Millisecond))))
		})
		begun := time.Now()
		mustDo(t, kind.falls(t.Context(), active))
		next, err := cluster.AwaitReign(t.Context(), reign)
		mustDo(t, err)
		t.Logf("%s: a node was active again after %s", kind.what, time.Since(begun).Round(10*time.Millisecond))
		l.ask(m.on(next.Node))
		if kind.away {
			absence := time.Duration(chance.Int64N(int64(3 * time.Second)))
			if n >= len(kinds) && chance.IntN(4) == 0 {
				absence = longAway
			}
			pause(t, absence)
		}
		mustDo(t, kind.rises(t.Context(), active))
		came[kind.what]++
	}
	active, err := cluster.AwaitWhole(t.Context())
	mustDo(t, err)
	l.ask(m.on(active))
	l.end()
	t.Logf("the active node was lost %d times: %v", losses, came)
}

// reigning is the active node of a whole cluster, with its reign, after something was done there. On a busy machine raft may
// choose another one by itself meanwhile: then it is done there.
func reigning(t *testing.T, cluster *vaultdev.Cluster, do func(active *vaultdev.Server)) (*vaultdev.Server, vaultdev.Reign) {
	t.Helper()
	for range 10 {
		active, err := cluster.AwaitWhole(t.Context())
		mustDo(t, err)
		do(active)
		reign, err := active.Reign(t.Context())
		if err == nil {
			return active, reign
		}
		t.Logf("not active any more: %v", err)
	}
	t.Fatal("no node stays active for long enough")
	return nil, vaultdev.Reign{}
}
