package e2e_test

import (
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestTwoMountsInOneProcessDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartDev)
	password := newPassword()
	pod := startPod(t, oraclesim.User{Name: user, Password: password})
	one, other := newMount(t, server, "-one"), newMount(t, server, "-other")
	one.write("policies/nightly", fields{"check_schedule": "0 2 * * *"}).want(http.StatusNoContent)
	one.write("integrations/gl", integration(pod, user, password).with(fields{"policy": "nightly"})).want(http.StatusOK)
	if pids := pluginPIDs(t, server); len(pids) != 1 {
		t.Fatalf("two mounts run in the processes %v, want one", pids)
	}
	wantNothingStored(t, other)
	other.read("policies/nightly").want(http.StatusNotFound)
	other.write("config", fields{"allowed_hosts": "elsewhere.example.com"}).want(http.StatusNoContent)
	one.read("config").want(http.StatusOK).has(fields{"allowed_hosts": []string{"localhost"}})
	other.write("config", fields{"allowed_hosts": "localhost"}).want(http.StatusNoContent)

	// The same user of the same pod under the same name: another mount, another account of logins.
	setElsewhere(t, pod, user)
	one.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "held": true})
	other.write("integrations/gl", integration(pod, user, newPassword()).with(fields{"verify_connection": false})).want(http.StatusOK).has(fields{"state": "unchecked"})
	other.read("status/gl").want(http.StatusOK).has(fields{"state": "unchecked", "held": false, "refused_logins": 0})
	other.delete("integrations/gl").want(http.StatusNoContent)
	one.read("creds/gl").want(http.StatusOK).has(fields{"password": password})
}

func TestUnmountForgetsAndMountingAgainBeginsEmpty(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	m, pod, password := proved(t, server)
	if err := m.client.Sys().UnmountWithContext(t.Context(), m.path); err != nil {
		t.Fatal(err)
	}
	m.read("creds/gl").want(http.StatusNotFound)
	if err := vaultdev.Mount(t.Context(), m.client, m.path, pluginName, firstVersion); err != nil {
		t.Fatal(err)
	}
	wantNothingStored(t, m)
	m.read("config").want(http.StatusOK).has(fields{"allowed_hosts": []string{"*.oraclecloud.com"}})
	m.write("config", fields{"allowed_hosts": "localhost"}).want(http.StatusNoContent)
	m.write("integrations/gl", integration(pod, user, password)).want(http.StatusOK).has(fields{"credential_version": 1})
}

func TestMovedMountKeepsEverything(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	setElsewhere(t, pod, user)
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "held": true})
	kept := remember(t, m)
	moved := m
	moved.path = m.path + "-moved"
	if err := m.client.Sys().RemountWithContext(t.Context(), m.path, moved.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // so that the clean-up finds the mount where it was
		if err := m.client.Sys().Remount(moved.path, m.path); err != nil {
			t.Error(err)
		}
	})
	m.read("creds/gl").want(http.StatusNotFound)
	kept.compare(moved)
	moved.write("check/gl", nil).want(http.StatusOK).says("no login was spent")
}
