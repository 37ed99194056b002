package rotation

import (
	"sort"
	"time"
)

// Sweep is one sweep from its start until everything that was due then is done.
type Sweep struct {
	sweeper     *Sweeper
	started     time.Time
	outstanding map[string]Result
	results     map[string]Result
	done        chan struct{}
}

// Progress is a sweep as far as it got.
type Progress struct {
	Due, Checked, Rotated, Skipped, Failed, Remaining int
	Results                                           []Result // by name
}

// Begin joins the running sweep, or starts one, for what is planned: at most limit checks (0: all). The
// engine's own sweep may run more beside it.
func (s *Sweeper) Begin(planned []Result, limit int) *Sweep {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.current == nil {
		s.open(now)
	}
	sweep := s.current
	checks := 0
	for _, p := range planned {
		if p.Action == ActionSkip {
			if _, ran := sweep.results[p.Name]; !ran {
				sweep.results[p.Name] = p
			}
			continue
		}
		s.place(p.Name, now)
		e, known := s.entries[p.Name]
		full := limit > 0 && checks >= limit
		done := known && !e.queued && !e.running && !e.checkDue(now) // since the plan was made
		if !known || full || done {
			continue
		}
		checks++
		sweep.await(p)
	}
	s.finishIfDone(now)
	s.poke()
	return sweep
}

// Times tell when the last sweep started and ended.
func (s *Sweeper) Times() SweepTimes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Backlog counts what is due and not running yet, and says how long the oldest has been waiting.
func (s *Sweeper) Backlog(now time.Time) (due int, lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepTime(now)
	for _, name := range s.docket.upTo(now) {
		if e := s.entries[name]; e.checkDue(now) && !e.running {
			due++
			lag = max(lag, now.Sub(e.times.Due))
		}
	}
	return due, lag
}

func (s *Sweeper) open(now time.Time) {
	s.last.Started = now
	s.current = &Sweep{
		sweeper: s, started: now, done: make(chan struct{}),
		outstanding: map[string]Result{}, results: map[string]Result{},
	}
}

// note records a result with the running sweep, if that waits for it.
func (s *Sweeper) note(result Result, now time.Time) {
	if s.current == nil {
		return
	}
	awaited, found := s.current.outstanding[result.Name]
	if !found {
		return
	}
	result.DueSince = awaited.DueSince
	s.current.results[result.Name] = result
	delete(s.current.outstanding, result.Name)
	s.finishIfDone(now)
}

func (s *Sweeper) finishIfDone(now time.Time) {
	if s.current != nil && len(s.current.outstanding) == 0 {
		s.last.Finished = now
		close(s.current.done)
		s.current = nil
	}
}

func (sw *Sweep) await(planned Result) { sw.outstanding[planned.Name] = planned }

func (sw *Sweep) awaits(name string) bool {
	_, found := sw.outstanding[name]
	return found
}

// Done is closed when everything that the sweep waits for has ended.
func (sw *Sweep) Done() <-chan struct{} { return sw.done }

// Progress says how far the sweep got.
func (sw *Sweep) Progress() Progress {
	sw.sweeper.mu.Lock()
	defer sw.sweeper.mu.Unlock()
	p := Progress{Remaining: len(sw.outstanding)}
	for _, r := range sw.results {
		switch {
		case r.Action == ActionSkip:
			p.Skipped++
		case r.Failed:
			p.Failed++
		case r.Action == ActionRotate:
			p.Rotated++
		default:
			p.Checked++
		}
		p.Results = append(p.Results, r)
	}
	p.Due = p.Checked + p.Rotated + p.Failed + p.Remaining
	sort.Slice(p.Results, func(i, j int) bool { return p.Results[i].Name < p.Results[j].Name })
	return p
}
