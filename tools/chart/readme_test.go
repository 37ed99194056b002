package chart_test

import (
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

var (
	hereDocument = regexp.MustCompile(`(?s)cat > ([^\n]+) <<'END'\n(.*?)\nEND\n`)
	valuesToAdd  = regexp.MustCompile("(?s)add to the values.*?```yaml\n(.*?)```")
)

// What the page on installing has people copy is what the agent and the chart take.
func TestTheReadmesFilesAreTaken(t *testing.T) {
	page := read(t, deploy+"/README.md")
	files := map[string]string{}
	for _, match := range hereDocument.FindAllStringSubmatch(page, -1) {
		files[match[1]] = match[2]
	}
	var config map[string]any
	if err := yaml.UnmarshalStrict([]byte(files["/etc/oracle-financials-agent/agent.yaml"]), &config); err != nil || config == nil {
		t.Fatalf("no configuration for systemd: %v", err)
	}
	if err := agentSchema(t).Validate(config); err != nil {
		t.Error(err)
	}
	for _, path := range paths(config) {
		if folder := "/run/credentials/oracle-financials-agent.service/"; !strings.HasPrefix(path, folder) {
			t.Errorf("%s is not where systemd puts the login", path)
		}
	}
	added := valuesToAdd.FindStringSubmatch(page)
	if files["agent-values.yaml"] == "" || added == nil {
		t.Fatal("no values for the chart")
	}
	manifests := rendered(t, files["agent-values.yaml"]+"\n"+added[1])
	for _, name := range []string{"deployment.yaml", "servicemonitor.yaml", "prometheusrule.yaml", "dashboard.yaml"} {
		if manifests[name] == "" {
			t.Errorf("the values of the page give no %s", name)
		}
	}
}
