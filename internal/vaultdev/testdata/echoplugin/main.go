// Command echoplugin is the smallest secrets engine: it answers one path with its process id, and
// commits a data race on another.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
	vaultplugin "github.com/hashicorp/vault/sdk/plugin"
)

func main() {
	err := vaultplugin.ServeMultiplex(&vaultplugin.ServeOpts{BackendFactoryFunc: factory})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func factory(ctx context.Context, config *logical.BackendConfig) (logical.Backend, error) {
	b := &framework.Backend{
		BackendType:    logical.TypeLogical,
		RunningVersion: "v0.0.1",
		Paths:          []*framework.Path{path("whoami", whoami), path("race", race)},
	}
	return b, b.Setup(ctx, config)
}

func path(pattern string, read framework.OperationFunc) *framework.Path {
	return &framework.Path{
		Pattern: pattern,
		Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{Callback: read},
		},
	}
}

func race(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
	var n int
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			for range 1000 {
				n++
			}
		})
	}
	both.Wait()
	return &logical.Response{Data: map[string]any{"n": n}}, nil
}

func whoami(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
	return &logical.Response{Data: map[string]any{"pid": os.Getpid(), "greeting": os.Getenv("ECHO_GREETING")}}, nil
}
