package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// reader asks Vault over HTTP on connections that stay open, as applications do. It is the same for all that is compared.
type reader struct {
	client  *http.Client
	address string // with /v1/
	token   string
}

// readable is what can be read: any of some paths.
type readable struct {
	name  string
	names int // so many paths, then again from the first
	path  func(n int) string
	want  int // the status of its answer
}

// over gives a readable with so many names.
func over(name, format string, names int) readable {
	return readable{name: name, names: names, want: http.StatusOK, path: func(n int) string { return fmt.Sprintf(format, n%names) }}
}

// span is what clients did in one stretch of time.
type span struct {
	perSecond float64
	latencies []time.Duration
}

func (s span) p50() time.Duration { return percentile(s.latencies, 0.50) }
func (s span) p99() time.Duration { return percentile(s.latencies, 0.99) }

// read reads with so many clients at once, each as fast as it is answered.
func (r *reader) read(ctx context.Context, what readable, clients int, length time.Duration) (span, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := make([][]time.Duration, clients)
	began := time.Now()
	var work sync.WaitGroup
	for c := range clients {
		work.Go(func() {
			for n := c; time.Since(began) < length && ctx.Err() == nil; n += clients {
				asked := time.Now()
				if err := r.once(ctx, what, n); err != nil {
					cancel(err)
					return
				}
				all[c] = append(all[c], time.Since(asked))
			}
		})
	}
	work.Wait()
	took := time.Since(began)
	if err := context.Cause(ctx); err != nil {
		return span{}, fmt.Errorf("read %s: %w", what.name, err)
	}
	latencies := slices.Concat(all...)
	return span{float64(len(latencies)) / took.Seconds(), latencies}, nil
}

// warm reads each of the paths once, so that what is measured after it is how they are read when they are read all the time:
// some of what is compared forgets while the others have their turn.
func (r *reader) warm(ctx context.Context, what readable) error {
	for n := range what.names {
		if err := r.once(ctx, what, n); err != nil {
			return fmt.Errorf("read %s: %w", what.name, err)
		}
	}
	return nil
}

// once reads one of the paths to the end of its answer.
func (r *reader) once(ctx context.Context, what readable, n int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address+what.path(n), nil)
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	request.Header.Set("X-Vault-Token", r.token)
	response, err := r.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask vault: %w", err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read vault's answer: %w", err)
	}
	if response.StatusCode != what.want {
		return fmt.Errorf("vault answered %s: %s", response.Status, said)
	}
	return nil
}

// size is how many bytes an answer has.
func (r *reader) size(ctx context.Context, method, path string, body io.Reader) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.address+path, body)
	if err != nil {
		return 0, fmt.Errorf("make a request: %w", err)
	}
	request.Header.Set("X-Vault-Token", r.token)
	response, err := r.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask vault: %w", err)
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s answered %s", path, response.Status)
	}
	if err != nil {
		return n, fmt.Errorf("ask vault: %w", err)
	}
	return n, nil
}

// rounds is what each readable came to in each round, by its name.
type rounds map[string][]span

// interleaved reads everything in turn, round by round, so that all meet the same machine. Each round begins with another
// one, so that none always follows the same.
func (r *reader) interleaved(ctx context.Context, what []readable, clients, count int, length time.Duration) (rounds, error) {
	done := rounds{}
	for n := range count {
		for i := range what {
			one := what[(i+n)%len(what)]
			if err := r.warm(ctx, one); err != nil {
				return nil, err
			}
			s, err := r.read(ctx, one, clients, length)
			if err != nil {
				return nil, err
			}
			done[one.name] = append(done[one.name], s)
		}
	}
	return done, nil
}

// each draws a number from every round.
func (r rounds) each(name string, number func(span) float64) []float64 {
	var numbers []float64
	for _, s := range r[name] {
		numbers = append(numbers, number(s))
	}
	return numbers
}

func (r rounds) perSecond(name string) []float64 {
	return r.each(name, func(s span) float64 { return s.perSecond })
}

func (r rounds) p50(name string) []float64 {
	return r.each(name, func(s span) float64 { return float64(s.p50()) / float64(time.Millisecond) })
}

func (r rounds) p99(name string) []float64 {
	return r.each(name, func(s span) float64 { return float64(s.p99()) / float64(time.Millisecond) })
}
