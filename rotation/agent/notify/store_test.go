package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

func TestADiskThatHangsDelaysAMessageForSecondsAndNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from, r := &fakeDisk{hangs: make(chan struct{})}, &source{}, &fakeReceiver{began: time.Now()}
		from.set(one("a", locked, 2))
		s := run(t, disk, from, to("a", r))
		after(4 * time.Second)
		if len(r.messages()) > 0 {
			t.Error("sent before it was stored, and before it is known that the disk hangs")
		}
		after(2 * time.Second)
		from.set(one("a", locked, 2), one("b", locked, 2), one("c", locked, 2))
		after(20 * time.Second)
		if diff := cmp.Diff([]string{"m/a/2", "m/b/2", "m/c/2"}, ids(r.messages())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if r.asked[0] > 6*time.Second || r.asked[2] > 16*time.Second {
			t.Errorf("sent after %v", r.asked)
		}
		if got := s.counts("a"); got[notify.Unstored] != 3 || !strings.Contains(s.Fault(), "state_dir") || strings.Count(s.log.String(), "not stored") != 1 {
			t.Errorf("counted %v, fault %q, the log:\n%s", got, s.Fault(), s.log)
		}
		close(disk.hangs)
		after(time.Minute)
		if s.Fault() != "" || strings.Count(s.log.String(), "stored again") != 1 {
			t.Errorf("when the disk is back: fault %q, the log:\n%s", s.Fault(), s.log)
		}
		if state, err := notify.Decode(disk.data); err != nil || len(state.Receivers["a"].Told.Entries) != 3 || len(state.Receivers["a"].Pending) > 0 {
			t.Errorf("stored is %v, %v", state, err)
		}
		s.stop()
	})
}

func TestADiskThatHangsHoldsUpNoEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from := &fakeDisk{hangs: make(chan struct{})}, &source{}
		from.set()
		s := run(t, disk, from, to("a", &fakeReceiver{began: time.Now()}))
		after(time.Minute)
		began := time.Now()
		s.stop()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("the end took %s", took)
		}
		close(disk.hangs)
	})
}

func TestAMessageIsStoredBeforeItIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from, r := &fakeDisk{slow: 3 * time.Second}, &source{}, &fakeReceiver{began: time.Now()}
		r.sees = func(m receiver.Message) {
			if data, _ := disk.Read(); !strings.Contains(string(data), `"`+m.ID+`"`) {
				t.Errorf("%s is sent, and not stored", m.ID)
			}
		}
		s := run(t, disk, from, to("a", r))
		for i := range 40 {
			from.set(one(fmt.Sprint("n", i), locked, 2))
			after(20*time.Second + time.Duration(i)*100*time.Millisecond)
		}
		if n := len(r.messages()); n < 40 || s.counts("a")[notify.Unstored] != 0 {
			t.Errorf("%d messages, counted %v", n, s.counts("a"))
		}
		s.stop()
	})
}

func TestThatManyAreDeliveredIsStoredInAFewWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pending := crowd(3000, receiver.Trouble, rotation.SeverityCritical, "x")
		data, err := notify.State{Receivers: map[string]notify.Box{"a": {Pending: pending}}}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		disk, from, r := &fakeDisk{data: data, slow: time.Second}, &source{}, &fakeReceiver{began: time.Now()}
		r.answer = func(int) error { time.Sleep(10 * time.Millisecond); return nil }
		s := run(t, disk, from, to("a", r))
		after(31 * time.Second)
		if n := len(r.messages()); n != 3000 || disk.writes > 10 {
			t.Errorf("%d delivered in half a minute, with %d writes", n, disk.writes)
		}
		s.stop()
		if state, err := notify.Decode(disk.data); err != nil || len(state.Receivers["a"].Pending) > 0 {
			t.Errorf("at the end %d wait, %v", len(state.Receivers["a"].Pending), err)
		}
	})
}
