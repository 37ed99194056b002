package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

var update = flag.Bool("update", false, "write the messages as they are now; read each before you keep it")

func noEnvironment(string) string { return "" }

// badFiles is every configuration that must be refused.
func badFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatalf("found %d bad configurations, %v", len(files), err)
	}
	return files
}

func TestABadConfigurationGetsItsExactMessage(t *testing.T) {
	t.Parallel()
	for _, file := range badFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(file, noEnvironment)
			if err == nil {
				t.Fatal("was taken")
			}
			got, wanted := err.Error()+"\n", strings.TrimSuffix(file, ".yaml")+".txt"
			if *update {
				if err := os.WriteFile(wanted, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wanted)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			for line := range strings.Lines(got) {
				if !strings.HasPrefix(line, file) {
					t.Errorf("does not say where: %s", line)
				}
			}
			if strings.Contains(got, "CANARY") {
				t.Errorf("repeats what may be a secret: %s", got)
			}
		})
	}
}

func TestEveryMessageBelongsToAConfiguration(t *testing.T) {
	t.Parallel()
	messages, err := filepath.Glob("testdata/bad/*.txt")
	if err != nil || len(messages) != len(badFiles(t)) {
		t.Errorf("%d messages for %d configurations, %v", len(messages), len(badFiles(t)), err)
	}
}
