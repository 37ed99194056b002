package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/oracle"
)

const guide = "docs/oracle-administrator.md"

func readGuide(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(guide)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The guide tells of each module what the engine really asks first, a privilege code, and how sure that is.
func TestGuideTellsThePrivilegeOfEachModule(t *testing.T) {
	t.Parallel()
	text := readGuide(t)
	for _, module := range oracle.Modules() {
		row := regexp.MustCompile(`(?m)^\| ` + string(module) + ` \| (.+) \| (.+) \| (.+) \|$`).FindStringSubmatch(text)
		if row == nil {
			t.Errorf("%s: there is no row", module)
			continue
		}
		first, _, _ := strings.Cut(oracle.PlanFor(module, "").Candidates[0], "?")
		if asked := "`" + first[strings.LastIndex(first, "/")+1:] + "`"; row[1] != asked {
			t.Errorf("%s: the guide says that the engine reads %s, and it reads %s", module, row[1], asked)
		}
		if !regexp.MustCompile("`[A-Z]{2,3}_[A-Z_]+_PRIV`").MatchString(row[2]) {
			t.Errorf("%s: there is no privilege code in %s", module, row[2])
		}
		if !regexp.MustCompile(`^(known|seen|assumed)\b.*\]\[\w+\]`).MatchString(row[3]) {
			t.Errorf("%s: it does not say how sure that is, with a source: %s", module, row[3])
		}
	}
}

// What the engine ticks off is what the guide explains.
func TestGuideExplainsTheChecklist(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(root, "backend", "status_content.go"))
	if err != nil {
		t.Fatal(err)
	}
	items := regexp.MustCompile(`"(\w+)": string\(list\.\w+\)`).FindAllStringSubmatch(string(source), -1)
	if len(items) != 6 {
		t.Fatalf("the status has the items %q, want six", items)
	}
	text := readGuide(t)
	for _, item := range items {
		if !strings.Contains(text, "\n| `"+item[1]+"` | ") {
			t.Errorf("the guide has no row for %s", item[1])
		}
	}
}

// A statement with a source that is not named, or a source that nothing rests on.
func TestSourcesOfTheGuide(t *testing.T) {
	t.Parallel()
	text := readGuide(t)
	defined := map[string]bool{}
	for _, definition := range regexp.MustCompile(`(?m)^\[(\w+)\]: https://\S+ ".+"$`).FindAllStringSubmatch(text, -1) {
		defined[definition[1]] = true
	}
	used := map[string]bool{}
	for _, use := range regexp.MustCompile(`\]\[(\w+)\]`).FindAllStringSubmatch(text, -1) {
		used[use[1]] = true
		if !defined[use[1]] {
			t.Errorf("the source %s is not named", use[1])
		}
	}
	for name := range defined {
		if !used[name] {
			t.Errorf("nothing rests on the source %s", name)
		}
	}
	if len(defined) < 20 {
		t.Errorf("found %d sources", len(defined))
	}
}
