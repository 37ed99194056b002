package chart_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"k8s.io/kubernetes/pkg/apis/core"
	"sigs.k8s.io/yaml"
)

// contractKeys is the top of the agent's configuration as docs and code know it; receivers have keys of their own.
var contractKeys = []string{
	"interval", "listen", "log_format", "log_level", "mounts", "receivers", "state_dir", "vault", "web_config_file",
}

// agentConfig is the configuration that the chart would give the agent.
func agentConfig(t *testing.T, with string) map[string]any {
	t.Helper()
	configMap := decode(t, rendered(t, with)["configmap.yaml"]).(*core.ConfigMap)
	config := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(configMap.Data["config.yaml"]), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

func agentSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(deploy + "/agent/config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestTheAgentTakesTheConfigurationItGets(t *testing.T) {
	schema := agentSchema(t)
	for _, file := range valueFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			config := agentConfig(t, read(t, file))
			if err := schema.Validate(config); err != nil {
				t.Error(err)
			}
			for key := range config {
				if !slices.Contains(contractKeys, key) {
					t.Errorf("%q is no key of the agent's configuration", key)
				}
			}
		})
	}
}

// The chart's schema must know neither less nor more of the agent's configuration than the agent: but for what the chart
// says itself, the keys are the same.
func TestTheValuesKnowEveryKeyOfTheAgentsConfiguration(t *testing.T) {
	agents := schemaAt(t, deploy+"/agent/config.schema.json")
	charts := schemaAt(t, chartDir+"/values.schema.json", "properties", "config")
	for _, section := range []struct {
		name           string
		agents, charts []string
		saidByTheChart []string
	}{
		{name: "the top", saidByTheChart: []string{"listen", "state_dir", "web_config_file"}},
		{name: "vault", agents: []string{"properties", "vault"}, charts: []string{"properties", "vault"}, saidByTheChart: []string{"ca_cert"}},
	} {
		t.Run(section.name, func(t *testing.T) {
			want := keys(t, at(t, agents, section.agents...))
			want = slices.DeleteFunc(want, func(key string) bool { return slices.Contains(section.saidByTheChart, key) })
			if diff := cmp.Diff(want, keys(t, at(t, charts, section.charts...))); diff != "" {
				t.Errorf("the agent's schema (-) and values.schema.json (+) differ:\n%s", diff)
			}
		})
	}
	t.Run("vault.auth", func(t *testing.T) {
		want := keys(t, schemaAt(t, deploy+"/agent/config.schema.json", "$defs", "auth"))
		want = slices.DeleteFunc(want, func(key string) bool { return key == "jwt_file" })
		if diff := cmp.Diff(want, keys(t, schemaAt(t, chartDir+"/values.schema.json", "definitions", "auth"))); diff != "" {
			t.Errorf("the agent's schema (-) and values.schema.json (+) differ:\n%s", diff)
		}
	})
}

// Every file and folder that the configuration names is in a volume of the container, and the configuration itself too.
func TestEveryPathOfTheConfigurationIsMounted(t *testing.T) {
	for _, file := range valueFiles(t) {
		named := paths(agentConfig(t, read(t, file)))
		for name, pod := range pods(t, read(t, file)) {
			container := pod.Containers[0]
			_, config, _ := strings.Cut(container.Args[1], "--config=")
			for _, path := range append(named, config) {
				if !slices.ContainsFunc(container.VolumeMounts, func(mount core.VolumeMount) bool {
					return path == mount.MountPath || strings.HasPrefix(path, mount.MountPath+"/")
				}) {
					t.Errorf("%s: %s: nothing is mounted for %s", file, name, path)
				}
			}
		}
	}
}

// paths collects the absolute paths among the values.
func paths(value any) []string {
	var found []string
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(v, "/") {
			found = append(found, v)
		}
	case []any:
		for _, item := range v {
			found = append(found, paths(item)...)
		}
	case map[string]any:
		for _, item := range v {
			found = append(found, paths(item)...)
		}
	}
	return found
}

func schemaAt(t *testing.T, file string, steps ...string) map[string]any {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal([]byte(read(t, file)), &schema); err != nil {
		t.Fatal(err)
	}
	return at(t, schema, steps...)
}

func at(t *testing.T, schema map[string]any, steps ...string) map[string]any {
	t.Helper()
	for _, step := range steps {
		next, isObject := schema[step].(map[string]any)
		if !isObject {
			t.Fatalf("no %q in the schema", step)
		}
		schema = next
	}
	return schema
}

func keys(t *testing.T, schema map[string]any) []string {
	t.Helper()
	return sortedKeys(at(t, schema, "properties"))
}
