package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
)

// contract is every path of the engine, with its methods in the words of OpenAPI. A list is a get.
var contract = map[string][]string{
	"config":                       {"delete", "get", "post"},
	"policies/":                    {"get"},
	"policies/{name}":              {"delete", "get", "patch", "post"},
	"integrations/":                {"get"},
	"integrations/{name}":          {"delete", "get", "patch", "post"},
	"creds/":                       {"get"},
	"creds/{name}":                 {"get"},
	"connector/{name}":             {"get"},
	"check/{name}":                 {"post"},
	"directories/":                 {"get"},
	"directories/{name}":           {"delete", "get", "patch", "post"},
	"directories/{name}/rotate":    {"post"},
	"directories/{name}/reconcile": {"post"},
	"rotate/{name}":                {"post"},
	"reconcile/{name}":             {"post"},
	"history/{name}":               {"get"},
	"status/":                      {"get"},
	"status/{name}":                {"get"},
	"sweep":                        {"post"},
	"report":                       {"get"},
	"info":                         {"get"},
}

// taken are the fields that a post takes, and given those that an answer has, with their types; what is not listed here
// of config, check and the like is left to their own tests. To OpenAPI a duration is a text.
var (
	taken = map[string]map[string]string{
		"integrations/{name}": {
			"server_url": "string", "username": "string", "password": "string", "timeout": "string", "retry_attempts": "integer",
			"modules": "array", "probes": "object", "policy": "string", "directory": "string", "self_managed": "boolean",
			"accept_broad_privilege": "boolean", "standby_username": "string", "standby_password": "string", "password_set_time": "string",
			"ca_cert": "string", "paused_until": "string", "pause_reason": "string", "verify_connection": "boolean", "cas": "integer",
		},
		"policies/{name}": {
			"check_period": "string", "check_schedule": "string", "password_max_age": "string", "expiry_warning": "string",
			"failure_threshold": "integer", "login_failure_budget": "integer", "operator_login_budget": "integer",
			"operator_login_window": "string", "hold_period": "string", "unlock_delay": "string", "rotation_period": "string",
			"rotation_schedule": "string", "rotation_window": "string", "rotate_before_expiry": "string",
			"disable_automated_rotation": "boolean", "password_policy": "string", "password_length": "integer",
		},
		"directories/{name}":           {"type": "string", "url": "string", "username": "string", "password": "string", "client_id": "string", "client_secret": "string"},
		"directories/{name}/rotate":    {},
		"directories/{name}/reconcile": {"action": "string", "password": "string"},
		"rotate/{name}":                {"cas": "integer"},
		"reconcile/{name}":             {"action": "string", "password": "string", "account": "string"},
	}
	given = map[string]map[string]string{
		"get creds/{name}":                  {"credential_version": "integer", "last_vault_rotation": "string", "rotation_period": "integer", "ttl": "integer"},
		"get status/{name}":                 statusFields,
		"post rotate/{name}":                statusFields,
		"post reconcile/{name}":             statusFields,
		"get integrations/{name}":           {"self_managed": "boolean", "standby_username": "string"},
		"get directories/{name}":            directoryFields,
		"post directories/{name}/rotate":    directoryFields,
		"post directories/{name}/reconcile": directoryFields,
		"post sweep":                        {"rotated": "integer", "results": "array"},
	}
	statusFields = map[string]string{
		"state": "string", "rotation_phase": "string", "last_rotation_error": "string", "last_rotation_time": "string",
		"next_rotation_time": "string", "standby": "object",
	}
	directoryFields = map[string]string{"state": "string", "held_since": "string", "rotation_phase": "string"}
)

// patchesInOpenAPI is what a Vault before 1.20 drops of what a plugin tells it; PATCH itself works.
const patchesInOpenAPI = "PATCH operations of a plugin in its OpenAPI document"

// openAPIPath is a path of Vault's OpenAPI document, as far as it matters here.
type openAPIPath map[string]any

// schemas are the objects of Vault's OpenAPI document, by name.
type schemas map[string]struct {
	Properties map[string]struct {
		Type string `json:"type"`
	} `json:"properties"`
}

