package prometheus_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"vault-plugin-secrets-oracle-financials/rotation"
)

const (
	rulesFile = "rules.yaml"
	// prefix keeps our alerts apart from everybody else's in one Alertmanager.
	prefix   = "OracleFinancials"
	watchdog = prefix + "Watchdog"
)

// rule is one alert, as rules.yaml has it.
type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         *string           `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// alerts are all of rules.yaml, by name.
func alerts(t *testing.T) map[string]rule {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []rule }
	}
	read(t, rulesFile, &file)
	all := map[string]rule{}
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			if _, twice := all[r.Alert]; twice {
				t.Errorf("there are two alerts %q", r.Alert)
			}
			all[r.Alert] = r
		}
	}
	if len(all) == 0 {
		t.Fatal("there is no alert, so nothing was checked")
	}
	return all
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func TestAnAlertSaysWhatPeopleNeed(t *testing.T) {
	t.Parallel()
	base := ""
	for name, r := range alerts(t) {
		if !strings.HasPrefix(name, prefix) {
			t.Errorf("%q is an alert without %s before it", name, prefix)
		}
		if r.For == nil {
			t.Errorf("%s says nothing of for", name)
		} else if wait, err := time.ParseDuration(*r.For); err != nil || wait < 0 {
			t.Errorf("%s waits for %q", name, *r.For)
		}
		severities := []string{"critical", "warning"}
		if name == watchdog {
			severities = []string{"none"}
		}
		if got := r.Labels["severity"]; !slices.Contains(severities, got) {
			t.Errorf("%s has the severity %q, want one of %q", name, got, severities)
		}
		for _, annotation := range []string{"summary", "description", "runbook_url"} {
			if r.Annotations[annotation] == "" {
				t.Errorf("%s has no %s", name, annotation)
			}
		}
		if name != watchdog && !strings.Contains(r.Annotations["description"], "Start with: ") {
			t.Errorf("%s does not say what to start with", name)
		}
		folder, found := strings.CutSuffix(r.Annotations["runbook_url"], "/"+name+".md")
		if base == "" {
			base = folder
		}
		if !found || folder != base {
			t.Errorf("%s has the runbook_url %s, want %s/%s.md", name, r.Annotations["runbook_url"], base, name)
		}
	}
}

// Every state has an alert of its own, but those that need nobody. What only silences an alert asks for several (=~).
func TestEveryStateIsTold(t *testing.T) {
	t.Parallel()
	var told []string
	for _, r := range alerts(t) {
		for _, found := range regexp.MustCompile(`state="(\w+)"`).FindAllStringSubmatch(r.Expr, -1) {
			told = append(told, found[1])
		}
	}
	for _, state := range rotation.States() {
		if state == rotation.StateOK || state == rotation.StatePaused {
			continue
		}
		if !slices.Contains(told, string(state)) {
			t.Errorf("no alert tells of the state %s", state)
		}
	}
}

// unitTestFiles are the files of promtool's unit tests.
func unitTestFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*_test.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no unit tests of the rules: %v", err)
	}
	return files
}

// Whether they hold says promtool.
func TestEachAlertHasAUnitTest(t *testing.T) {
	t.Parallel()
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, name := range unitTestFiles(t) {
		var file struct {
			Tests []struct {
				Cases []struct {
					Alert    string `yaml:"alertname"`
					Expected []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		read(t, name, &file)
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				fires[c.Alert] = fires[c.Alert] || len(c.Expected) > 0
				silent[c.Alert] = silent[c.Alert] || len(c.Expected) == 0
			}
		}
	}
	all := alerts(t)
	for name := range all {
		if !fires[name] {
			t.Errorf("no unit test has %s fire", name)
		}
		if !silent[name] && name != watchdog { // which always fires
			t.Errorf("no unit test has %s not fire", name)
		}
	}
	for name := range fires {
		if _, found := all[name]; !found {
			t.Errorf("a unit test is about %s, and there is no such alert", name)
		}
	}
}
