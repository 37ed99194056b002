package rotation_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// estate gives work on ten pods that take a second each.
func estate(size int) *fakeWork {
	w := newWork(limits)
	w.period = 24 * time.Hour
	for i := range size {
		host := fmt.Sprintf("pod%d", i%10)
		w.takes[host] = time.Second
		w.add(fmt.Sprintf("i%d", i), host, time.Now())
	}
	return w
}

// Getting ready costs the pods nothing, so it shall cost no time: while all places are taken, the next ones get ready.
func TestGettingReadyTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := estate(400)
		w.loads, w.stores = 200*time.Millisecond, 200*time.Millisecond
		began := time.Now()
		sweeping(t, w)
		time.Sleep(time.Hour)
		synctest.Wait()
		var last time.Time
		for name := range w.lastRan {
			if at := w.ended(name); at.After(last) {
				last = at
			}
		}
		if took, most := last.Sub(began), 27*time.Second; took > most { // the pods alone take 25 s
			t.Errorf("it took %v, want at most %v", took, most)
		}
		if w.mostAll != 16 || w.mostLoading > 2*16 || w.inVain != 0 || len(w.ran) != 400 {
			t.Errorf("%d ran, %d asked at once, %d got ready at once, %d in vain", len(w.ran), w.mostAll, w.mostLoading, w.inVain)
		}
	})
}

// Whoever is ready has its login charged: where no place comes free it gives up soon, and nobody else gets ready.
func TestNobodyGetsReadyWhileNoPlaceComesFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := estate(4000)
		w.loads, w.limits = 10*time.Millisecond, rotation.Limits{Total: 64, PerHost: 16, Automated: true}
		sweeping(t, w)
		time.Sleep(10*time.Second + 500*time.Millisecond)
		w.answerIn(10 * time.Minute)
		time.Sleep(7 * time.Second)
		inVain := w.gotNone()
		if inVain == 0 || inVain > 16 {
			t.Errorf("%d waited for a place and got none", inVain)
		}
		time.Sleep(9 * time.Minute)
		if more := w.gotNone() - inVain; more != 0 {
			t.Errorf("%d more got ready while every place was taken for minutes", more)
		}
		w.answerIn(time.Second)
		time.Sleep(time.Minute)
		w.mu.Lock()
		before := w.mostAll
		w.mostAll = 0
		w.mu.Unlock()
		time.Sleep(10 * time.Second)
		w.mu.Lock()
		defer w.mu.Unlock()
		if before != 64 || w.mostAll != 64 {
			t.Errorf("%d asked at once, and %d when the pods answered again", before, w.mostAll)
		}
	})
}

// answerIn lets all pods take so long from now on.
func (w *fakeWork) answerIn(takes time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for host := range w.takes {
		w.takes[host] = takes
	}
}

// gotNone is how many got no place.
func (w *fakeWork) gotNone() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.inVain
}

// Those who wait have to be waited for when there are to be fewer places, and may not be counted when they gave up.
func TestFewerPlacesTakeEffectAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := estate(2000)
		w.loads, w.stores = 10*time.Millisecond, 10*time.Millisecond
		for i := range 10 { // not all of them at one instant
			w.takes[fmt.Sprintf("pod%d", i)] = time.Second + time.Duration(i)*50*time.Millisecond
		}
		sweeping(t, w)
		time.Sleep(20 * time.Second)
		w.mu.Lock()
		w.limits.Total = 4
		w.mu.Unlock()
		time.Sleep(10 * time.Second)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.mostAll != 16 || w.total > 4 || w.loading > 16 {
			t.Errorf("%d ask at once, and %d get ready, after 16 became 4", w.total, w.loading)
		}
	})
}

// A pod that hangs and comes back has all its share again, and nobody else's.
func TestAPodThatHangsHasOnePlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWork(limits)
		w.takes["pod"] = 20 * time.Second
		for i := range 400 {
			w.add(fmt.Sprintf("i%d", i), "pod", time.Now())
		}
		sweeping(t, w)
		now := func() int {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.running["pod"]
		}
		time.Sleep(10 * time.Second)
		if n := now(); n != limits.PerHost {
			t.Errorf("at first %d ask it", n)
		}
		time.Sleep(20 * time.Second)
		if n := now(); n != 1 {
			t.Errorf("once it hangs %d ask it", n)
		}
		w.mu.Lock()
		w.takes["pod"] = 2 * time.Second
		w.mu.Unlock()
		time.Sleep(25 * time.Second)
		if n := now(); n != limits.PerHost {
			t.Errorf("when it answers again %d ask it", n)
		}
	})
}

// What asks nothing of its pod neither takes a place nor says anything of the pod.
func TestWhoNeverTakesAPlaceLeavesNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &quiet{fakeWork: estate(2000)}
		s := rotation.NewSweeper(w)
		s.TouchAll(w.names())
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx, ctx)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.ran) != 2000 || w.mostAll != 0 {
			t.Errorf("%d ran, and %d asked", len(w.ran), w.mostAll)
		}
		cancel()
		synctest.Wait()
	})
}

// quiet is work that asks nobody anything.
type quiet struct{ *fakeWork }

func (w *quiet) Do(_ context.Context, name string, _ rotation.Place) rotation.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ran = append(w.ran, name)
	w.due[name] = time.Now().Add(w.period)
	return rotation.Result{Name: name, Action: rotation.ActionSkip}
}

// When the mount is taken down nobody who is ready begins a login any more: it would be called off on its way.
func TestNobodyTakesAPlaceOnceTheSweepEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := estate(400)
		w.loads = 200 * time.Millisecond
		s := rotation.NewSweeper(w)
		s.TouchAll(w.names())
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.Run(ctx, t.Context())
		}()
		time.Sleep(5 * time.Second)
		w.mu.Lock()
		done, asking, ready := len(w.ran), w.total, w.loading
		w.mu.Unlock()
		if asking != 16 || ready == 0 {
			t.Fatalf("%d ask, and %d are ready", asking, ready)
		}
		stop()
		began := time.Now()
		<-ended
		if more := len(w.ran) - done; more != asking || w.gotNone() != ready {
			t.Errorf("%d ended their logins, of %d that asked; %d of %d that were ready gave up", more, asking, w.gotNone(), ready)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
