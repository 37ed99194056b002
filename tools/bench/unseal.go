package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// began is one start of the engine.
type began struct {
	creds time.Duration // until the first credential was served
	limit time.Duration // until the limit answered
	queue time.Duration // until the due queue was whole
}

// measureUnseal unseals a Vault that keeps a full mount on disk.
func (b *bench) measureUnseal(ctx context.Context) error {
	size := estateSize
	if b.quick {
		size = 500
	}
	s, err := b.open(ctx, vaultdev.StartRaft)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // nothing of it is kept
	if err := errors.Join(s.register(ctx, limitName, buildLimit), s.mount(ctx, limitName, limitName), s.mount(ctx, engineName, engineName)); err != nil {
		return err
	}
	if err := s.overdue(ctx, engineName, size); err != nil {
		return err
	}
	if err := s.awaitDue(ctx, engineName, size); err != nil {
		return err
	}
	var creds, limit, queue []time.Duration
	for range b.count(5) {
		if err := s.Seal(ctx); err != nil {
			return err //nolint:wrapcheck // it says all there is
		}
		if err := s.Unseal(ctx); err != nil {
			return err //nolint:wrapcheck // as above
		}
		start, err := s.begins(ctx, engineName, size)
		if err != nil {
			return err
		}
		creds, limit, queue = append(creds, start.creds), append(limit, start.limit), append(queue, start.queue)
	}
	var later []float64
	for i := range creds {
		later = append(later, float64(creds[i]-limit[i])/float64(time.Millisecond))
	}
	b.found.add(
		judged(fmt.Sprintf("unseal with %d integrations: `creds` answers, later than", size), "the first answer of the limit", atMost(100, " ms"), figureOf(later), " ms"),
		judged(fmt.Sprintf("unseal with %d integrations: until the due queue is whole", size), "–", atMost(3, " s"), figureOf(in(time.Second, queue...)), " s"),
	)
	b.found.say("The clock starts when Vault says that it is active, which is before it has started its plugins. \"At once\" is held to 100 ms",
		"after an engine that has nothing to read; the queue is whole when the engine counts every integration as due: all of them are,",
		"because nothing is checked by itself in this part.")
	return nil
}

// overdue fills a mount with integrations that all become due and stay so.
func (s *stage) overdue(ctx context.Context, mount string, size int) error {
	if err := s.write(ctx, mount+"/config", map[string]any{"disable_automated_sweep": true}); err != nil {
		return err
	}
	if err := s.write(ctx, mount+"/policies/default", map[string]any{"check_period": int(checkPeriod / time.Second)}); err != nil {
		return err
	}
	return s.fillWith(ctx, mount, 0, size, func(n int) map[string]any { return unproved(n, serverURL(n%podCount)) })
}

// begins watches a start: when the first credential is served, and when every check is known to be due.
func (s *stage) begins(ctx context.Context, mount string, size int) (began, error) {
	var b began
	started := time.Now()
	var faults [2]error
	var work sync.WaitGroup
	for i, first := range []struct {
		of  readable
		set func(time.Duration)
	}{
		{over(ours, mount+"/creds/i-%06d", size), func(d time.Duration) { b.creds = d }},
		{over(theLimit, "limit/creds/i-%06d", size), func(d time.Duration) { b.limit = d }},
	} {
		work.Go(func() {
			r := s.reader()
			faults[i] = s.await(ctx, func(ctx context.Context) error { return r.once(ctx, first.of, size/2) })
			first.set(time.Since(started))
		})
	}
	work.Wait()
	if err := errors.Join(faults[:]...); err != nil {
		return b, err
	}
	ctx, cancel := context.WithTimeout(ctx, sweepPatience)
	defer cancel()
	for {
		due, err := s.due(ctx, mount)
		if err != nil {
			return b, err
		}
		if due == size {
			b.queue = time.Since(started)
			return b, nil
		}
		select {
		case <-ctx.Done():
			return b, fmt.Errorf("%d of %d checks are known to be due: %w", due, size, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
