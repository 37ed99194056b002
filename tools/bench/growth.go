package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// grown is the engine at one size.
type grown struct {
	size   float64
	writes float64 // of integrations per second, while it was filled by some clients
	reads  float64 // of creds per second, by 16 clients
	ratio  float64 // of the same to the limit
	start  float64 // seconds until the due queue was whole
	memory float64 // MiB resident
	sweep  float64 // seconds of the engine's own for checking everything
}

// measureGrowth lays mounts of each size side by side, each in a plugin process of its own.
func (b *bench) measureGrowth(ctx context.Context) error {
	sizes := []int{100, 1_000, 10_000, 100_000}
	if b.quick {
		sizes = []int{100, 200, 400, 800}
	}
	own, err := ownEngines(ctx, sizes) // first, so that what is in them is due when their turn comes
	if err != nil {
		return err
	}
	defer own.close(ctx)
	s, err := b.open(ctx, vaultdev.StartDev)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // nothing of it is kept
	if err := errors.Join(s.register(ctx, limitName, buildLimit), s.mount(ctx, limitName, limitName)); err != nil {
		return err
	}
	all, err := s.addMounts(ctx, sizes)
	if err != nil {
		return err
	}
	if err := b.readGrown(ctx, s, sizes, all); err != nil {
		return err
	}
	if err := s.startGrown(ctx, sizes, all); err != nil {
		return err
	}
	for i := range all {
		if all[i].sweep, err = own[i].timeSweep(ctx, int64(sizes[i])); err != nil {
			return err
		}
	}
	return b.found.growth(all)
}

// mountOf is the mount of a size, and the name of its plugin.
func mountOf(size int) string { return fmt.Sprintf("%s-%d", engineName, size) }

// addMount fills a mount with so many integrations, in a process of its own: Vault starts one for each plugin's name.
func (s *stage) addMount(ctx context.Context, size int) (took time.Duration, err error) {
	same := func(_ context.Context, dir string) (string, error) {
		again := filepath.Join(dir, mountOf(size)+".built")
		if err := os.Link(filepath.Join(s.binaries, engineName), again); err != nil {
			return "", fmt.Errorf("name the plugin once more: %w", err)
		}
		return again, nil
	}
	if err := s.register(ctx, mountOf(size), same); err != nil {
		return 0, err
	}
	if err := s.mount(ctx, mountOf(size), mountOf(size)); err != nil {
		return 0, err
	}
	began := time.Now()
	err = s.overdue(ctx, mountOf(size), size)
	return time.Since(began), err
}

// addMounts fills a mount for each size, and says how fast.
func (s *stage) addMounts(ctx context.Context, sizes []int) (all []grown, err error) {
	for _, size := range sizes {
		took, err := s.addMount(ctx, size)
		if err != nil {
			return nil, err
		}
		all = append(all, grown{size: float64(size), writes: float64(size) / took.Seconds()})
	}
	return all, nil
}

// readGrown reads from the mounts in turn: of each the same number of names, from its first to its last, so that nothing
// but the size differs.
func (b *bench) readGrown(ctx context.Context, s *stage, sizes []int, all []grown) error {
	what := []readable{over(theLimit, "limit/creds/i-%06d", credsNames)}
	for _, size := range sizes {
		spread := over(mountOf(size), "", credsNames)
		spread.path = func(n int) string {
			return mountOf(size) + "/creds/" + integrationName(n%credsNames*size/credsNames)
		}
		what = append(what, spread)
	}
	r := s.reader()
	if _, err := r.interleaved(ctx, what, 16, 1, b.length(2*time.Second)); err != nil { // to warm up
		return err
	}
	done, err := r.interleaved(ctx, what, 16, b.count(15), b.length(600*time.Millisecond))
	if err != nil {
		return err
	}
	for i, size := range sizes {
		all[i].reads = figureOf(done.perSecond(mountOf(size))).median
		all[i].ratio = figureOf(ratios(done.perSecond(mountOf(size)), done.perSecond(theLimit))).median
	}
	return nil
}

// startGrown measures the start of each mount, and what it has in memory then.
func (s *stage) startGrown(ctx context.Context, sizes []int, all []grown) error {
	for _, size := range sizes {
		if err := s.awaitDue(ctx, mountOf(size), size); err != nil {
			return err
		}
	}
	// Vault starts a plugin that died again when it is asked for the next time.
	if _, err := s.KillPlugins(ctx); err != nil {
		return err //nolint:wrapcheck // it says all there is
	}
	for i, size := range sizes {
		start, err := s.begins(ctx, mountOf(size), size)
		if err != nil {
			return err
		}
		all[i].start = start.queue.Seconds()
		if all[i].memory, err = s.memoryOf(ctx, mountOf(size)); err != nil {
			return err
		}
	}
	return nil
}

// memoryOf is what the process of a plugin has resident.
func (s *stage) memoryOf(ctx context.Context, plugin string) (float64, error) {
	pids, err := s.PluginPIDs(ctx)
	if err != nil {
		return 0, err //nolint:wrapcheck // it says all there is
	}
	for _, pid := range pids {
		if path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && filepath.Base(path) == plugin {
			return resident(pid), nil
		}
	}
	return 0, fmt.Errorf("no process of the plugin %s runs", plugin)
}

