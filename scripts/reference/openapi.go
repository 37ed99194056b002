package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

const about = "Paths of the Oracle Financials secrets engine, below its mount. Generated from the engine's own schema, as Vault " +
	"serves it at /v1/sys/internal/specs/openapi. A schema of an answer describes what Vault puts into its field data; " +
	"warnings are beside it. What is wrong with a request is a 400 or 404 with a list of sentences in errors."

// openAPI is the document as it is checked in. Vault's own speaks of all its mounts and names no server, and its version
// is Vault's; this one stands alone.
func (e engine) openAPI() ([]byte, error) {
	raw, err := json.Marshal(e.document)
	if err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	var document map[string]any
	if err := json.Unmarshal(raw, &document); err != nil {
		return nil, fmt.Errorf("decode the OpenAPI document: %w", err)
	}
	maps.Copy(document, map[string]any{
		"info": map[string]any{
			"title": "Oracle Financials secrets engine", "description": about, "version": "1",
			"license": map[string]any{"name": "MPL-2.0", "url": "https://www.mozilla.org/MPL/2.0/"},
		},
		"servers": []any{map[string]any{
			"url": "{address}/v1/{mount}", "description": "A Vault, and where it has mounted the engine.",
			"variables": map[string]any{
				"address": map[string]any{"default": "https://127.0.0.1:8200"},
				"mount":   map[string]any{"default": prefix},
			},
		}},
		"security": []any{map[string]any{"token": []any{}}},
		"tags":     []any{map[string]any{"name": "secrets"}},
	})
	if components, ok := document["components"].(map[string]any); ok {
		components["securitySchemes"] = map[string]any{
			"token": map[string]any{"type": "apiKey", "in": "header", "name": "X-Vault-Token"},
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out) // which sorts the keys of maps
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}
