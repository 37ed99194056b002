package notify_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

var errKilled = errors.New("killed")

// life is one process. From its end on nothing that it does has an effect.
type life struct {
	mu   sync.Mutex
	left int // steps until the kill; negative: none
	dead bool
}

// step is the instant before or after a write or a send.
func (l *life) step() bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 {
		l.dead = true
	}
	l.left--
	return !l.dead
}

func (l *life) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// story is what is the case, three minutes each.
func story(from *source, chapter int) bool {
	chapters := []func(){
		func() { from.set(append(many(3, ok, 1), one("x", ok, 1))...) },
		func() { from.set(append(many(3, unreachable, 2), one("x", locked, 2))...) },
		func() { from.set(append(many(3, unreachable, 2), one("x", rejected, 3))...) },
		func() { from.set(append(many(3, ok, 3), one("x", rejected, 3), one("y", limited, 4))...) },
		func() { from.set(append(many(12, locked, 4), one("x", ok, 4))...) },
		func() { from.set(append(many(12, ok, 5), one("z", locked, 9))...) },
	}
	if chapter >= len(chapters) {
		return false
	}
	chapters[chapter]()
	return true
}

// tell plays the story to two receivers, one of which fails now and then, and kills the process after so many steps, and
// the next one after as many again. It gives what each receiver got.
func tell(t *testing.T, steps int) (got [2][]receiver.Message, killed int) {
	synctest.Test(t, func(t *testing.T) {
		disk, from := &fakeDisk{}, &source{}
		sure, flaky := &fakeReceiver{began: time.Now()}, &fakeReceiver{began: time.Now()}
		flaky.answer = func(n int) error {
			if n%3 == 1 {
				return errNoAnswer
			}
			return nil
		}
		story(from, 0)
		var s *scene
		var now *life
		begin := func() {
			now = &life{left: steps}
			if killed >= 2 {
				now.left = -1
			}
			disk.life, sure.life, flaky.life = now, now, now
			s = run(t, disk, from, to("sure", sure), to("flaky", flaky))
		}
		begin()
		for chapter := 1; ; chapter++ {
			for range 90 {
				after(2 * time.Second)
				if now.over() {
					s.stop()
					killed++
					begin()
				}
			}
			if !story(from, chapter) {
				break
			}
		}
		s.stop()
		got = [2][]receiver.Message{sure.messages(), flaky.messages()}
	})
	return got, killed
}

// tales gives each thing that was told, by what it says, with the ids it was told under.
func tales(messages []receiver.Message) map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, m := range messages {
		says := fmt.Sprintf("%s %s %s (%d)", m.Kind, m.Title, m.Severity, m.MemberCount)
		if all[says] == nil {
			all[says] = map[string]int{}
		}
		all[says][m.ID]++
	}
	return all
}

func TestAKillAtAnyInstantLosesNothingAndRepeatsCarryTheSameID(t *testing.T) {
	t.Parallel()
	whole, _ := tell(t, -1)
	want := map[string]bool{}
	for says := range tales(whole[0]) {
		want[says] = true
	}
	if len(want) < 8 {
		t.Fatalf("the story has only %d messages: %v", len(want), want)
	}
	repeats := 0
	for steps := 0; ; steps++ {
		got, killed := tell(t, steps)
		for i, name := range []string{"sure", "flaky"} {
			told := map[string]bool{}
			for says, ids := range tales(got[i]) {
				told[says] = true
				if len(ids) != 1 {
					t.Errorf("killed after %d steps: %s was told %q under %d ids: %v", steps, name, says, len(ids), ids)
				}
				for _, n := range ids {
					repeats += n - 1
				}
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("killed after %d steps: what %s was told (-want +got):\n%s", steps, name, diff)
			}
			last := map[string]string{}
			for _, m := range got[i] {
				last[m.Key] = m.ID
			}
			for _, m := range whole[0] {
				if m.Kind == receiver.Trouble && m.Name == "z" && last[m.Key] != m.ID {
					t.Errorf("killed after %d steps: the last that %s heard of z is %s", steps, name, last[m.Key])
				}
			}
		}
		if t.Failed() {
			return
		}
		if killed == 0 {
			t.Logf("killed twice at each of %d instants: nothing lost, %d repeats with the same id", steps, repeats)
			return
		}
	}
}