// fields gives the types of the fields of an operation's request or response. On its way out of a plugin a document
// loses its references to schemas, so that only the name says whose one is.
func (s schemas) fields(operation map[string]any, kind string) map[string]string {
	name := ""
	for word := range strings.SplitSeq(fmt.Sprint(operation["operationId"]), "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	types := map[string]string{}
	for field, property := range s[name+kind].Properties {
		types[field] = property.Type
	}
	return types
}

// openAPI reads what Vault tells about this mount, by path below it.
func openAPI(t *testing.T, m mount) (map[string]openAPIPath, schemas) {
	t.Helper()
	var response *api.Response
	// Vault asks all its mounts, and answers 500 when another test unmounts one of them just then.
	await(t, time.Minute, "an OpenAPI document", func() (done bool) {
		var err error
		response, err = m.client.Logical().ReadRawWithContext(t.Context(), "sys/internal/specs/openapi")
		return err == nil
	})
	defer response.Body.Close()
	var document struct {
		Paths      map[string]openAPIPath `json:"paths"`
		Components struct {
			Schemas schemas `json:"schemas"`
		} `json:"components"`
	}
	if err := response.DecodeJSON(&document); err != nil {
		t.Fatal(err)
	}
	ours := map[string]openAPIPath{}
	for whole, item := range document.Paths {
		if below, found := strings.CutPrefix(whole, "/"+m.path+"/"); found {
			ours[below] = item
		}
	}
	return ours, document.Components.Schemas
}

func TestOpenAPIHoldsEveryPathAndAnswer(t *testing.T) {
	t.Parallel()
	needsMinor(t, 20, patchesInOpenAPI)
	found, objects := openAPI(t, newMount(t, sharedVault(t), ""))
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(contract)); !slices.Equal(got, want) {
		t.Fatalf("OpenAPI has the paths\n%q, want\n%q", got, want)
	}
	ids := map[string]string{}
	for below, item := range found {
		var methods []string
		for method, described := range item {
			operation, isOperation := described.(map[string]any)
			if !isOperation {
				continue
			}
			methods = append(methods, method)
			what := method + " " + below
			id := fmt.Sprint(operation["operationId"])
			if other, taken := ids[id]; taken || !strings.HasPrefix(id, "oracle-financials-") {
				t.Errorf("%s has the operation id %q (%s)", what, id, other)
			}
			ids[id] = what
			if operation["summary"] == nil {
				t.Errorf("%s has no summary", what)
			}
			if !describesAnswer(operation) {
				t.Errorf("%s does not describe its answer: %v", what, operation["responses"])
			}
			wantFields(t, objects, what, operation)
		}
		if slices.Sort(methods); !slices.Equal(methods, contract[below]) {
			t.Errorf("%s has the methods %q, want %q", below, methods, contract[below])
		}
	}
}

// wantFields complains about a field that is missing or has another type, in what an operation takes and answers.
func wantFields(t *testing.T, objects schemas, what string, operation map[string]any) {
	t.Helper()
	compare := func(where string, got, want map[string]string) {
		for name, kind := range want {
			if got[name] != kind {
				t.Errorf("%s %s has the field %s as %q, want %q", what, where, name, got[name], kind)
			}
		}
	}
	if below, isPost := strings.CutPrefix(what, "post "); isPost {
		compare("takes", objects.fields(operation, "Request"), taken[below])
	}
	got := objects.fields(operation, "Response")
	compare("answers", got, given[what])
	for name := range got {
		if strings.HasSuffix(name, "password") && what != "get creds/{name}" && what != "get connector/{name}" {
			t.Errorf("%s answers a %s", what, name)
		}
	}
}

// describesAnswer says whether an operation has a 204, or a 200 with fields.
func describesAnswer(operation map[string]any) bool {
	responses, _ := operation["responses"].(map[string]any)
	if _, none := responses["204"]; none {
		return true
	}
	ok, _ := responses["200"].(map[string]any)
	return ok["content"] != nil
}

func TestPathHelpShowsAnExampleOnEveryPath(t *testing.T) {
	t.Parallel()
	m := newMount(t, sharedVault(t), "")
	for below := range contract {
		asked := m.path + "/" + strings.ReplaceAll(below, "{name}", "gl-prod")
		help, err := m.client.HelpWithContext(t.Context(), asked)
		if err != nil {
			t.Errorf("help of %s: %v", below, err)
			continue
		}
		noun, _, _ := strings.Cut(below, "/")
		if _, verb, found := strings.Cut(below, "{name}/"); found {
			noun += "/[^/ ]+/" + verb
		}
		example := regexp.MustCompile(`(?m)^ *vault (read|write|list|patch) .*\boracle-financials/` + noun + `\b`)
		if !example.MatchString(help.Help) {
			t.Errorf("the help of %s has no example of it:\n%s", below, help.Help)
		}
	}
	help, err := m.client.HelpWithContext(t.Context(), m.path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(help.Help, "vault write oracle-financials/integrations/") {
		t.Errorf("the help of the mount has no example:\n%s", help.Help)
	}
}

// The document that is checked in names the same operations as Vault, so that a client generated from either calls the
// other's.
func TestCheckedInOpenAPIIsWhatVaultServes(t *testing.T) {
	t.Parallel()
	needsMinor(t, 20, patchesInOpenAPI)
	raw, err := os.ReadFile(filepath.Join("..", "docs", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var checkedIn struct {
		Paths map[string]openAPIPath `json:"paths"`
	}
	mustDo(t, json.Unmarshal(raw, &checkedIn))
	served, _ := openAPI(t, newMount(t, sharedVault(t), ""))
	for below, item := range served {
		if got, want := operationIDs(checkedIn.Paths["/"+below]), operationIDs(item); !maps.Equal(got, want) {
			t.Errorf("docs/openapi.json has of %s the operations %v, and Vault %v", below, got, want)
		}
	}
	if len(served) != len(checkedIn.Paths) {
		t.Errorf("docs/openapi.json has %d paths, and Vault %d", len(checkedIn.Paths), len(served))
	}
}

// operationIDs are the names of a path's operations, by method.
func operationIDs(item openAPIPath) map[string]string {
	ids := map[string]string{}
	for method, described := range item {
		if operation, isOperation := described.(map[string]any); isOperation {
			ids[method] = fmt.Sprint(operation["operationId"])
		}
	}
	return ids
}
