package openapi_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromFile(filepath.Join("..", "..", "docs", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestDocumentIsValid(t *testing.T) {
	document := load(t)
	if document.Paths.Len() < 20 {
		t.Fatalf("the document has %d paths", document.Paths.Len())
	}
	if err := document.Validate(t.Context(), openapi3.EnableSchemaFormatValidation()); err != nil {
		t.Error(err)
	}
}

// A generated client names its functions by operation and its types by schema: none may be missing or left over.
func TestEveryOperationCanBeGenerated(t *testing.T) {
	document := load(t)
	used, ids := map[string]bool{}, map[string]string{}
	note := func(content openapi3.Content) {
		for _, body := range content {
			used[strings.TrimPrefix(body.Schema.Ref, "#/components/schemas/")] = true
		}
	}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			what := method + " " + path
			if other, taken := ids[operation.OperationID]; taken || operation.OperationID == "" || operation.Summary == "" {
				t.Errorf("%s has the id %q (%s) and the summary %q", what, operation.OperationID, other, operation.Summary)
			}
			ids[operation.OperationID] = what
			if operation.RequestBody != nil {
				note(operation.RequestBody.Value.Content)
			}
			success := false
			for status, response := range operation.Responses.Map() {
				success = success || strings.HasPrefix(status, "2")
				note(response.Value.Content)
			}
			if !success {
				t.Errorf("%s describes no success", what)
			}
		}
	}
	for name := range document.Components.Schemas {
		if !used[name] {
			t.Errorf("nothing uses the schema %s", name)
		}
	}
}

// Faults that the validator has to find, so that its silence says something.
func TestValidatorFindsFaults(t *testing.T) {
	for name, spoil := range map[string]func(*openapi3.T){
		"a parameter of a path that is not declared": func(d *openapi3.T) { d.Paths.Value("/creds/{name}").Parameters = nil },
		"a type that there is not": func(d *openapi3.T) {
			d.Components.Schemas["OracleFinancialsReadCredentialsResponse"].Value.Properties["ttl"].Value.Type = &openapi3.Types{"number of seconds"}
		},
		"no version": func(d *openapi3.T) { d.Info.Version = "" },
	} {
		document := load(t)
		spoil(document)
		if err := document.Validate(t.Context()); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}
