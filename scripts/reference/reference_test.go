package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

var root = filepath.Join("..", "..") //nolint:gochecknoglobals // where the source tree is

func TestGeneratedPagesAreFresh(t *testing.T) {
	t.Parallel()
	all, err := pages(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		stored, err := os.ReadFile(filepath.Join(root, p.path))
		if err != nil {
			t.Error(err)
			continue
		}
		if difference := cmp.Diff(strings.Split(string(stored), "\n"), strings.Split(string(p.text), "\n")); difference != "" {
			t.Errorf("%s is stale: run make docs. It differs:\n%s", p.path, difference)
		}
	}
}

// What the help says below DESCRIPTION has an example of each path, as somebody would type it.
func TestEveryPathHasAnExample(t *testing.T) {
	t.Parallel()
	e, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	if len(e.paths()) < 20 {
		t.Fatalf("the engine has the paths %q, so nothing was checked", e.paths())
	}
	for _, path := range e.paths() {
		asked := regexp.QuoteMeta(strings.TrimSuffix(path, "/"))
		asked = strings.ReplaceAll(asked, `\{name\}`, `[\w.-]+`)
		example := regexp.MustCompile(`(?m)^    vault (read|write|list|patch|delete) .*\boracle-financials` + asked + `(\s|$)`)
		if !example.MatchString(e.help[path]) {
			t.Errorf("the help of %s has no example of it:\n%s", path, e.help[path])
		}
	}
}

// A page that renders wrongly is worse than none: every table has as many cells in each row as in its head, and every
// link in the page goes somewhere.
func TestTablesAreWhole(t *testing.T) {
	t.Parallel()
	all, err := pages(root)
	if err != nil {
		t.Fatal(err)
	}
	cells := func(line string) int { return strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") }
	for _, p := range all {
		if filepath.Ext(p.path) != ".md" {
			continue
		}
		before := ""
		for number, line := range strings.Split(string(p.text), "\n") {
			if strings.HasPrefix(line, "|") && strings.HasPrefix(before, "|") && cells(line) != cells(before) {
				t.Errorf("%s:%d has %d cells, and the row above %d: %s", p.path, number+1, cells(line), cells(before), line)
			}
			before = line
		}
		headings := regexp.MustCompile("(?m)^## `(.+)`$").FindAllStringSubmatch(string(p.text), -1)
		for _, link := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(string(p.text), -1) {
			if !slices.ContainsFunc(headings, func(h []string) bool { return anchor(h[1]) == link[1] }) {
				t.Errorf("%s links to #%s, which it does not have", p.path, link[1])
			}
		}
	}
}

func TestEveryWordOfTheClosedListsIsTold(t *testing.T) {
	t.Parallel()
	page, err := codesPage(root)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, s := range rotation.States() {
		words = append(words, string(s))
		if len(severitiesOf(s)) == 0 {
			t.Errorf("no reason is shown as %s", s)
		}
	}
	for _, r := range rotation.Reasons() {
		words = append(words, string(r))
	}
	for _, f := range rotation.Failures() {
		words = append(words, string(f))
	}
	words = append(words, string(oracle.Empty), string(rotation.DirectoryHeld), string(rotation.PhaseSent), string(rotation.EventRelease))
	for _, word := range words {
		if !strings.Contains(page, "\n| `"+word+"` |") {
			t.Errorf("%s is in no table", word)
		}
	}
}

type letter string

func TestConstantsNeedAComment(t *testing.T) {
	t.Parallel()
	found := []constant{{"digit", "a", "of another list"}, {"letter", "a", "what a is"}, {"letter", "b", ""}}
	if all, err := described(found, []letter{"a"}); err != nil || len(all) != 1 || all[0].comment != "what a is" {
		t.Errorf("got %v, %v", all, err)
	}
	for _, value := range []letter{"b", "c"} {
		if _, err := described(found, []letter{value}); err == nil || !strings.Contains(err.Error(), string(value)) {
			t.Errorf("%s: %v, want an error that names it", value, err)
		}
	}
	if _, err := constants(root, "absent.go"); err == nil {
		t.Error("no error for a file that is not there")
	}
}

// The tables have no column for defaults, because descriptions tell them, and in words.
func TestDefaultsAreTold(t *testing.T) {
	t.Parallel()
	e, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for name, schema := range e.document.Components.Schemas {
		for field, said := range schema.Properties {
			fields++
			if said.Description == "" || said.Default != nil && !strings.Contains(said.Description, "default") {
				t.Errorf("%s: %s has the default %v and the description %q", name, field, said.Default, said.Description)
			}
		}
	}
	if fields < 100 {
		t.Errorf("looked at %d fields", fields)
	}
}
