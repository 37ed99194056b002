package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
)

// prefix is what Vault puts before the names of our operations: the type under which the plugin is mounted.
const prefix = "oracle-financials"

// engine is what the engine says of itself, without a Vault and without a mount.
type engine struct {
	document *framework.OASDocument
	help     map[string]string // by path, as the document writes it: what its help says below DESCRIPTION
}

// ask asks the engine what Vault asks it for path-help and OpenAPI.
func ask() (engine, error) {
	ctx := context.Background()
	system := logical.StaticSystemView{PluginEnvironment: &logical.PluginEnvironment{}}
	config := &logical.BackendConfig{Logger: hclog.NewNullLogger(), System: system, StorageView: &logical.InmemStorage{}}
	mounted, err := backend.New(backend.Options{})(ctx, config)
	if err != nil {
		return engine{}, err
	}
	defer mounted.Cleanup(ctx)
	helpOf := func(path string) (*logical.Response, error) {
		return mounted.HandleRequest(ctx, &logical.Request{
			Operation: logical.HelpOperation, Path: path, Storage: config.StorageView, Data: map[string]any{"requestResponsePrefix": prefix},
		})
	}
	root, err := helpOf("")
	if err != nil {
		return engine{}, fmt.Errorf("ask for the OpenAPI document: %w", err)
	}
	document, ok := root.Data["openapi"].(*framework.OASDocument)
	if !ok {
		return engine{}, errors.New("the help of the mount has no OpenAPI document")
	}
	e := engine{document, map[string]string{}}
	for path := range document.Paths {
		answer, err := helpOf(strings.TrimPrefix(strings.ReplaceAll(path, "{name}", "gl-prod"), "/"))
		if err != nil || answer == nil {
			return engine{}, fmt.Errorf("ask for the help of %s: %w", path, err)
		}
		text, _ := answer.Data["help"].(string)
		_, description, found := strings.Cut(text, "## DESCRIPTION\n\n")
		if !found {
			return engine{}, fmt.Errorf("the help of %s has no description", path)
		}
		e.help[path] = indented(description)
	}
	return e, nil
}

// paths are the paths in the order in which they are told: that of the alphabet, lists before what they list.
func (e engine) paths() []string { return slices.Sorted(maps.Keys(e.document.Paths)) }

// indented gives a description back the indentation of its first line, which the framework trims off.
func indented(description string) string {
	if strings.HasPrefix(description, "vault ") {
		description = "    " + description
	}
	return strings.TrimRight(description, "\n")
}