// ownEngine is an engine without Vault, with an Oracle that answers at once: what a sweep takes there is its own work.
type ownEngine struct {
	*inside
	oracle *instant
}

// engines are several of them.
type engines []ownEngine

// ownEngines fills an engine for each size.
func ownEngines(ctx context.Context, sizes []int) (all engines, err error) {
	for _, size := range sizes {
		oracle := &instant{}
		made, err := newInside(ctx, &counted{}, oracle)
		if err != nil {
			return nil, err
		}
		all = append(all, ownEngine{made, oracle})
		if err := made.initialize(ctx); err != nil {
			return nil, err
		}
		if _, err := made.ask(ctx, logical.UpdateOperation, "config", map[string]any{
			"disable_automated_sweep": true, "max_concurrent_checks": workers, "max_concurrent_checks_per_host": workers,
		}); err != nil {
			return nil, err
		}
		if _, err := made.ask(ctx, logical.CreateOperation, "policies/default", map[string]any{"check_period": int(checkPeriod / time.Second)}); err != nil {
			return nil, err
		}
		if err := made.fill(ctx, 0, size); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (e engines) close(ctx context.Context) {
	for _, one := range e {
		one.Cleanup(ctx)
	}
}

// timeSweep waits until everything is due, sweeps, and waits for the last check.
func (e ownEngine) timeSweep(ctx context.Context, size int64) (seconds float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepPatience)
	defer cancel()
	for {
		report, err := e.ask(ctx, logical.ReadOperation, "report", map[string]any{"limit": 1})
		if err != nil {
			return 0, err
		}
		if sweep, _ := report.Data["sweep"].(map[string]any); fmt.Sprint(sweep["due"]) == fmt.Sprint(size) {
			break
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("not everything became due: %w", ctx.Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
	began := time.Now()
	if _, err := e.ask(ctx, logical.UpdateOperation, "sweep", nil); err != nil {
		return 0, err
	}
	for e.oracle.surveys.Load() < size {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%d of %d checks were made: %w", e.oracle.surveys.Load(), size, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return time.Since(began).Seconds(), nil
}

// growth makes rows and plots of what was seen at all sizes.
func (f *findings) growth(all []grown) error {
	column := func(number func(grown) float64) (numbers []float64) {
		for _, g := range all {
			numbers = append(numbers, number(g))
		}
		return numbers
	}
	sizes := column(func(g grown) float64 { return g.size })
	ratio := column(func(g grown) float64 { return g.ratio })
	flat := ratio[len(ratio)-1] / ratio[0]
	first, last := all[0], all[len(all)-1]
	f.add(judged(fmt.Sprintf("growth from %.0f to %.0f integrations: reads of `creds`, both against the limit", first.size, last.size),
		"flat", atLeast(0.9, " times"), once(flat), " times"))
	for _, line := range []struct {
		name, unit, file string
		each             float64 // how many integrations the slope is told for
		number           func(grown) float64
	}{
		{"start, until the due queue is whole", "s", "growth-start.svg", 1000, func(g grown) float64 { return g.start }},
		{"memory of the plugin", "MiB", "growth-memory.svg", 1000, func(g grown) float64 { return g.memory }},
		{"sweep, the engine's own time", "s", "growth-sweep.svg", 1000, func(g grown) float64 { return g.sweep }},
	} {
		values := column(line.number)
		begin, each := slope(sizes, values)
		// Linear is what grows no faster from the third size to the last than the line through all of them says.
		bend := (values[len(values)-1] - values[len(values)-2]) / (sizes[len(sizes)-1] - sizes[len(sizes)-2])
		before := (values[len(values)-2] - values[0]) / (sizes[len(sizes)-2] - sizes[0])
		f.add(judged("growth: "+line.name, fmt.Sprintf("a line: %s %s and %s %s for each 1,000; its slope between the two largest sizes against that between the others", written(begin), line.unit, written(each*line.each), line.unit),
			atMost(1.5, " times"), once(bend/before), " times"))
		if err := f.drawGrowth(line.file, line.name, line.unit, sizes, values); err != nil {
			return err
		}
	}
	f.say(fmt.Sprintf("Each mount is served by a process of its own and was filled through Vault, by %d clients, without proof. Of each %d names are read,", writers, credsNames),
		"from its first to its last. The start is that of a process that was killed; its memory is what is resident when the queue is whole.",
		"The sweep is the engine's in a process without Vault, on a storage in memory and with an Oracle that answers at once.")
	for _, g := range all {
		f.say(fmt.Sprintf("%.0f integrations: %s writes per second while it was filled, %s reads per second (%s of the limit), start %s s, memory %s MiB, sweep %s s of the engine's own.",
			g.size, written(g.writes), written(g.reads), written(g.ratio), written(g.start), written(g.memory), written(g.sweep)))
	}
	return nil
}
