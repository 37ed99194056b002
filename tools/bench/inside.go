package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// inside is the engine without Vault, in this process, on a storage in memory: what it does then is its own doing.
type inside struct {
	logical.Backend
	storage *counted
}

// newInside starts an engine on what may be left by another one.
func newInside(ctx context.Context, storage *counted, asked backend.Oracle) (*inside, error) {
	config := logical.TestBackendConfig()
	config.StorageView, config.Logger = storage, hclog.NewNullLogger()
	made, err := backend.New(backend.Options{Version: backend.Version{Name: "bench", Version: "v0.0.1"}, Oracle: asked})(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	return &inside{made, storage}, nil
}

// initialize starts its sweep.
func (i *inside) initialize(ctx context.Context) error {
	if err := i.Initialize(ctx, &logical.InitializationRequest{Storage: i.storage}); err != nil {
		return fmt.Errorf("start the sweep: %w", err)
	}
	return nil
}

// ask makes a request that must succeed.
func (i *inside) ask(ctx context.Context, operation logical.Operation, path string, data map[string]any) (*logical.Response, error) {
	request := &logical.Request{Operation: operation, Path: path, Data: data, Storage: i.storage, MountPoint: "oracle-financials/"}
	answer, err := i.HandleRequest(ctx, request)
	if err == nil && answer.IsError() {
		err = answer.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", operation, path, err)
	}
	return answer, nil
}

// fill writes integrations without proof, from and up to a number, on pods that are never asked.
func (i *inside) fill(ctx context.Context, from, to int) error {
	for n := from; n < to; n++ {
		fields := unproved(n, serverURL(n%podCount))
		if _, err := i.ask(ctx, logical.CreateOperation, "integrations/"+integrationName(n), fields); err != nil {
			return err
		}
	}
	return nil
}

// counted is a storage in memory that counts what is asked of it.
type counted struct {
	logical.InmemStorage
	reads, writes atomic.Int64
}

// Get implements logical.Storage.
func (c *counted) Get(ctx context.Context, key string) (*logical.StorageEntry, error) {
	c.reads.Add(1)
	return c.InmemStorage.Get(ctx, key) //nolint:wrapcheck // it stands in for the one below
}

// List implements logical.Storage.
func (c *counted) List(ctx context.Context, prefix string) ([]string, error) {
	c.reads.Add(1)
	return c.InmemStorage.List(ctx, prefix) //nolint:wrapcheck // as above
}

// Put implements logical.Storage.
func (c *counted) Put(ctx context.Context, entry *logical.StorageEntry) error {
	c.writes.Add(1)
	return c.InmemStorage.Put(ctx, entry) //nolint:wrapcheck // as above
}

// Delete implements logical.Storage.
func (c *counted) Delete(ctx context.Context, key string) error {
	c.writes.Add(1)
	return c.InmemStorage.Delete(ctx, key) //nolint:wrapcheck // as above
}

// instant is an Oracle that accepts every login at once.
type instant struct {
	backend.Oracle
	surveys atomic.Int64
}

// Survey implements rotation.Surveyor.
func (i *instant) Survey(_ context.Context, _ oracle.Endpoint, _ oracle.Login, plans []oracle.Plan) oracle.Findings {
	i.surveys.Add(1)
	found := oracle.Findings{Login: oracle.LoginAccepted, Cause: oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}}
	for _, plan := range plans {
		found.Modules = append(found.Modules, oracle.Finding{Module: plan.Module, Result: oracle.Accessible, HTTPStatus: 200, Probe: plan.Candidates[0]})
	}
	return found
}

// Knock implements rotation.Knocker.
func (*instant) Knock(context.Context, oracle.Endpoint) oracle.Answer {
	return oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}
}
