package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// checksPerSecond is how many checks run beside the readers.
const checksPerSecond = 100

// measureCalm reads credentials with and without checks beside, in turn.
func (b *bench) measureCalm(ctx context.Context) error {
	e, err := b.build(ctx)
	if err != nil {
		return err
	}
	r := e.reader()
	what := over(ours, engineName+"/creds/i-%06d", e.size)
	for _, clients := range []int{1, 16} {
		var idle, busy []float64
		var idles, busies []time.Duration
		for range b.count(9) {
			calm, err := r.read(ctx, what, clients, b.length(2*time.Second))
			if err != nil {
				return err
			}
			stop := e.keepChecking(ctx)
			loaded, err := r.read(ctx, what, clients, b.length(2*time.Second))
			if fault := stop(); err == nil {
				err = fault
			}
			if err != nil {
				return err
			}
			idle, busy = append(idle, float64(calm.p99())), append(busy, float64(loaded.p99()))
			idles, busies = slices.Concat(idles, calm.latencies), slices.Concat(busies, loaded.latencies)
		}
		b.found.add(judged(fmt.Sprintf("`creds` p99 while checks run at %d per second, %s", checksPerSecond, clientsInWords(clients)),
			"idle", atMost(1.25, " times"), figureOf(ratios(busy, idle)), " times"))
		b.found.say(fmt.Sprintf("With %s: p50 %s ms idle and %s ms beside checks, p99 %s ms and %s ms, of all rounds together.", clientsInWords(clients),
			inMilliseconds(percentile(idles, 0.5)), inMilliseconds(percentile(busies, 0.5)),
			inMilliseconds(percentile(idles, 0.99)), inMilliseconds(percentile(busies, 0.99))))
	}
	return nil
}

func clientsInWords(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", clients)
}

func inMilliseconds(d time.Duration) string { return written(float64(d) / float64(time.Millisecond)) }

// keepChecking asks for checks at an even pace until what it gives is called, which waits for the last of them.
func (e *estate) keepChecking(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	var mu sync.Mutex
	var fault error
	work.Go(func() {
		tick := time.NewTicker(time.Second / checksPerSecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			work.Go(func() {
				err := e.write(context.WithoutCancel(ctx), engineName+"/check/"+integrationName(n%e.size), nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil && fault == nil {
					fault = err
				}
			})
		}
	})
	return func() error {
		cancel()
		work.Wait()
		return fault
	}
}
