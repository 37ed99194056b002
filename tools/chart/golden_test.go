package chart_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is rendered to testdata/golden, and the chart's copies of the rules and the dashboard")

// What is installed for each of testdata/values is in testdata/golden, so that a change of a template is read as a change
// of what reaches the cluster.
func TestEveryInstallationIsRenderedAsItWas(t *testing.T) {
	for _, file := range valueFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			got := manifest(t, read(t, file))
			golden := filepath.Join("testdata/golden", filepath.Base(file))
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(read(t, golden), got); diff != "" {
				t.Errorf("rendered otherwise than %s (go test -C tools/chart -update writes it anew):\n%s", golden, diff)
			}
		})
	}
}

// manifest is everything that is installed, and what Helm then says, in one text. The long copies are left out: other
// tests hold them.
func manifest(t *testing.T, with string) string {
	t.Helper()
	files := rendered(t, with)
	var all strings.Builder
	for _, name := range sortedKeys(files) {
		text := files[name]
		for _, copied := range []string{"spec:\n  ", "oracle-financials.json: |"} {
			if name == "prometheusrule.yaml" || name == "dashboard.yaml" {
				text, _, _ = strings.Cut(text, copied)
			}
		}
		all.WriteString("---\n# " + name + "\n" + strings.TrimSpace(text) + "\n")
	}
	return all.String()
}
