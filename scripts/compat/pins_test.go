package main

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func realPins(t *testing.T) []pin {
	t.Helper()
	pins, err := readPins(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return pins
}

// The pinned Vault is the newest, and each older one is of the minor version after which its module is named.
func TestEachModulePinsTheMinorItIsNamedAfter(t *testing.T) {
	t.Parallel()
	pins := realPins(t)
	if pins[0].dir != "tools/vault" {
		t.Errorf("the newest Vault is that of %s, want that of tools/vault: every other test runs on it", pins[0].dir)
	}
	if len(pins) < 3 {
		t.Errorf("%d Vaults are pinned, want two older ones at least", len(pins))
	}
	for i, p := range pins {
		if i > 0 && (path.Base(p.dir) != p.minor() || p.number() >= pins[i-1].number()) {
			t.Errorf("%s pins Vault %s, want a %s, and each minor version once", p.dir, p.version, path.Base(p.dir))
		}
	}
}

// What is tried is what is documented, and its modules are held tidy like the others.
func TestEachPinIsDocumentedAndHeldTidy(t *testing.T) {
	t.Parallel()
	page := readFile(t, "docs/compatibility.md")
	tidy := readFile(t, "Makefile")
	for _, p := range realPins(t) {
		if !strings.Contains(page, "| "+p.version+" |") {
			t.Errorf("docs/compatibility.md has no row for Vault %s, which %s pins", p.version, p.dir)
		}
		if !strings.Contains(tidy, p.dir) && !strings.Contains(tidy, path.Dir(p.dir)+"/*") {
			t.Errorf("the Makefile's tidy-check leaves %s out", p.dir)
		}
	}
}

func TestOnlySomeAreChosen(t *testing.T) {
	t.Parallel()
	pins := []pin{{"tools/vault", "1.21.1"}, {"tools/compat/1.20", "1.20.3"}, {"tools/compat/1.9", "1.9.0"}}
	for _, test := range []struct {
		name, only, want string
	}{
		{"all, when none is named", "", "1.21.1 1.20.3 1.9.0"},
		{"those that are named", "1.9, 1.20", "1.9.0 1.20.3"},
		{"none that nobody pins", "1.2", "no module pins"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := chosen(pins, test.only)
			var versions []string
			for _, p := range got {
				versions = append(versions, p.version)
			}
			if err != nil {
				versions = []string{err.Error()}
			}
			if text := strings.Join(versions, " "); !strings.HasPrefix(text, test.want) {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

func TestAModuleThatPinsNoVaultIsAMistake(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "tools", "vault")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module m\n\nrequire github.com/hashicorp/vault/api v1.20.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if pins, err := readPins(root); err == nil || !strings.Contains(err.Error(), "names no version") {
		t.Errorf("got %v and %v, want an error that says that there is no version", pins, err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
