package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named is how a page names a test: by its package's folder and its own name.
var named = regexp.MustCompile("`([a-z0-9/]+)\\.(Test\\w+)`") //nolint:gochecknoglobals // a constant pattern

// A claim that rests on a test which was renamed or deleted rests on nothing.
func TestEveryTestThatAPageNamesExists(t *testing.T) {
	t.Parallel()
	folders := map[string]map[string]bool{}
	for _, page := range readPages(t) {
		for _, match := range named.FindAllStringSubmatch(page.text, -1) {
			folder, name := match[1], match[2]
			if folders[folder] == nil {
				folders[folder] = testsOf(t, folder)
			}
			if !folders[folder][name] {
				t.Errorf("%s names %s, which is not in %s", page.path, name, folder)
			}
		}
	}
	if len(folders) < 3 {
		t.Errorf("the pages name tests of %d folders only, so hardly anything was checked", len(folders))
	}
}

// In the threat model every row of a table that claims something names a test.
func TestEveryClaimOfTheThreatModelNamesATest(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for number, line := range strings.Split(string(raw), "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasSuffix(line, "| held by |") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !named.MatchString(cells[len(cells)-1]) {
			t.Errorf("docs/threat-model.md:%d claims something and names no test: %s", number+1, line)
		}
	}
	if rows < 30 {
		t.Errorf("found %d claims", rows)
	}
}

// On the page about Vault Enterprise, which cannot be run here, every claim names the test that tried it, or says that none has.
func TestEveryClaimAboutEnterpriseSaysWhetherItWasTried(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "docs", "enterprise.md"))
	if err != nil {
		t.Fatal(err)
	}
	claims, inTable := 0, false
	for number, line := range strings.Split(string(raw), "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case strings.HasSuffix(line, "| tried |"):
			inTable = true
		case inTable && !strings.HasPrefix(line, "|---"):
			claims++
			if !named.MatchString(line) && !strings.HasSuffix(line, "not tried |") {
				t.Errorf("docs/enterprise.md:%d does not say whether it was tried: %s", number+1, line)
			}
		}
	}
	if claims < 15 {
		t.Errorf("found %d claims", claims)
	}
}

// The page about upgrades names the storage version and every kind of entry.
func TestUpgradePageNamesTheStorage(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(root, "backend", "storage.go"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(root, "docs", "upgrade.md"))
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^const storageVersion = (\d+)$`).FindSubmatch(source)
	if version == nil || !strings.Contains(string(raw), "\n| "+string(version[1])+" | ") {
		t.Errorf("the page has no row for the storage version %q", version)
	}
	keys := regexp.MustCompile(`(?m)^\t\w+(?:Key|Prefix) += "([a-z_]+/?)"`).FindAllStringSubmatch(string(source), -1)
	if len(keys) < 9 {
		t.Errorf("found the keys %q only", keys)
	}
	for _, key := range keys {
		if !strings.Contains(string(raw), "\n| `"+key[1]+"` | ") {
			t.Errorf("the page has no row for %s", key[1])
		}
	}
}

type written struct{ path, text string }

// readPages reads the pages for people.
func readPages(t *testing.T) []written {
	t.Helper()
	var all []written
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/runbook/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no page is %s (%v)", pattern, err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, written{strings.TrimPrefix(path, root+string(filepath.Separator)), string(raw)})
		}
	}
	return all
}

// testsOf are the tests in a folder of the source tree.
func testsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				tests[function.Name.Name] = true
			}
		}
	}
	return tests
}
