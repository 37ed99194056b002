package e2e_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v3"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// manifest is what Kubernetes is given for a consumer, as far as it names what is read here.
type manifest struct {
	Kind string `yaml:"kind"`
	Spec struct {
		Type             string `yaml:"type"`
		Mount            string `yaml:"mount"`
		Path             string `yaml:"path"`
		AllowStaticCreds bool   `yaml:"allowStaticCreds"`
		Provider         any    `yaml:"provider"`
		Data             []any  `yaml:"data"`
		DataFrom         []struct {
			Extract struct {
				Key string `yaml:"key"`
			} `yaml:"extract"`
		} `yaml:"dataFrom"`
		Target struct {
			Template struct {
				Data map[string]string `yaml:"data"`
			} `yaml:"template"`
		} `yaml:"target"`
		Parameters struct {
			Objects string `yaml:"objects"`
		} `yaml:"parameters"`
	} `yaml:"spec"`
}

func exampleManifest(t *testing.T, path string) (made manifest) {
	t.Helper()
	mustDo(t, yaml.Unmarshal(readAll(t, filepath.Join("..", "docs", "examples", path)), &made))
	return made
}

// What the manifests of docs/examples name is there to be read, by an application's policy, and all of a credential comes
// from one read, because a rotation may fall between two.
func TestManifestsNameWhatIsServed(t *testing.T) {
	t.Parallel()
	m, pod := newMount(t, sharedVault(t), ""), startRotatingPod(t, oraclesim.Switches{})
	m.addRotating(pod, "gl", asPair)
	m.write("policies/monthly", fields{"rotation_period": "30d"}).want(http.StatusNoContent)
	application := m.person(applicationPolicy)
	served := func(mountPath, path string) map[string]any {
		t.Helper()
		below, found := strings.CutPrefix(mountPath+"/"+path, "oracle-financials/")
		if !found {
			t.Fatalf("%s/%s is not on the mount of the examples", mountPath, path)
		}
		return application.read(strings.Replace(below, "gl-prod", "gl", 1)).want(http.StatusOK).Data
	}

	unscheduled := exampleManifest(t, "vault-secrets-operator/unscheduled.yaml")
	plain := served(unscheduled.Spec.Mount, unscheduled.Spec.Path)
	if unscheduled.Kind != "VaultStaticSecret" || unscheduled.Spec.Type != "kv-v1" || plain["oracle-financials-password"] == nil || plain["ttl"] != nil {
		t.Errorf("without a schedule the operator is told to read %+v", unscheduled)
	}

	m.patch("integrations/gl", fields{"policy": "monthly"}).want(http.StatusOK)
	scheduled := exampleManifest(t, "vault-secrets-operator/scheduled.yaml")
	planned := served(scheduled.Spec.Mount, scheduled.Spec.Path)
	if scheduled.Kind != "VaultDynamicSecret" || !scheduled.Spec.AllowStaticCreds || planned["ttl"] == nil || planned["rotation_period"] == nil {
		t.Errorf("with a schedule the operator is told to read %+v", scheduled)
	}

	store, external := exampleManifest(t, "external-secrets/secretstore.yaml"), exampleManifest(t, "external-secrets/externalsecret.yaml")
	vault, _ := store.Spec.Provider.(map[string]any)["vault"].(map[string]any)
	if vault["version"] != "v1" || len(external.Spec.DataFrom) != 1 || len(external.Spec.Data) != 0 {
		t.Fatalf("External Secrets is told to read %+v from %v", external, vault)
	}
	extracted := served(vault["path"].(string), external.Spec.DataFrom[0].Extract.Key)
	named := regexp.MustCompile(`index \. "([^"]+)"`)
	for key, template := range external.Spec.Target.Template.Data {
		if found := named.FindStringSubmatch(template); found == nil || extracted[found[1]] == nil {
			t.Errorf("the template of %s is %s, of which nothing is served", key, template)
		}
	}

	var objects []map[string]string
	mustDo(t, yaml.Unmarshal([]byte(exampleManifest(t, "csi/secretproviderclass.yaml").Spec.Parameters.Objects), &objects))
	for _, o := range objects {
		mountPath, path, _ := strings.Cut(o["secretPath"], "/")
		if served(mountPath, path)[o["secretKey"]] == nil || o["secretPath"] != objects[0]["secretPath"] || o["secretKey"] == "ttl" {
			t.Errorf("the CSI provider is told to read %v", o)
		}
	}
	if len(objects) == 0 {
		t.Error("the CSI provider is told to read nothing")
	}
}

// An example that the page does not name is found by nobody, and a link to none helps nobody.
func TestExamplesAreOnThePage(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "docs")
	page := string(readAll(t, filepath.Join(docs, "consumers.md")))
	mustDo(t, filepath.WalkDir(filepath.Join(docs, "examples"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		below, err := filepath.Rel(docs, path)
		if err == nil && !strings.Contains(page, "("+filepath.ToSlash(below)+")") {
			t.Errorf("docs/consumers.md has no link to %s", below)
		}
		return err
	}))
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join(docs, filepath.FromSlash(link[1]))); err != nil {
			t.Errorf("docs/consumers.md links to %s, which is not there", link[1])
		}
	}
}
