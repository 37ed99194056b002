package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// clusterSize is that of the smallest raft cluster that can lose a node.
const clusterSize = 3

// ownCluster is a raft cluster of this test's own, with the plugin on every node.
func ownCluster(t *testing.T) *vaultdev.Cluster {
	t.Helper()
	binary, err := shared.binary(firstVersion)
	mustDo(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	cluster, err := vaultdev.StartCluster(ctx, vaultdev.Options{LogLevel: "trace"}, clusterSize)
	mustDo(t, err)
	first := cluster.Nodes()[0]
	t.Cleanup(func() {
		keepLogs(t, cluster.Nodes())
		for _, node := range cluster.Nodes() {
			for _, fault := range leftoversIn(node, node.LogPath(), auditPath(first)) {
				t.Error(fault)
			}
		}
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	// Every node audits into the same file: where it is belongs to the state that they share.
	mustDo(t, vaultdev.EnableFileAudit(ctx, first.Client(), auditPath(first)))
	for _, node := range cluster.Nodes()[1:] {
		mustDo(t, place(node, binary))
	}
	mustDo(t, register(ctx, first, binary, firstVersion))
	return cluster
}

// keepLogs keeps the logs of a test that failed: what a node of a cluster did says no answer.
func keepLogs(t *testing.T, nodes []*vaultdev.Server) {
	t.Helper()
	if !t.Failed() {
		return
	}
	dir, err := os.MkdirTemp("", "e2e-failed-")
	mustDo(t, err)
	for n, node := range nodes {
		place := filepath.Join(dir, fmt.Sprintf("node%d.log", n+1))
		mustDo(t, os.WriteFile(place, readAll(t, node.LogPath()), 0o600))
	}
	t.Logf("the logs of the nodes are in %s", dir)
}

// on is the same mount, asked at another node.
func (m mount) on(node *vaultdev.Server) mount {
	m.client = node.Client()
	return m
}
