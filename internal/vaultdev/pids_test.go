package vaultdev_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestParentFromStat(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stat string
		want int
		ok   bool
	}{
		"plain":             {"12 (vault) S 7 12 12 0", 7, true},
		"a name with blank": {"12 (my plugin) S 7 12", 7, true},
		"a hostile name":    {"12 (x) S 99 (y) S 7 12", 7, true},
		"cut off":           {"12 (vault) S", 0, false},
		"empty":             {"", 0, false},
		"no number":         {"12 (vault) S seven", 0, false},
	} {
		if got, ok := vaultdev.ParentFromStat([]byte(tc.stat)); got != tc.want || ok != tc.ok {
			t.Errorf("%s: got %d, %t; want %d, %t", name, got, ok, tc.want, tc.ok)
		}
	}
}

func TestChildrenInAListingOfPS(t *testing.T) {
	t.Parallel()
	const listing = `    1     0 /sbin/launchd
  411     7 /private/tmp/plugins/vault-plugin
  412    17 /private/tmp/plugins/other
  413     7 /Applications/With Blank/tool
`
	pids, executables := vaultdev.PIDsInListing(listing, 7)
	if diff := cmp.Diff([]int{411, 413}, pids); diff != "" {
		t.Error(diff)
	}
	want := []string{"/private/tmp/plugins/vault-plugin", "/Applications/With Blank/tool"}
	if diff := cmp.Diff(want, executables); diff != "" {
		t.Error(diff)
	}
}
