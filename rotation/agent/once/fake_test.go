package once_test

import (
	"context"
	"strings"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
)

// fake is an engine whose every answer is a function; what it is asked is written down.
type fake struct {
	report func(ctx context.Context, mount, after string) (estate.Report, error)
	sweep  func(ctx context.Context, mount string, n int) (estate.Progress, error)
	status func(mount, name string, n int) (estate.Status, error)
	check  func(ctx context.Context, mount, name string) (estate.Status, []string, error)
	rotate func(ctx context.Context, mount, name string) (estate.Status, []string, error)

	mu       sync.Mutex
	asked    []string
	requests []engine.SweepRequest
}

var _ once.Engine = (*fake)(nil)

// write notes a request, and says the how manyth of its kind it is.
func (f *fake) write(words ...string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	request, n := strings.Join(words, " "), 1
	for _, before := range f.asked {
		if before == request {
			n++
		}
	}
	f.asked = append(f.asked, request)
	return n
}

func (f *fake) Report(ctx context.Context, mount, since, after string) (estate.Report, error) {
	f.write("report", mount, since, after)
	return f.report(ctx, mount, after)
}

func (f *fake) Sweep(ctx context.Context, mount string, request engine.SweepRequest) (estate.Progress, error) {
	n := f.write("sweep", mount)
	f.mu.Lock()
	f.requests = append(f.requests, request)
	f.mu.Unlock()
	return f.sweep(ctx, mount, n)
}

func (f *fake) Status(_ context.Context, mount, name string) (estate.Status, error) {
	return f.status(mount, name, f.write("status", mount, name))
}

func (f *fake) Check(ctx context.Context, mount, name string) (estate.Status, []string, error) {
	f.write("check", mount, name)
	return f.check(ctx, mount, name)
}

func (f *fake) Rotate(ctx context.Context, mount, name string) (estate.Status, []string, error) {
	f.write("rotate", mount, name)
	return f.rotate(ctx, mount, name)
}

// fault is a fault of a kind.
func fault(kind engine.Kind) error { return &engine.Fault{Kind: kind, Text: string(kind) + " it is"} }

// takes waits as long as an answer takes, or until nobody waits for it any more.
func takes(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return fault(engine.Unreachable)
	case <-time.After(d):
		return nil
	}
}
