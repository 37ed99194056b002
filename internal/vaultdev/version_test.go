package vaultdev_test

import (
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestVersionIsThatOfTheVaultThatRuns(t *testing.T) {
	t.Parallel()
	version, err := vaultdev.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	health, err := start(t, vaultdev.StartDev).Client().Sys().HealthWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := vaultdev.VersionFrom("Vault v" + health.Version + ", built"); err != nil || again != version {
		t.Errorf("the program says that it is %q, and when it runs %q (%v)", version, again, err)
	}
}

func TestVersionIsReadFromWhatVaultSays(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"Vault v1.19.4, built 2025-11-23T07:52:05Z (cgo)":                              "1.19.4",
		"Vault v1.18.0+ent.hsm (9ea3c3d1d0b1b6c), built 2024-10-08T09:12:52Z":          "1.18.0",
		"Vault v1.21.0-rc1 (818ca8b), built 2025-10-21T19:33:17Z":                      "1.21.0",
		"vault: error while loading shared libraries: libc.so.6: cannot open the file": "",
	} {
		if got, err := vaultdev.VersionFrom(said); got != want || (err == nil) != (want != "") {
			t.Errorf("of %q it reads %q (%v), want %q", said, got, err, want)
		}
	}
}
