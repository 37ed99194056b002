package rotation

import (
	"context"
	"sync"
	"time"
)

// Limits bound how many checks ask Oracle at once. With those that get ready to, or store what they found, it is at most
// twice as many.
type Limits struct {
	Total   int
	PerHost int
	// Automated: what is due starts by itself; else only when a sweep is asked for.
	Automated bool
}

// Times are when an integration next needs something.
type Times struct {
	Host string
	Due  time.Time // the next scheduled check or rotation; zero: none until a person acts
	Wake time.Time // time alone changes what is shown; zero: never
	Slot time.Time // the schedule's next check, also where it is passed over; zero: none
}

// Work is what a sweep does, and when. TimesOf must answer from memory: it is asked under the sweeper's lock.
type Work interface {
	TimesOf(name string, now time.Time) (times Times, found bool)
	Limits() Limits
	// Do runs what is due of one integration. Before it asks Oracle anything it takes its place, and may leave it as
	// soon as it asks nothing more.
	Do(ctx context.Context, name string, place Place) Result
}

// Action is what a sweep does with an integration. The list is closed.
type Action string

// The actions.
const (
	ActionCheck  Action = "check"
	ActionRotate Action = "rotate" // begin a rotation, or carry one on
	ActionSkip   Action = "skip"
)

// Result is one integration's row in a sweep.
type Result struct {
	Name     string
	Action   Action
	State    State
	Reason   string // of the state, or why it was skipped
	DueSince time.Time
	Failed   bool // the check itself could not be made or stored
}

// Sweeper runs what is due, always, without letting one pod's slowness hold back another's checks: work
// waits in a line for each host, and no host takes more than its share of the workers.
//
// Rules: an integration is in the calendar, or in a host's line, or running, or parked until somebody asks
// for a sweep; one that waits for a person is in none of them until it is touched. Times are asked for
// anew whenever one of these changes. Nothing that is running is started again.
type Sweeper struct {
	work Work

	mu       sync.Mutex
	calendar calendar
	docket   docket
	lines    map[string][]*entry // per host, first come first served
	order    []string            // hosts with a line, in turn
	running  map[string]int      // per host
	slow     map[string]bool     // hosts whose last job took long
	places   places
	latest   time.Time // that the clock has shown
	entries  map[string]*entry
	current  *Sweep
	last     SweepTimes
	changed  chan struct{}
	ending   <-chan struct{} // closed when nothing new may begin; of the context of Run
	jobs     sync.WaitGroup
}

// SweepTimes tell how the sweeping goes.
type SweepTimes struct{ Started, Finished time.Time }

// NewSweeper gives a sweeper over work. It does nothing before Run.
func NewSweeper(work Work) *Sweeper {
	return &Sweeper{
		work: work, lines: map[string][]*entry{}, running: map[string]int{}, slow: map[string]bool{},
		entries: map[string]*entry{}, changed: make(chan struct{}, 1),
	}
}

// Touch tells the sweeper that an integration was written, or is gone.
func (s *Sweeper) Touch(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.place(name, time.Now())
	s.poke()
}

// TouchAll replaces everything that the sweeper knows by these names.
func (s *Sweeper) TouchAll(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for name := range s.entries {
		s.place(name, now)
	}
	for _, name := range names {
		s.place(name, now)
	}
	s.poke()
}

