package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// checksPerSecond is how many checks run beside the readers.
const checksPerSecond = 100

// besideNote says what the engine's delay beside checks has to be held against: checks take the processors from whatever
// else runs on the machine, too.
const besideNote = "idle; what the same checks cost a plugin that makes none"

// measureCalm reads credentials with and without checks beside, in turn, and a constant of the limit as often.
func (b *bench) measureCalm(ctx context.Context) error {
	e, err := b.build(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(e.register(ctx, limitName, buildLimit), e.mount(ctx, limitName, limitName)); err != nil {
		return err
	}
	what := []readable{over(ours, engineName+"/creds/i-%06d", e.size), over(theLimit, "limit/creds/i-%06d", credsNames)}
	for _, clients := range []int{1, 16} {
		idle, busy := make([]delays, len(what)), make([]delays, len(what))
		for range b.count(9) {
			if err := b.besideChecks(ctx, e, what, clients, idle, busy); err != nil {
				return err
			}
		}
		in := clientsInWords(clients)
		b.found.add(
			judged(fmt.Sprintf("`creds` p99 while checks run at %d per second, %s", checksPerSecond, in),
				"idle", atMost(1.25, " times"), figureOf(ratios(busy[0].p99, idle[0].p99)), " times"),
			judged(fmt.Sprintf("the limit's p99 while the engine makes these checks, %s", in),
				besideNote, none(), figureOf(ratios(busy[1].p99, idle[1].p99)), " times"))
		for i, of := range what {
			b.found.say(fmt.Sprintf("%s, with %s: p50 %s ms idle and %s ms beside checks, p99 %s ms and %s ms, of all rounds together.", of.name, in,
				inMilliseconds(percentile(idle[i].all, 0.5)), inMilliseconds(percentile(busy[i].all, 0.5)),
				inMilliseconds(percentile(idle[i].all, 0.99)), inMilliseconds(percentile(busy[i].all, 0.99))))
		}
	}
	return nil
}

// delays are those of all rounds of one thing that is read.
type delays struct {
	p99 []float64 // of each round
	all []time.Duration
}

func (d *delays) add(one span) {
	d.p99, d.all = append(d.p99, float64(one.p99())), append(d.all, one.latencies...)
}

// besideChecks is one round: everything is read idle, then beside checks.
func (b *bench) besideChecks(ctx context.Context, e *estate, what []readable, clients int, idle, busy []delays) error {
	r := e.reader()
	for i, of := range what {
		calm, err := r.read(ctx, of, clients, b.length(2*time.Second))
		if err != nil {
			return err
		}
		idle[i].add(calm)
	}
	stop := e.keepChecking(ctx)
	for i, of := range what {
		loaded, err := r.read(ctx, of, clients, b.length(2*time.Second))
		if err != nil {
			return errors.Join(err, stop())
		}
		busy[i].add(loaded)
	}
	return stop()
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
