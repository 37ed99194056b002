package vaultdev_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func startCluster(t *testing.T) *vaultdev.Cluster {
	t.Helper()
	begun := time.Now()
	cluster, err := vaultdev.StartCluster(t.Context(), vaultdev.Options{}, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the cluster was ready after %s", time.Since(begun).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return cluster
}

// loss is one way to lose the active node.
type loss struct {
	what  string
	falls func(context.Context, *vaultdev.Server) error
	rises func(context.Context, *vaultdev.Server) error
}

func TestClusterHandsOverWhateverHappensToItsActiveNode(t *testing.T) {
	t.Parallel()
	cluster := startCluster(t)
	losses := []loss{
		{
			"it is stopped and goes on", func(ctx context.Context, s *vaultdev.Server) error { return s.Suspend(ctx) },
			func(ctx context.Context, s *vaultdev.Server) error { return s.Resume(ctx) },
		},
		{
			"it is killed", func(_ context.Context, s *vaultdev.Server) error { return s.Kill() },
			func(ctx context.Context, s *vaultdev.Server) error { return s.Restart(ctx) },
		},
		{
			"it is sealed", func(ctx context.Context, s *vaultdev.Server) error { return s.Seal(ctx) },
			func(ctx context.Context, s *vaultdev.Server) error { return s.Unseal(ctx) },
		},
		{
			"it steps down", func(ctx context.Context, s *vaultdev.Server) error { return s.StepDown(ctx) },
			func(context.Context, *vaultdev.Server) error { return nil },
		},
	}
	for _, loss := range losses {
		before, err := cluster.AwaitWhole(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if err := loss.falls(t.Context(), before); err != nil {
			t.Fatalf("%s: %v", loss.what, err)
		}
		after := awaitOther(t, cluster, before)
		t.Logf("when %s, another was active after %s", loss.what, time.Since(begun).Round(time.Millisecond))
		if err := loss.rises(t.Context(), before); err != nil {
			t.Fatalf("after %s: %v", loss.what, err)
		}
		if err := vaultdev.Mount(t.Context(), after.Client(), loss.what, "kv", ""); err != nil {
			t.Errorf("when %s, the new active node: %v", loss.what, err)
		}
	}
	if _, err := cluster.AwaitWhole(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNodeThatIsCutOffLosesItsClusterAndFindsItAgain(t *testing.T) {
	t.Parallel()
	cluster := startCluster(t)
	before, err := cluster.AwaitWhole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = cluster.CutOff(before)
	if runtime.GOOS != "linux" {
		if err == nil {
			t.Error("a node was cut off where nobody can tell whose a connection is")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	after := awaitOther(t, cluster, before)
	if err := vaultdev.Mount(t.Context(), after.Client(), "there", "kv", ""); err != nil {
		t.Errorf("the part with two nodes does not work: %v", err)
	}
	if err := vaultdev.Mount(t.Context(), before.Client(), "here", "kv", ""); err == nil {
		t.Error("the node that was cut off stored something")
	}
	cluster.Mend()
	if _, err := cluster.AwaitWhole(t.Context()); err != nil {
		t.Error(err)
	}
	// It serves what was stored without it.
	if _, err := before.Client().Sys().GetMountWithContext(t.Context(), "there"); err != nil {
		t.Errorf("the node that was cut off does not know what the others stored: %v", err)
	}
}

func awaitOther(t *testing.T, cluster *vaultdev.Cluster, before *vaultdev.Server) *vaultdev.Server {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		after, err := cluster.AwaitActive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if after != before {
			return after
		}
		select {
		case <-deadline:
			t.Fatal("no other node became active")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestSocketIsFoundByBothItsEnds(t *testing.T) {
	t.Parallel()
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 22222 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 33333 1 0000000000000000 20 4 30 10 -1
`
	for _, test := range []struct{ local, remote, want string }{
		{"127.0.0.1:49153", "127.0.0.1:8080", "22222"},
		{"127.0.0.1:8080", "127.0.0.1:49153", "33333"},
		{"127.0.0.1:49154", "127.0.0.1:8080", ""},
		{"127.0.0.2:49153", "127.0.0.1:8080", ""},
		{"[::1]:49153", "[::1]:8080", ""},
		{"nonsense", "127.0.0.1:8080", ""},
	} {
		if got := vaultdev.SocketInode(table, test.local, test.remote); got != test.want {
			t.Errorf("the socket from %s to %s is %q, want %q", test.local, test.remote, got, test.want)
		}
	}
}
