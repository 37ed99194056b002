package vaultdev_test

import (
	"context"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestRaftServerKeepsItsStateThroughEverything(t *testing.T) {
	t.Parallel()
	server := start(t, vaultdev.StartRaft)
	mountEcho(t, server)
	echo(t, server)

	t.Log("seal and unseal")
	if err := server.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Client().Logical().ReadWithContext(t.Context(), "echo/whoami"); err == nil {
		t.Error("a sealed Vault answered")
	}
	if err := server.Unseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	plugin, _ := echo(t, server)

	t.Log("kill and restart")
	before := server.PID()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, before)
	awaitGone(t, plugin)
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if server.PID() == before {
		t.Error("Restart left the process id as it was")
	}
	echo(t, server)

	t.Log("restart while it runs")
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	echo(t, server)
}

func TestDevServerCannotBeRestarted(t *testing.T) {
	t.Parallel()
	server := start(t, vaultdev.StartDev)
	for name, act := range map[string]func(context.Context) error{
		"Restart": server.Restart, "Seal": server.Seal, "Unseal": server.Unseal,
	} {
		if err := act(t.Context()); err == nil || !strings.Contains(err.Error(), "StartRaft") {
			t.Errorf("%s says %v, want a pointer to StartRaft", name, err)
		}
	}
}
