package rotation_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// fakeWork is integrations that are checked in fake time.
type fakeWork struct {
	mu          sync.Mutex
	limits      rotation.Limits
	due         map[string]time.Time
	hosts       map[string]string
	takes       map[string]time.Duration // per host
	loads       time.Duration            // before it takes its place
	stores      time.Duration            // after its answer; zero: it says nothing of its answer
	period      time.Duration
	stuck       bool // nothing can be stored, so nothing moves on
	ran         []string
	lastRan     map[string]time.Time
	running     map[string]int
	most        map[string]int
	total       int
	mostAll     int
	storing     int // and how many were at most
	mostStoring int
	loading     int // or waiting for a place, and how many were at most
	mostLoading int
	inVain      int // that got no place
}

func newWork(limits rotation.Limits) *fakeWork {
	return &fakeWork{
		limits: limits, due: map[string]time.Time{}, hosts: map[string]string{}, takes: map[string]time.Duration{}, period: time.Hour,
		lastRan: map[string]time.Time{}, running: map[string]int{}, most: map[string]int{},
	}
}

func (w *fakeWork) add(name, host string, due time.Time) { w.due[name], w.hosts[name] = due, host }

func (w *fakeWork) TimesOf(name string, _ time.Time) (rotation.Times, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	due, found := w.due[name]
	return rotation.Times{Host: w.hosts[name], Due: due}, found
}

func (w *fakeWork) Limits() rotation.Limits {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limits
}

func (w *fakeWork) Do(ctx context.Context, name string, place rotation.Place) rotation.Result {
	if !w.ready(ctx, place) {
		return rotation.Result{Name: name, Action: rotation.ActionSkip}
	}
	w.mu.Lock()
	host := w.hosts[name]
	w.running[host]++
	w.total++
	w.most[host], w.mostAll = max(w.most[host], w.running[host]), max(w.mostAll, w.total)
	takes := w.takes[host]
	w.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
	}
	w.mu.Lock()
	w.running[host]--
	w.total--
	w.storing++
	w.mostStoring = max(w.mostStoring, w.storing)
	w.mu.Unlock()
	if w.stores > 0 {
		place.Leave()
		time.Sleep(w.stores)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.storing--
	w.ran, w.lastRan[name] = append(w.ran, name), time.Now()
	if w.stuck {
		return rotation.Result{Name: name, Action: rotation.ActionCheck, Failed: true}
	}
	w.due[name] = time.Now().Add(w.period)
	return rotation.Result{Name: name, Action: rotation.ActionCheck, State: rotation.StateOK}
}

// ready loads, and then waits for the place.
func (w *fakeWork) ready(ctx context.Context, place rotation.Place) bool {
	w.mu.Lock()
	w.loading++
	w.mostLoading = max(w.mostLoading, w.loading)
	w.mu.Unlock()
	time.Sleep(w.loads)
	err := place.Take(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loading--
	if err != nil {
		w.inVain++
	}
	return err == nil
}

func (w *fakeWork) names() []string {
	names := make([]string, 0, len(w.due))
	for name := range w.due {
		names = append(names, name)
	}
	return names
}

// ended is when a check last ended.
func (w *fakeWork) ended(name string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lastRan[name]
}

func (w *fakeWork) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ran)
}

// sweeping runs a sweeper over work until the test ends.
func sweeping(t *testing.T, w *fakeWork) *rotation.Sweeper {
	t.Helper()
	s := rotation.NewSweeper(w)
	s.TouchAll(w.names())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx, ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return s
}

var limits = rotation.Limits{Total: 16, PerHost: 4, Automated: true}

func TestWhatWasMissedRunsOnceSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWork(limits)
		w.add("gl", "pod", time.Now().Add(-100*24*time.Hour))
		sweeping(t, w)
		synctest.Wait()
		if w.count() != 1 {
			t.Fatalf("after a hundred days down it ran %d times", w.count())
		}
		time.Sleep(time.Hour + time.Second)
		if w.count() != 2 {
			t.Errorf("an hour later it had run %d times", w.count())
		}
	})
}

func TestLimitsHoldOverallAndPerHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWork(limits)
		for i := range 400 {
			host := fmt.Sprintf("pod%d", i%10)
			w.takes[host] = time.Second
			w.add(fmt.Sprintf("i%d", i), host, time.Now())
		}
		sweeping(t, w)
		began := time.Now()
		time.Sleep(30 * time.Minute)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.ran) != 400 || w.mostAll != 16 {
			t.Errorf("%d ran, at most %d at once", len(w.ran), w.mostAll)
		}
		for host, most := range w.most {
			if most > 4 {
				t.Errorf("%s had %d at once", host, most)
			}
		}
		var last time.Time
		for _, at := range w.lastRan {
			if at.After(last) {
				last = at
			}
		}
		if took := last.Sub(began); took > 26*time.Second { // 25, or the last of all are of too few pods to be asked at once
			t.Errorf("400 checks of a second took %v with 16 workers", took)
		}
	})
}

