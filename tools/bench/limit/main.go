// Command limit is the fastest secrets engine that a process of its own can be: it answers a constant and does nothing
// else. What creds costs above it is the engine's; what it costs itself is Vault's and the way to a plugin.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/plugin"
)

func main() {
	if err := plugin.ServeMultiplex(&plugin.ServeOpts{BackendFactoryFunc: factory}); err != nil {
		fmt.Fprintln(os.Stderr, "limit:", err)
		os.Exit(1)
	}
}

// factory makes the engine of one mount.
func factory(ctx context.Context, config *logical.BackendConfig) (logical.Backend, error) {
	b := &framework.Backend{
		BackendType:    logical.TypeLogical,
		RunningVersion: "v0.0.1",
		Help:           "The fastest secrets engine that a process of its own can be.",
		Paths: []*framework.Path{
			path("creds/"+framework.GenericNameRegex("name"), answer),
			path("nothing/"+framework.GenericNameRegex("name"), nothing),
		},
	}
	if err := b.Setup(ctx, config); err != nil {
		return nil, fmt.Errorf("set up the limit: %w", err)
	}
	return b, nil
}

func path(pattern string, read framework.OperationFunc) *framework.Path {
	return &framework.Path{
		Pattern: pattern,
		Fields:  map[string]*framework.FieldSchema{"name": {Type: framework.TypeString}},
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{Callback: read},
		},
	}
}

// answer has the fields of the engine's own creds, of the same sizes, so that Vault has the same to carry.
func answer(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
	return &logical.Response{Data: map[string]any{
		"server_url": "https://pod-00.fa.us2.oraclecloud.com", "rest_api_url": "https://pod-00.fa.us2.oraclecloud.com/fscmRestApi/resources/latest/",
		"username": "API_USER_000000", "password": "Constant-Horse-9-Staple", "timeout": 30, "retry_attempts": 3,
		"modules": []string{"GL"}, "credential_version": 1, "last_vault_rotation": "2026-01-02T03:04:05Z",
	}}, nil
}

// nothing is an empty answer: the cost of asking a plugin at all.
func nothing(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
	return &logical.Response{Data: map[string]any{}}, nil
}
