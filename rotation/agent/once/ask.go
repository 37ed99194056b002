package once

import (
	"context"
	"errors"
	"sync"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// Engine is what can be asked.
type Engine interface {
	Report(ctx context.Context, mount, since, after string) (estate.Report, error)
	Sweep(ctx context.Context, mount string, request engine.SweepRequest) (estate.Progress, error)
	Status(ctx context.Context, mount, name string) (estate.Status, error)
	Check(ctx context.Context, mount, name string) (estate.Status, []string, error)
	Rotate(ctx context.Context, mount, name string) (estate.Status, []string, error)
}

var _ Engine = (*engine.Engine)(nil)

// Name is an integration of a mount.
type Name struct{ Mount, Name string }

// Fault is a mount, or one integration of it, that could not be asked.
type Fault struct {
	Name        // its Name is empty: the whole mount
	Text string // one sentence with what to do next
}

// Answer is what was learned of one integration.
type Answer struct {
	Name
	Status   estate.Status
	Warnings []string
	Fault    string // empty: it was answered
}

// atOnce is how many integrations are asked for at a time. The engine bounds what reaches Oracle by itself.
const atOnce = 8

// ended says why a context is over.
func ended(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "the time of the command was over, which --timeout sets"
	}
	return "the command was interrupted"
}

// Statuses reads what is known of each name, in their order.
func Statuses(ctx context.Context, asked Engine, names []Name) []Answer {
	return each(names, func(name Name) Answer {
		status, err := asked.Status(ctx, name.Mount, name.Name)
		return answer(ctx, name, status, nil, err)
	})
}

// Check checks each name now, a few at a time, and tells of each when it is done. One that fails stops no other.
func Check(ctx context.Context, asked Engine, names []Name, tell func(Answer)) []Answer {
	return each(names, func(name Name) Answer {
		if ctx.Err() != nil {
			return Answer{Name: name, Fault: "was not asked any more, because " + ended(ctx)}
		}
		status, warnings, err := asked.Check(ctx, name.Mount, name.Name)
		a := answer(ctx, name, status, warnings, err)
		tell(a)
		return a
	})
}

func answer(ctx context.Context, name Name, status estate.Status, warnings []string, err error) Answer {
	a := Answer{Name: name, Status: status, Warnings: warnings}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		a.Fault = "had not answered when " + ended(ctx)
	default:
		a.Fault = err.Error()
	}
	return a
}

// each does something for every name, atOnce at a time, and keeps their order.
func each(names []Name, do func(Name) Answer) []Answer {
	answers := make([]Answer, len(names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(atOnce, len(names)) {
		workers.Go(func() {
			for i := range next {
				answers[i] = do(names[i])
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	workers.Wait()
	return answers
}