// Whoever has an answer makes room for the next one, so that storing it costs the pods' time nothing; but where storage is
// slow, not without end.
func TestStoringTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	for stores, want := range map[time.Duration]time.Duration{
		time.Second:      26 * time.Second,
		10 * time.Second: 13 * 11 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWork(limits)
			w.stores, w.period = stores, 24*time.Hour
			for i := range 400 {
				host := fmt.Sprintf("pod%d", i%10)
				w.takes[host] = time.Second
				w.add(fmt.Sprintf("i%d", i), host, time.Now())
			}
			sweeping(t, w)
			began := time.Now()
			time.Sleep(time.Hour)
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.mostAll != 16 || w.mostStoring > 2*16 || len(w.ran) != 400 {
				t.Errorf("%d ran, %d asked at once, and %d stored", len(w.ran), w.mostAll, w.mostStoring)
			}
			for host, most := range w.most {
				if most > 4 {
					t.Errorf("%s was asked %d times at once", host, most)
				}
			}
			var last time.Time
			for _, at := range w.lastRan {
				last = maxTime(last, at)
			}
			if took := last.Sub(began); took > want {
				t.Errorf("400 checks of a second, each stored in %v, took %v, want at most %v", stores, took, want)
			}
		})
	}
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func TestAPodThatHangsDelaysNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWork(limits)
		w.takes["hung"], w.takes["good"] = 36*time.Second, time.Second
		for i := range 100 {
			w.add(fmt.Sprintf("a-hung%d", i), "hung", time.Now().Add(-time.Hour))
		}
		began := time.Now().Add(10 * time.Second) // by then the hung pod has all it may have
		for i := range 4 {
			w.add(fmt.Sprintf("good%d", i), "good", began)
		}
		sweeping(t, w)
		time.Sleep(10 * time.Minute)
		for i := range 4 {
			if took := w.ended(fmt.Sprintf("good%d", i)).Sub(began); took != time.Second {
				t.Errorf("a check of the good pod ended after %v", took)
			}
		}
	})
}

func TestWhatCannotBeStoredIsNotTriedInACircle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWork(limits)
		w.stuck = true
		w.add("gl", "pod", time.Now())
		sweeping(t, w)
		time.Sleep(10*time.Minute + time.Second)
		if n := w.count(); n < 9 || n > 11 {
			t.Errorf("in ten minutes it ran %d times", n)
		}
	})
}

func TestSweepFromOutside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		off := limits
		off.Automated = false
		w := newWork(off)
		w.takes["pod"] = time.Second
		var plan []rotation.Result
		for i := range 10 {
			name := fmt.Sprintf("i%d", i)
			w.add(name, "pod", time.Now())
			plan = append(plan, rotation.Result{Name: name, Action: rotation.ActionCheck})
		}
		plan = append(plan, rotation.Result{Name: "held", Action: rotation.ActionSkip, Reason: "held"})
		s := sweeping(t, w)
		time.Sleep(time.Minute)
		if w.count() != 0 {
			t.Fatalf("with the automated sweep off %d ran", w.count())
		}
		first := s.Begin(plan, 3)
		<-first.Done()
		if p := first.Progress(); p.Checked != 3 || p.Due != 3 || p.Skipped != 1 || p.Remaining != 0 {
			t.Errorf("with a limit: %+v", p)
		}
		second := s.Begin(plan, 0)
		time.Sleep(time.Second / 2)
		if joined := s.Begin(plan, 0); joined != second {
			t.Error("a second call did not join the running sweep")
		}
		if p := second.Progress(); p.Remaining == 0 {
			t.Errorf("under way: %+v", p)
		}
		<-second.Done()
		if w.count() != 10 {
			t.Errorf("%d ran in all; what is not due must not run again", w.count())
		}
	})
}

func TestADeletedIntegrationIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWork(limits)
		w.add("gl", "pod", time.Now().Add(time.Hour))
		s := sweeping(t, w)
		synctest.Wait()
		w.mu.Lock()
		delete(w.due, "gl")
		w.mu.Unlock()
		s.Touch("gl")
		time.Sleep(3 * time.Hour)
		if w.count() != 0 {
			t.Errorf("it was checked %d times after its end", w.count())
		}
	})
}

func TestBacklogTellsTheLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		off := limits
		off.Automated = false
		w := newWork(off)
		w.add("gl", "pod", time.Now())
		w.add("ap", "pod", time.Now().Add(time.Hour))
		s := sweeping(t, w)
		time.Sleep(10 * time.Minute)
		if due, lag := s.Backlog(time.Now()); due != 1 || lag != 10*time.Minute {
			t.Errorf("%d due, %v behind", due, lag)
		}
	})
}
