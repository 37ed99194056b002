package e2e_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
)

// contract is every path of the engine, with its methods in the words of OpenAPI. A list is a get.
var contract = map[string][]string{
	"config":              {"delete", "get", "post"},
	"policies/":           {"get"},
	"policies/{name}":     {"delete", "get", "patch", "post"},
	"integrations/":       {"get"},
	"integrations/{name}": {"delete", "get", "patch", "post"},
	"creds/":              {"get"},
	"creds/{name}":        {"get"},
	"connector/{name}":    {"get"},
	"check/{name}":        {"post"},
	"directories/":        {"get"},
	"directories/{name}":  {"delete", "get", "patch", "post"},
	"reconcile/{name}":    {"post"},
	"history/{name}":      {"get"},
	"status/":             {"get"},
	"status/{name}":       {"get"},
	"sweep":               {"post"},
	"report":              {"get"},
	"info":                {"get"},
}

// openAPIPath is a path of Vault's OpenAPI document, as far as it matters here.
type openAPIPath map[string]any

// openAPI reads what Vault tells about this mount, by path below it.
func openAPI(t *testing.T, m mount) map[string]openAPIPath {
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
		Paths map[string]openAPIPath `json:"paths"`
	}
	if err := response.DecodeJSON(&document); err != nil {
		t.Fatal(err)
	}
	ours := map[string]openAPIPath{}
	for path, item := range document.Paths {
		if below, found := strings.CutPrefix(path, "/"+m.path+"/"); found {
			ours[below] = item
		}
	}
	return ours
}

func TestOpenAPIHoldsEveryPathAndAnswer(t *testing.T) {
	t.Parallel()
	found := openAPI(t, newMount(t, sharedVault(t), ""))
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(contract)); !slices.Equal(got, want) {
		t.Fatalf("OpenAPI has the paths\n%q, want\n%q", got, want)
	}
	ids := map[string]string{}
	for path, item := range found {
		var methods []string
		for method, described := range item {
			operation, isOperation := described.(map[string]any)
			if !isOperation {
				continue
			}
			methods = append(methods, method)
			what := method + " " + path
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
		}
		if slices.Sort(methods); !slices.Equal(methods, contract[path]) {
			t.Errorf("%s has the methods %q, want %q", path, methods, contract[path])
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
	for path := range contract {
		asked := m.path + "/" + strings.ReplaceAll(path, "{name}", "gl-prod")
		help, err := m.client.HelpWithContext(t.Context(), asked)
		if err != nil {
			t.Errorf("help of %s: %v", path, err)
			continue
		}
		noun, _, _ := strings.Cut(path, "/")
		example := regexp.MustCompile(`(?m)^ *vault (read|write|list|patch) .*\boracle-financials/` + noun + `\b`)
		if !example.MatchString(help.Help) {
			t.Errorf("the help of %s has no example of it:\n%s", path, help.Help)
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
