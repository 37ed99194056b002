package config_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

const (
	schemaFile  = "../../../deploy/agent/config.schema.json"
	exampleFile = "../../../deploy/agent/config.example.yaml"
)

// rawSchema is the published schema as JSON.
func rawSchema(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(must(os.ReadFile(schemaFile))(t)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.schema.json", document); err != nil {
		t.Fatal(err)
	}
	return must(compiler.Compile("config.schema.json"))(t)
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// bySchema is what the schema says of a YAML text; an error of the YAML itself is one as well.
func bySchema(schema *jsonschema.Schema, text []byte) error {
	var document any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	if document == nil { // a file without keys is one without a document
		document = map[string]any{}
	}
	asJSON, err := json.Marshal(document)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// structKeys lists every key of the Go structs, with its section before it.
func structKeys(section reflect.Type, path string) []string {
	var keys []string
	for field := range section.Fields() {
		key := field.Tag.Get("yaml")
		if key == "" {
			continue
		}
		below := field.Type
		if below.Kind() == reflect.Slice {
			below = below.Elem()
		}
		keys = append(keys, path+key)
		if below.Kind() == reflect.Struct {
			keys = append(keys, structKeys(below, path+key+".")...)
		}
	}
	return keys
}

// schemaKeys lists every key of a schema's object with its description.
func schemaKeys(root, object map[string]any, path string) map[string]map[string]any {
	keys := map[string]map[string]any{}
	properties, _ := follow(root, object)["properties"].(map[string]any)
	for name, said := range properties {
		property := said.(map[string]any)
		keys[path+name] = property
		below := follow(root, property)
		if items, ok := below["items"].(map[string]any); ok {
			below = follow(root, items)
		}
		maps.Copy(keys, schemaKeys(root, below, path+name+"."))
	}
	return keys
}

func follow(root, object map[string]any) map[string]any {
	target, ok := object["$ref"].(string)
	if !ok {
		return object
	}
	return root["$defs"].(map[string]any)[strings.TrimPrefix(target, "#/$defs/")].(map[string]any)
}

func TestTheSchemaAndTheLoaderNameTheSameKeys(t *testing.T) {
	t.Parallel()
	root := rawSchema(t)
	got := slices.Sorted(maps.Keys(schemaKeys(root, root, "")))
	want := slices.Sorted(slices.Values(structKeys(reflect.TypeFor[config.Config](), "")))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("loader (-) and schema (+) differ:\n%s", diff)
	}
	if len(want) < 35 {
		t.Errorf("only %d keys were compared", len(want))
	}
}

func TestEveryKeyOfTheSchemaIsDescribed(t *testing.T) {
	t.Parallel()
	root := rawSchema(t)
	for key, property := range schemaKeys(root, root, "") {
		said, _ := property["description"].(string)
		if said == "" {
			said, _ = follow(root, property)["description"].(string)
		}
		if len(said) < 20 || !strings.HasSuffix(said, ".") {
			t.Errorf("%s is described as %q", key, said)
		}
	}
}

func TestEverySectionOfTheSchemaIsClosed(t *testing.T) {
	t.Parallel()
	var walk func(path string, value any)
	walk = func(path string, value any) {
		object, isObject := value.(map[string]any)
		if !isObject {
			return
		}
		if object["type"] == "object" && object["additionalProperties"] != false {
			t.Errorf("%s takes keys that it does not name", path)
		}
		for key, below := range object {
			walk(path+"/"+key, below)
		}
	}
	walk("", rawSchema(t))
}

func TestTheSchemasDefaultsAreTheLoaders(t *testing.T) {
	t.Parallel()
	root := rawSchema(t)
	keys := schemaKeys(root, root, "")
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if value, has := keys[key]["default"]; has && !strings.Contains(key, ".") && key != "receivers" {
			text.WriteString(key + ": " + string(must(json.Marshal(value))(t)) + "\n")
		}
	}
	got, err := config.Parse("schema.yaml", []byte(text.String()+receiver(keys, t)), noEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	want := must(config.Parse("bare.yaml", []byte(receiver(nil, t)), noEnvironment))(t)
	if !got.Equal(want) || strings.Count(text.String(), "\n") < 5 {
		t.Errorf("with the schema's defaults\n%s\ngot:  %+v\nwant: %+v", text.String(), got, want)
	}
	if method := keys["vault.auth.method"]["default"]; method != string(config.Defaults().Vault.Auth.Method) {
		t.Errorf("the schema says that the method is %v by default", method)
	}
}

// receiver is a receiver with what the schema says that its defaults are.
func receiver(keys map[string]map[string]any, t *testing.T) string {
	t.Helper()
	text := "state_dir: /var/lib/agent\nreceivers:\n  - name: a\n    type: slack\n    url_file: /etc/a\n"
	for key, property := range keys {
		name, found := strings.CutPrefix(key, "receivers.")
		if value, has := property["default"]; found && has && !strings.Contains(name, ".") && name != "quiet_hours" {
			text += "    " + name + ": " + string(must(json.Marshal(value))(t)) + "\n"
		}
	}
	return text
}

// onlyTheLoader knows what a schema can't say: what is compared with something else, counted, or not YAML's data at all.
func onlyTheLoader() []string {
	return []string{
		"alias",                      // a schema sees what an alias stands for
		"tag",                        // nor does it see a tag
		"merge-key",                  // nor a merge
		"second-document",            // it is asked of the first
		"second-document-broken",     // the same
		"interval-short",             // a text is not compared with a number
		"interval-overflow",          // the same
		"listen-port",                // the same
		"receiver-without-state-dir", // the environment may say it
	}
}

func TestTheSchemaRefusesWhatTheLoaderRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, file := range badFiles(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		err := bySchema(schema, must(os.ReadFile(file))(t))
		if known := slices.Contains(onlyTheLoader(), name); (err == nil) != known {
			t.Errorf("%s: the schema says %v", name, err)
		}
	}
}
