package prometheus_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
)

const (
	runbook = "../../docs/runbook"
	index   = "README.md"
)

// pages are the pages of the runbook, by the alert that each is for.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(runbook, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(file); name != index {
			all[strings.TrimSuffix(name, ".md")] = string(content)
		}
	}
	return all
}

func TestEachAlertHasAPage(t *testing.T) {
	t.Parallel()
	all, written := alerts(t), pages(t)
	for name, r := range all {
		page, found := written[name]
		if !found {
			t.Errorf("%s has no page in the runbook", name)
			continue
		}
		for _, part := range []string{
			"# " + name, "Severity **" + r.Labels["severity"] + "**, " + waits(t, r) + ".",
			"## What it means", "## How bad it is", "## What to do first", "## How to know that it is over",
		} {
			if !slices.Contains(strings.Split(page, "\n"), part) {
				t.Errorf("the page of %s has no line %q", name, part)
			}
		}
	}
	for name := range written {
		if _, found := all[name]; !found {
			t.Errorf("the runbook has a page %s, and there is no such alert", name)
		}
	}
}

// waits says of an alert how long it waits.
func waits(t *testing.T, r rule) string {
	t.Helper()
	wait, err := time.ParseDuration(*r.For)
	if err != nil {
		t.Fatal(err)
	}
	if wait == 0 {
		return "at once"
	}
	return "after " + *r.For
}

// The index says of each alert how bad it is by the table it stands in.
func TestTheIndexHasEveryPage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(runbook, index))
	if err != nil {
		t.Fatal(err)
	}
	listed, severity := map[string]string{}, ""
	link := regexp.MustCompile(`^\| \[(\w+)\]\((\w+)\.md\) \|`)
	for line := range strings.Lines(string(content)) {
		switch {
		case strings.Contains(line, "(critical):"):
			severity = "critical"
		case strings.Contains(line, "(warning):"):
			severity = "warning"
		case strings.HasPrefix(line, "Always there:"):
			severity = "none"
		}
		if found := link.FindStringSubmatch(line); found != nil {
			if found[1] != found[2] {
				t.Errorf("the index calls %s and opens %s", found[1], found[2])
			}
			listed[found[1]] = severity
		}
	}
	all := alerts(t)
	for name, r := range all {
		if listed[name] != r.Labels["severity"] {
			t.Errorf("the index lists %s under %q, want %q", name, listed[name], r.Labels["severity"])
		}
	}
	if len(listed) != len(all) {
		t.Errorf("the index lists %d alerts, and there are %d", len(listed), len(all))
	}
}

// agentCommands are what the agent takes.
var agentCommands = []string{"run", "sweep", "plan", "check", "status", "rotate", "validate", "notify", "policy", "version"}

var (
	ofVault = regexp.MustCompile(`\bvault (read|write|patch|list|delete)((?: -\w+)*) (\S+)(.*)`)
	ofAgent = regexp.MustCompile(`(?:^ *|Start with: )oracle-financials-agent (\w+)`)
	given   = regexp.MustCompile(`(?:^|[ '])(\w+)=(\S*)`)
	linked  = regexp.MustCompile(`\]\((\w+)\.md\)`)
)

// What the pages and the alerts tell people to type is what the engine and the agent take.
func TestTheCommandsAreTheProducts(t *testing.T) {
	t.Parallel()
	engine := newEngine(t)
	texts := pages(t)
	for name, r := range alerts(t) {
		texts[name] += "\n" + strings.NewReplacer("{{ $labels.mount }}", "oracle-financials", "{{ $labels.name }}", "gl-prod").Replace(r.Annotations["description"])
	}
	said := 0
	for name, text := range texts {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "  #")
			if found := ofVault.FindStringSubmatch(line); found != nil {
				said++
				engine.takes(t, name, found[1], strings.Trim(found[3], "`."), found[4])
			}
			if found := ofAgent.FindStringSubmatch(line); found != nil {
				said++
				if !slices.Contains(agentCommands, found[1]) {
					t.Errorf("%s: %s: the agent has no command %s", name, strings.TrimSpace(line), found[1])
				}
			}
		}
		for _, found := range linked.FindAllStringSubmatch(text, -1) {
			if _, there := texts[found[1]]; !there {
				t.Errorf("the page of %s links %s, and there is no such page", name, found[1])
			}
		}
	}
	if said < len(texts) {
		t.Errorf("only %d commands were found", said)
	}
}

// engine is the real one, which is asked for its help.
type engine struct{ logical.Backend }

func newEngine(t *testing.T) engine {
	t.Helper()
	b, err := backend.New(backend.Options{})(t.Context(), &logical.BackendConfig{
		StorageView: &logical.InmemStorage{}, System: &logical.StaticSystemView{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Cleanup(t.Context()) })
	return engine{b}
}

// takes checks that the engine knows a path and the fields that are sent to it.
func (e engine) takes(t *testing.T, where, verb, path, arguments string) {
	t.Helper()
	path, ours := strings.CutPrefix(path, "oracle-financials/")
	if !ours {
		t.Errorf("%s: vault %s %s is not of the mount of the examples", where, verb, path)
		return
	}
	if verb == "list" {
		path += "/"
	}
	answer, err := e.HandleRequest(t.Context(), &logical.Request{Operation: logical.HelpOperation, Path: path, Storage: &logical.InmemStorage{}})
	if err != nil || answer == nil {
		t.Errorf("%s: vault %s %s: the engine has no such path: %v", where, verb, path, err)
		return
	}
	help, _ := answer.Data["help"].(string)
	for _, field := range given.FindAllStringSubmatch(arguments, -1) {
		if !strings.Contains(help, "\n    "+field[1]+" (") {
			t.Errorf("%s: vault %s %s has no field %s", where, verb, path, field[1])
		}
		if field[1] == "action" && !strings.Contains(help, strings.TrimRight(field[2], "`.")) {
			t.Errorf("%s: vault %s %s has no action %s", where, verb, path, field[2])
		}
	}
}