// Run starts what is due until ctx ends, then waits for what is running. Jobs get work's own context.
func (s *Sweeper) Run(ctx, work context.Context) {
	s.ending = ctx.Done()
	for {
		timer := time.NewTimer(s.start(work, time.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			s.jobs.Wait()
			return
		case <-timer.C:
		case <-s.changed:
			timer.Stop()
		}
	}
}

// retryPause is how long an integration rests whose check could not be stored. Vault's storage is then
// read-only or in trouble, and needs no hurry from us.
const retryPause = time.Minute

// maxNap bounds how long the loop sleeps, so that a clock that was set is noticed.
const maxNap = time.Minute

// start moves what is due into the lines, starts what the limits allow, and says how long nothing new can
// come due.
func (s *Sweeper) start(ctx context.Context, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepTime(now)
	limits := s.work.Limits()
	for {
		e, found := s.calendar.popDue(now)
		if !found {
			break
		}
		s.admit(e, limits, now)
	}
	s.startLines(ctx, limits, now)
	return s.calendar.nap(now)
}

// admit puts a due entry into its host's line, and opens a sweep if none is open.
func (s *Sweeper) admit(e *entry, limits Limits, now time.Time) {
	if !e.checkDue(now) {
		s.enqueue(e) // only what is shown changes: no request to Oracle
		return
	}
	if !limits.Automated && (s.current == nil || !s.current.awaits(e.name)) {
		e.parked = true // until a sweep is asked for, or it is touched
		return
	}
	if s.current == nil {
		s.open(now)
	}
	if s.current.started.Equal(now) {
		s.current.await(Result{Name: e.name, DueSince: e.times.Due})
	}
	s.enqueue(e)
}

func (s *Sweeper) enqueue(e *entry) {
	host := e.times.Host
	if len(s.lines[host]) == 0 {
		s.order = append(s.order, host)
	}
	e.queued = true
	s.lines[host] = append(s.lines[host], e)
}

// startLines goes round the hosts, one each, as long as the limits allow.
func (s *Sweeper) startLines(ctx context.Context, limits Limits, now time.Time) {
	for skipped := 0; len(s.order) > 0 && s.places.admits(limits.Total, now) && skipped < len(s.order); {
		host := s.order[0]
		s.order = s.order[1:]
		if s.running[host] >= s.share(host, limits) {
			s.order = append(s.order, host)
			skipped++
			continue
		}
		skipped = 0
		line := s.lines[host]
		e := line[0]
		if s.lines[host] = line[1:]; len(line) > 1 {
			s.order = append(s.order, host)
		} else {
			delete(s.lines, host)
		}
		s.launch(ctx, e, host)
	}
}

// slowJob is when a pod counts as one that hangs.
const slowJob = 10 * time.Second

// share is how many workers a host may take: one while it hangs, so that several hung pods leave room for
// the others.
func (s *Sweeper) share(host string, limits Limits) int {
	if s.slow[host] {
		return 1
	}
	return limits.PerHost
}

func (s *Sweeper) launch(ctx context.Context, e *entry, host string) {
	e.queued, e.running = false, true
	s.running[host]++
	s.places.ready++
	s.jobs.Add(1)
	go func() {
		defer s.jobs.Done()
		place := &seat{sweeper: s, host: host}
		result := s.work.Do(ctx, e.name, place)
		place.Leave()
		s.ended(e, result)
	}()
}

func (s *Sweeper) ended(e *entry, result Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.places.storing--
	e.running = false
	s.note(result, now)
	s.place(e.name, now)
	if e.index != outside && !e.at().After(now) {
		// It ended and is due at once: its outcome was not stored. It stays due, but not in a circle.
		e.notBefore = now.Add(retryPause)
		s.calendar.put(e)
	}
	s.poke()
}

// keepTime places everything anew after the clock was set back: what was placed by the wrong time would come up as much
// too late. By the clock on the wall, of which a process that runs on does not notice that it was set.
func (s *Sweeper) keepTime(now time.Time) {
	now = now.Round(0)
	if s.latest.Sub(now) > maxClockStep {
		for name := range s.entries {
			s.place(name, now)
		}
		s.latest = now
	}
	s.latest = later(s.latest, now)
}

// place asks for an integration's times and puts it where they belong.
func (s *Sweeper) place(name string, now time.Time) {
	e, known := s.entries[name]
	if known && (e.running || e.queued) {
		return // placed when it ends; until then it stays where it came up
	}
	times, found := s.work.TimesOf(name, now)
	switch {
	case !found:
		if known {
			s.calendar.remove(e)
			s.docket.remove(e)
			delete(s.entries, name)
			s.note(Result{Name: name, Action: ActionSkip, Reason: "deleted"}, now)
		}
		return
	case !known:
		e = &entry{name: name, index: outside, onDocket: outside}
		s.entries[name] = e
	}
	s.docket.put(e, times)
	e.times, e.parked, e.notBefore = times, false, time.Time{}
	s.calendar.put(e)
}

func (s *Sweeper) poke() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
