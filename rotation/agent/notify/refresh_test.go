package notify_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// lapsing takes a trouble for over of which it has not heard for ten minutes.
type lapsing struct {
	mu      sync.Mutex
	heard   map[string]time.Time // by name
	letters int
	refuse  func(m receiver.Message) error // nil: it takes all
	slow    time.Duration                  // so long it takes for a letter
}

func (*lapsing) Every() time.Duration { return 2 * time.Minute }

func (l *lapsing) Send(ctx context.Context, m receiver.Message) error {
	return l.Refresh(ctx, []receiver.Message{m})
}

func (l *lapsing) Refresh(_ context.Context, all []receiver.Message) error {
	l.mu.Lock()
	slow := l.slow
	l.mu.Unlock()
	time.Sleep(slow)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.letters++
	for _, m := range all {
		if l.refuse != nil {
			if err := l.refuse(m); err != nil {
				return err
			}
		}
	}
	for _, m := range all {
		if m.Kind == receiver.Resolved {
			delete(l.heard, m.Name)
			continue
		}
		l.heard[m.Name] = time.Now()
	}
	return nil
}

// stale gives the names that it has not heard of for so long.
func (l *lapsing) stale(than time.Duration) (names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, at := range l.heard {
		if time.Since(at) > than {
			names = append(names, name)
		}
	}
	return names
}

func TestOneAlertThatIsRefusedLetsNoOtherLapse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		from, r := &source{}, &lapsing{heard: map[string]time.Time{}}
		from.set(one("a", locked, 2), one("b", locked, 2), one("c", rejected, 2))
		s := run(t, &fakeDisk{}, from, to("am", r))
		after(time.Minute)
		refuse := func(what error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.refuse = func(m receiver.Message) error {
				if m.Name == "a" {
					return what
				}
				return nil
			}
		}
		refuse(errForGood)
		after(time.Hour)
		if stale := r.stale(3 * time.Minute); len(r.heard) != 3 || len(stale) != 1 || stale[0] != "a" {
			t.Errorf("of %d alerts %v lapse", len(r.heard), stale)
		}
		if n := strings.Count(s.log.String(), "could not be told again"); n != 1 {
			t.Errorf("%d lines in the log:\n%s", n, s.log)
		}
		if n := s.counts("am")[notify.Failed]; n != 30 {
			t.Errorf("%d failures in an hour of which one alert was refused every two minutes", n)
		}
		refuse(nil)
		after(3 * time.Minute)
		if stale := r.stale(3 * time.Minute); len(stale) > 0 || strings.Count(s.log.String(), "told again") != 2 {
			t.Errorf("when it takes all again %v lapse, the log:\n%s", stale, s.log)
		}
		s.stop()
	})
}

// Between the letters of a long round it is looked for what is new, and what is over meanwhile is not told again.
func TestWhatStandsGoesInFewLettersAndNewsBetweenThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const all = 504
		from, r := &source{}, &lapsing{heard: map[string]time.Time{}}
		from.set()
		s := run(t, &fakeDisk{}, from, to("am", r))
		for n := 8; n <= all; n += 8 { // so few at a time are told one by one
			from.set(many(n, locked, 2)...)
			after(15 * time.Second)
		}
		after(2 * time.Minute)
		r.mu.Lock()
		before := r.letters
		r.mu.Unlock()
		after(20 * time.Minute)
		r.mu.Lock()
		if n := r.letters - before; n != 30 {
			t.Errorf("%d letters in ten rounds of 504 alerts", n)
		}
		r.slow = 20 * time.Second
		before = r.letters
		r.mu.Unlock()
		for round := true; round; { // until the first letter of a round is under way
			after(time.Second)
			r.mu.Lock()
			round = r.letters == before
			r.mu.Unlock()
		}
		from.set(append(many(all-1, locked, 2), one("new", rejected, 1))...)
		after(70 * time.Second) // the second letter, the end and the new one
		r.mu.Lock()
		_, told := r.heard["new"]
		_, over := r.heard["i503"]
		r.mu.Unlock()
		if !told || over {
			t.Errorf("told of the new one: %t, of the end: %t", told, !over)
		}
		after(3 * time.Minute)
		r.mu.Lock()
		if _, again := r.heard["i503"]; again || len(r.heard) != all {
			t.Errorf("what is over is told again: %t; %d stand", again, len(r.heard))
		}
		r.mu.Unlock()
		s.stop()
	})
}
