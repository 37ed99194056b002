package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

const (
	// estateSize integrations are what several parts speak of.
	estateSize = 10_000
	// smallSize are those of a mount of their own, for the memory of an agent that watches no more.
	smallSize  = 1_000
	smallMount = "small"
	// workers check at once, by the mount's own setting.
	workers = 64
	// writers fill a mount at once.
	writers = 16
	// checkPeriod is the shortest that a policy may have, so that what was checked is due again soon.
	checkPeriod = time.Minute
	// sweepPatience is how long a sweep may take on a machine that is busy with something else.
	sweepPatience = 5 * time.Minute
)

// estate is a Vault with mounts full of integrations on pods that answer. Nothing in it is checked by itself.
type estate struct {
	*stage
	pods *pods
	size int
}

// build gives the estate, which all parts share.
func (b *bench) build(ctx context.Context) (*estate, error) {
	if b.estate != nil {
		return b.estate, nil
	}
	served, err := startPods(b.binaries)
	if err != nil {
		return nil, err
	}
	s, err := b.open(ctx, func(ctx context.Context, options vaultdev.Options) (*vaultdev.Server, error) {
		options.Env = append(options.Env, served.env())
		return vaultdev.StartDev(ctx, options)
	})
	if err != nil {
		served.close()
		return nil, err
	}
	e := &estate{stage: s, pods: served, size: estateSize}
	if b.quick {
		e.size = 500
	}
	if err := errors.Join(e.populate(ctx, engineName, e.size), e.populate(ctx, smallMount, min(e.size, smallSize))); err != nil {
		e.close()
		return nil, err
	}
	b.estate = e
	return e, nil
}

func (e *estate) close() {
	_ = e.Close() // nothing of it is kept
	e.pods.close()
}

// populate fills a mount.
func (e *estate) populate(ctx context.Context, mount string, size int) error {
	if err := e.mount(ctx, mount, engineName); err != nil {
		return err
	}
	if err := e.write(ctx, mount+"/config", map[string]any{
		"allowed_hosts": "127.0.0.1", "max_concurrent_checks": workers, "disable_automated_sweep": true,
	}); err != nil {
		return err
	}
	if err := e.write(ctx, mount+"/policies/default", map[string]any{"check_period": int(checkPeriod / time.Second)}); err != nil {
		return err
	}
	return e.fillWith(ctx, mount, 0, size, func(n int) map[string]any {
		fields := unproved(n, e.pods.url(n))
		fields["timeout"], fields["retry_attempts"] = 5, 0 // what hangs is known to hang after 5 seconds
		return fields
	})
}

// checkAll sweeps the mount unless another part did, so that every status is a full one.
func (e *estate) checkAll(ctx context.Context) error {
	if e.pods.count() > 0 {
		return nil
	}
	_, err := e.sweep(ctx, podCount)
	return err
}

// fillWith writes integrations, some at a time.
func (s *stage) fillWith(ctx context.Context, mount string, from, to int, fields func(n int) map[string]any) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for n := range numbers {
				if err := s.write(ctx, mount+"/integrations/"+integrationName(n), fields(n)); err != nil {
					cancel(err)
				}
			}
		})
	}
	for n := from; n < to && ctx.Err() == nil; n++ {
		numbers <- n
	}
	close(numbers)
	work.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("fill the mount: %w", err)
	}
	return nil
}

// awaitDue waits until so many checks are due in a mount.
func (s *stage) awaitDue(ctx context.Context, mount string, want int) error {
	ctx, cancel := context.WithTimeout(ctx, sweepPatience)
	defer cancel()
	for {
		due, err := s.due(ctx, mount)
		if err != nil {
			return err
		}
		if due == want {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d checks are due, want %d: %w", due, want, ctx.Err())
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// due counts what the engine's sweep has before it.
func (s *stage) due(ctx context.Context, mount string) (int, error) {
	report, err := s.read(ctx, mount+"/report", map[string][]string{"limit": {"1"}})
	if err != nil {
		return 0, err
	}
	sweep, _ := report["sweep"].(map[string]any)
	var due int
	if _, err := fmt.Sscan(fmt.Sprint(sweep["due"]), &due); err != nil {
		return 0, fmt.Errorf("read the report's sweep: %w", err)
	}
	return due, nil
}
