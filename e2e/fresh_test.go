package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// numbered is a credential whose password is the number of its write, so that a reader sees how old it is.
type numbered struct {
	mount
	fields  fields
	written atomic.Int64 // the last write that was answered
	tried   atomic.Int64
	reads   atomic.Int64
}

func newNumbered(t *testing.T, m mount) *numbered {
	t.Helper()
	pod := startPod(t)
	n := &numbered{mount: m, fields: integration(pod, user, "").with(fields{"verify_connection": false})}
	m.write("config", fields{"disable_automated_sweep": true}).want(http.StatusNoContent)
	return n
}

func numberedPassword(n int64) string { return fmt.Sprintf("Fresh-Horse-%06d", n) }

// next writes the next password at whichever node answers.
func (n *numbered) next(active *vaultdev.Server) {
	n.t.Helper()
	await(n.t, time.Minute, "a write to be answered", func() bool {
		number := n.tried.Add(1)
		got, err := n.on(active).try(n.t.Context(), "write", "integrations/gl", func(ctx context.Context, c *api.Logical, full string) error {
			_, err := c.WriteWithContext(ctx, full, n.fields.with(fields{"password": numberedPassword(number)}))
			return err
		})
		if err != nil || got.status != http.StatusOK {
			return false
		}
		n.written.Store(number)
		return true
	})
}

// look reads it at a node, by either path, and complains when it is older than what was written before the read began.
func (n *numbered) look(ctx context.Context, node *vaultdev.Server) (number int64, answered bool) {
	n.t.Helper()
	before := n.written.Load()
	path, field := "creds/gl", "password"
	if n.reads.Add(1)%2 == 0 {
		path, field = "connector/gl", "oracle-financials-password"
	}
	got, err := n.on(node).try(ctx, "read", path, func(ctx context.Context, c *api.Logical, full string) error {
		_, err := c.ReadWithContext(ctx, full)
		return err
	})
	if err != nil || got.status != http.StatusOK {
		return 0, false
	}
	if _, err := fmt.Sscanf(got.text(field), "Fresh-Horse-%d", &number); err != nil {
		n.t.Errorf("%s has the password %q", path, got.text(field))
	}
	if number < before || number > n.tried.Load() {
		n.t.Errorf("%s is of write %d, and write %d was answered before it was read", path, number, before)
	}
	return number, true
}

// lookEverywhere reads it at every node until each has answered.
func (n *numbered) lookEverywhere(cluster *vaultdev.Cluster) {
	n.t.Helper()
	for _, node := range cluster.Nodes() {
		await(n.t, time.Minute, "a node to answer", func() bool {
			_, answered := n.look(n.t.Context(), node)
			return answered
		})
	}
}

// The active node serves credentials from memory. No read, at any node, is older than a write that was answered before it:
// while another one writes, after the plugin died or was reloaded, and after another node became active in any way in which
// the old one does not go on by itself. (One that was cut off, or stopped, serves old data from Vault's own storage as well.)
func TestCredentialsAreNeverOld(t *testing.T) {
	t.Parallel()
	cluster := ownCluster(t)
	n := newNumbered(t, newMount(t, cluster.Nodes()[0], ""))
	active, err := cluster.AwaitWhole(t.Context())
	mustDo(t, err)
	n.next(active)
	n.lookEverywhere(cluster)

	reading, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for _, node := range cluster.Nodes() {
		readers.Go(func() {
			for reading.Err() == nil {
				if _, answered := n.look(reading, node); !answered {
					pause(t, 20*time.Millisecond)
				}
			}
		})
	}
	for _, falls := range []func(ctx context.Context, node *vaultdev.Server) error{
		func(ctx context.Context, node *vaultdev.Server) error {
			_, err := node.KillPlugins(ctx)
			return err
		},
		reloadPlugin,
		func(ctx context.Context, node *vaultdev.Server) error {
			defer func() { mustDo(t, node.Unseal(ctx)) }()
			return node.Seal(ctx)
		},
		func(ctx context.Context, node *vaultdev.Server) error {
			defer func() { mustDo(t, node.Restart(ctx)) }()
			return node.Kill()
		},
		func(ctx context.Context, node *vaultdev.Server) error { return node.StepDown(ctx) },
	} {
		for range 10 {
			n.next(active)
		}
		mustDo(t, falls(t.Context(), active))
		active, err = cluster.AwaitWhole(t.Context())
		mustDo(t, err)
		n.lookEverywhere(cluster)
		n.next(active)
		n.lookEverywhere(cluster)
	}
	stop()
	readers.Wait()
	t.Logf("%d reads beside %d writes", n.reads.Load(), n.tried.Load())
}

// A snapshot that is restored takes what was read since with it.
func TestCredentialsAreThoseOfARestoredSnapshot(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartRaft)
	n := newNumbered(t, newMount(t, server, ""))
	n.next(server)
	var snapshot bytes.Buffer
	mustDo(t, server.Client().Sys().RaftSnapshotWithContext(t.Context(), &snapshot))
	n.next(server)
	if number, _ := n.look(t.Context(), server); number != 2 {
		t.Fatalf("before, the credential is of write %d", number)
	}
	mustDo(t, server.Client().Sys().RaftSnapshotRestoreWithContext(t.Context(), &snapshot, false))
	n.written.Store(1)
	var number int64
	await(t, time.Minute, "Vault to answer again", func() (answered bool) {
		number, answered = n.look(t.Context(), server)
		return answered
	})
	if number != 1 {
		t.Errorf("after the snapshot was restored, the credential is of write %d", number)
	}
}

// reloadPlugin makes a node start its plugin anew.
func reloadPlugin(ctx context.Context, node *vaultdev.Server) error {
	_, err := node.Client().Logical().WriteWithContext(ctx, "sys/plugins/reload/backend", fields{"plugin": pluginName})
	if err != nil {
		return fmt.Errorf("reload the plugin: %w", err)
	}
	return nil
}
