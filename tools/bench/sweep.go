package main

import (
	"context"
	"fmt"
	"time"
)

// swept is one sweep of the estate.
type swept struct {
	calls int64
	all   time.Duration // from asking for it to the last answer of a pod that answers
}

// ideal is how long the pods themselves would take, with every worker waiting for one of them all the time.
func (s swept) ideal() time.Duration { return time.Duration(s.calls) * podAnswers / workers }

// over is how many times the ideal it took.
func (s swept) over() float64 { return float64(s.all) / float64(s.ideal()) }

// measureSweep sweeps the whole estate, twice with all pods answering and once with one of them hanging.
func (b *bench) measureSweep(ctx context.Context) error {
	e, err := b.build(ctx)
	if err != nil {
		return err
	}
	var whole []swept
	for range b.count(3) {
		one, err := e.sweep(ctx, podCount)
		if err != nil {
			return err
		}
		whole = append(whole, one)
	}
	hung := e.pods.all[podCount-1]
	hung.hangs.Store(true)
	defer hung.hangs.Store(false)
	one, err := e.sweep(ctx, podCount-1)
	if err != nil {
		return err
	}
	var over, took []float64
	for _, w := range whole {
		over, took = append(over, w.over()), append(took, w.all.Seconds())
	}
	plain := figureOf(took)
	b.found.add(
		judged(fmt.Sprintf("sweep of %d due integrations on %d pods that answer in %s, %d workers", e.size, podCount, podAnswers, workers),
			fmt.Sprintf("the ideal, %s s", written(whole[0].ideal().Seconds())), atMost(1.15, " times"), figureOf(over), " times"),
		judged(fmt.Sprintf("one pod of the %d hangs: the last check of the others", podCount), "all of them answering",
			atMost(1.10, " times"), once(one.all.Seconds()/plain.median), " times"),
	)
	b.found.say(fmt.Sprintf("The sweeps took %s s (half of them %s to %s), with one pod hanging %s s until the last check of the others.",
		written(plain.median), written(plain.low), written(plain.high), written(one.all.Seconds())))
	return nil
}

// sweep waits until everything is due and sweeps it, until the first so many pods have answered for all of theirs.
func (e *estate) sweep(ctx context.Context, answering int) (swept, error) {
	if err := e.awaitDue(ctx, engineName, e.size); err != nil {
		return swept{}, err
	}
	calls := int64(e.size / podCount * answering)
	before := e.pods.countOf(answering)
	ctx, cancel := context.WithTimeout(ctx, sweepPatience)
	defer cancel()
	began := time.Now()
	if err := e.write(ctx, engineName+"/sweep", nil); err != nil {
		return swept{}, err
	}
	if err := e.pods.await(ctx, answering, calls, before); err != nil {
		return swept{}, err
	}
	return swept{calls: calls, all: e.pods.lastOf(answering).Sub(began)}, nil
}
