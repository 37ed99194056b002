package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
)

// measureIdle asks the engine itself, without Vault: what it does when nothing is due, and what a read allocates.
func (b *bench) measureIdle(ctx context.Context) error {
	size := estateSize
	if b.quick {
		size = 500
	}
	engine, err := newInside(ctx, &counted{}, &instant{})
	if err != nil {
		return err
	}
	defer engine.Cleanup(ctx)
	if _, err := engine.ask(ctx, logical.UpdateOperation, "config", map[string]any{"disable_automated_sweep": true}); err != nil {
		return err
	}
	if err := engine.initialize(ctx); err != nil {
		return err
	}
	if err := engine.fill(ctx, 0, size); err != nil {
		return err
	}
	quiet, reads, err := engine.quietSweeps(ctx, b.count(201))
	if err != nil {
		return err
	}
	b.found.add(
		judged(fmt.Sprintf("sweep with nothing due, %d integrations, inside the engine", size), "–", below(1, " ms"), figureOf(in(time.Millisecond, quiet...)), " ms"),
		judged("the same, reads of storage", "–", atMost(0, ""), once(reads), ""),
	)
	return b.allocations(ctx, engine)
}

// quietSweeps sweeps so often, and gives how long each took and how many reads of storage one cost.
func (i *inside) quietSweeps(ctx context.Context, count int) (took []time.Duration, reads float64, err error) {
	if _, err := i.ask(ctx, logical.UpdateOperation, "sweep", nil); err != nil {
		return nil, 0, err
	}
	before := i.storage.reads.Load()
	for range count {
		began := time.Now()
		answer, err := i.ask(ctx, logical.UpdateOperation, "sweep", nil)
		if err != nil {
			return nil, 0, err
		}
		took = append(took, time.Since(began))
		if due := answer.Data["due"]; due != 0 {
			return nil, 0, fmt.Errorf("%v checks are due, want none", due)
		}
	}
	return took, float64(i.storage.reads.Load()-before) / float64(count), nil
}

// allocations counts what one read allocates, in the engine and without the way to it.
func (b *bench) allocations(ctx context.Context, engine *inside) error {
	var fault error
	read := func(path string) testing.BenchmarkResult {
		request := &logical.Request{Operation: logical.ReadOperation, Path: path, Storage: engine.storage, MountPoint: "oracle-financials/"}
		return testing.Benchmark(func(t *testing.B) {
			t.ReportAllocs()
			for t.Loop() {
				if answer, err := engine.HandleRequest(ctx, request); err != nil || answer.IsError() {
					fault = fmt.Errorf("read %s: %w", path, err)
				}
			}
		})
	}
	before := engine.storage.reads.Load()
	creds := read("creds/" + integrationName(0))
	perRead := float64(engine.storage.reads.Load() - before)
	status := read("status/" + integrationName(0))
	if fault != nil {
		return fault
	}
	b.found.add(
		judged("one read of `creds` inside the engine: allocations", "–", none(), once(float64(creds.AllocsPerOp())), ""),
		judged("one read of `creds` inside the engine: memory allocated", "–", none(), once(float64(creds.AllocedBytesPerOp())/1024), " KiB"),
		judged("one read of `creds` inside the engine: time", "–", none(), once(float64(creds.NsPerOp())/1000), " µs"),
		judged("one read of `creds` inside the engine: reads of storage", "–", none(), once(whole(perRead/float64(creds.N))), ""),
		judged("one read of `status` inside the engine: time", "–", none(), once(float64(status.NsPerOp())/1000), " µs"),
	)
	return nil
}

// whole rounds what is a whole number but for the rounds of warming up.
func whole(n float64) float64 { return float64(int(n + 0.5)) }
