package once

import (
	"context"
	"slices"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

const (
	// sweepWait is how long the engine may wait with its answer: the longest that it takes.
	sweepWait = 10 * time.Second
	// sweepPause keeps an engine that answers at once from being asked in a tight loop.
	sweepPause = time.Second
)

// Swept is what became of the sweep of one mount.
type Swept struct {
	Mount    string
	Progress estate.Progress // the zero value where the mount could not be asked
	Asked    bool
	Fault    string // empty: it came to its end
}

// Sweep runs one sweep of every mount to its end, all at once, and tells what each has come to so far.
func Sweep(ctx context.Context, asked Engine, mounts []string, dryRun bool, tell func(estate.Progress)) []Swept {
	swept := make([]Swept, len(mounts))
	var running sync.WaitGroup
	for i, mount := range mounts {
		running.Go(func() { swept[i] = sweep(ctx, asked, mount, dryRun, tell) })
	}
	running.Wait()
	return swept
}

func sweep(ctx context.Context, asked Engine, mount string, dryRun bool, tell func(estate.Progress)) Swept {
	swept := Swept{Mount: mount}
	request := engine.SweepRequest{Wait: sweepWait}
	if dryRun {
		request = engine.SweepRequest{DryRun: true}
	}
	for {
		begun := time.Now()
		progress, err := asked.Sweep(ctx, mount, request)
		if err != nil {
			swept.Fault = unfinished(ctx, swept.Asked, err)
			return swept
		}
		if swept.Asked && !continues(swept.Progress, progress) {
			swept.Progress.Remaining = 0 // it ended between two questions, and this is the next one
			return swept
		}
		swept.Asked, swept.Progress = true, progress
		tell(progress)
		if dryRun || progress.Remaining == 0 {
			return swept
		}
		if !pause(ctx, sweepPause-time.Since(begun)) {
			swept.Fault = unfinished(ctx, true, ctx.Err())
			return swept
		}
	}
}

// unfinished says why a sweep was not seen to its end.
func unfinished(ctx context.Context, asked bool, err error) string {
	if asked && ctx.Err() != nil {
		return "the sweep was still going on when " + ended(ctx) + ": it goes on by itself, and status shows what came of it"
	}
	return err.Error()
}

// continues says whether an answer speaks of the same sweep as the one before: what has a result keeps one.
func continues(before, now estate.Progress) bool {
	for _, result := range before.Results {
		if !slices.ContainsFunc(now.Results, func(r estate.SweptName) bool { return r.Name == result.Name }) {
			return false
		}
	}
	return true
}

// pause waits, and says whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
