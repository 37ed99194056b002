package backend_test

import (
	"context"
	"fmt"
	"testing"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/backend"
)

// How long the hot paths take inside the engine, for benchstat:
//
//	go test -run '^$' -bench . -count 10 ./backend | tee new.txt; benchstat old.txt new.txt

// benchSize is the estate that the targets speak of.
const benchSize = 10_000

// newBenchMount is a mount on the active node with integrations that nobody proved, whose own sweep is off.
func newBenchMount(b *testing.B, size int) (*mount, context.Context) {
	b.Helper()
	ctx := context.Background()
	config := logical.TestBackendConfig()
	config.StorageView, config.Logger = &logical.InmemStorage{}, log.NewNullLogger()
	made, err := backend.New(backend.Options{Version: backend.Version{Name: "test", Version: "v1.2.3"}})(ctx, config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { made.Cleanup(ctx) })
	m := &mount{backend: made, storage: config.StorageView, config: config}
	m.bench(ctx, b, logical.UpdateOperation, "config", map[string]any{"disable_automated_sweep": true})
	if err := made.Initialize(ctx, &logical.InitializationRequest{Storage: m.storage}); err != nil {
		b.Fatal(err)
	}
	for n := range size {
		m.bench(ctx, b, logical.CreateOperation, fmt.Sprintf("integrations/i-%06d", n), map[string]any{
			"server_url": fmt.Sprintf("https://pod-%02d.fa.us2.oraclecloud.com", n%50), "username": fmt.Sprintf("API_USER_%06d", n),
			"password": "Bench-Horse-9", "verify_connection": false,
		})
	}
	return m, ctx
}

// bench makes a request that must succeed.
func (m *mount) bench(ctx context.Context, b *testing.B, operation logical.Operation, path string, data map[string]any) *logical.Response {
	b.Helper()
	answer, err := m.backend.HandleRequest(ctx, &logical.Request{
		Operation: operation, Path: path, Data: data, Storage: m.storage, MountPoint: "oracle-financials/",
	})
	if err != nil || answer.IsError() {
		b.Fatalf("%s %s: %v %v", operation, path, err, answer.Error())
	}
	return answer
}

func BenchmarkCredsRead(b *testing.B) {
	m, ctx := newBenchMount(b, 100)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		m.bench(ctx, b, logical.ReadOperation, fmt.Sprintf("creds/i-%06d", n%100), nil)
	}
}

func BenchmarkCredsReadByManyAtOnce(b *testing.B) {
	m, ctx := newBenchMount(b, 100)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for n := 0; p.Next(); n++ {
			m.bench(ctx, b, logical.ReadOperation, fmt.Sprintf("creds/i-%06d", n%100), nil)
		}
	})
}

func BenchmarkStatusRead(b *testing.B) {
	m, ctx := newBenchMount(b, 100)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		m.bench(ctx, b, logical.ReadOperation, fmt.Sprintf("status/i-%06d", n%100), nil)
	}
}

// BenchmarkIntegrationWrite writes into a mount of benchSize and into a small one: that should cost the same.
func BenchmarkIntegrationWrite(b *testing.B) {
	for _, size := range []int{100, benchSize} {
		b.Run(fmt.Sprintf("%d integrations", size), func(b *testing.B) {
			m, ctx := newBenchMount(b, size)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				m.bench(ctx, b, logical.UpdateOperation, fmt.Sprintf("integrations/i-%06d", n%100), map[string]any{
					"password": fmt.Sprintf("Bench-Horse-%d", n), "verify_connection": false,
				})
			}
		})
	}
}

// BenchmarkReport asks a mount of benchSize as an agent does.
func BenchmarkReport(b *testing.B) {
	m, ctx := newBenchMount(b, benchSize)
	revision := m.bench(ctx, b, logical.ReadOperation, "report", map[string]any{"limit": 1}).Data["revision"]
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.bench(ctx, b, logical.ReadOperation, "report", map[string]any{"limit": 500, "after": "i-005000"})
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.bench(ctx, b, logical.ReadOperation, "report", map[string]any{"limit": 500, "since": revision})
		}
	})
}

func BenchmarkSweepWithNothingDue(b *testing.B) {
	m, ctx := newBenchMount(b, benchSize)
	b.ReportAllocs()
	for b.Loop() {
		m.bench(ctx, b, logical.UpdateOperation, "sweep", nil)
	}
}

// BenchmarkLoad reads a mount of benchSize from storage, as after an unseal.
func BenchmarkLoad(b *testing.B) {
	m, ctx := newBenchMount(b, benchSize)
	for b.Loop() {
		m.backend.InvalidateKey(ctx, "integration/i-000000")
		m.bench(ctx, b, logical.ReadOperation, "report", map[string]any{"limit": 1})
	}
}
