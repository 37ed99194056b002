package notify_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// fakeDisk keeps one text in memory.
type fakeDisk struct {
	mu     sync.Mutex
	data   []byte
	fault  error // of every write
	unread error // of every read
	fixed  error // of every setting aside
	kept   string
	life   *life
	writes int
	hangs  chan struct{} // a write takes until it is closed
	slow   time.Duration // a write takes so long
}

func (d *fakeDisk) Read() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unread != nil {
		return nil, d.unread
	}
	if d.data == nil {
		return nil, fs.ErrNotExist
	}
	return d.data, nil
}

func (d *fakeDisk) Write(data []byte) error {
	if d.hangs != nil {
		<-d.hangs
	}
	if d.slow > 0 {
		time.Sleep(d.slow)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault != nil {
		return d.fault
	}
	if !d.life.step() {
		return errKilled
	}
	d.data, d.writes = data, d.writes+1
	if !d.life.step() {
		return errKilled
	}
	return nil
}

func (d *fakeDisk) SetAside() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fixed != nil {
		return "", d.fixed
	}
	d.kept, d.data, d.unread = string(d.data), nil, nil
	return "aside", nil
}

// fakeReceiver takes messages, or does not.
type fakeReceiver struct {
	mu     sync.Mutex
	got    []receiver.Message
	asked  []time.Duration // when, after the bubble's start
	answer func(n int) error
	sees   func(m receiver.Message)
	life   *life
	began  time.Time
}

func (r *fakeReceiver) Send(ctx context.Context, m receiver.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.life.step() {
		return errKilled
	}
	r.asked = append(r.asked, time.Since(r.began))
	if r.sees != nil {
		r.sees(m)
	}
	if r.answer != nil {
		if err := r.answer(len(r.asked)); err != nil {
			return err
		}
	}
	r.got = append(r.got, m)
	if !r.life.step() {
		return errKilled
	}
	return ctx.Err()
}

func (r *fakeReceiver) messages() []receiver.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]receiver.Message(nil), r.got...)
}

// hanging never answers.
type hanging struct{}

func (hanging) Send(ctx context.Context, _ receiver.Message) error {
	<-ctx.Done()
	return ctx.Err()
}

// refreshing wants what stands every minute.
type refreshing struct{ *fakeReceiver }

func (refreshing) Every() time.Duration { return time.Minute }

func (r refreshing) Refresh(ctx context.Context, standing []receiver.Message) error {
	for _, m := range standing {
		if err := r.Send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// source is an estate that a test changes.
type source struct {
	mu  sync.Mutex
	now estate.Snapshot
}

func (s *source) set(statuses ...estate.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = estateOf(statuses...)
}

func (s *source) snapshot() estate.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// scene is a notifier that runs in a bubble.
type scene struct {
	*notify.Notifier
	source *source
	disk   *fakeDisk
	log    *lockedBuffer
	stop   func()
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func to(name string, r receiver.Receiver) notify.To {
	settings := everything()
	settings.Name = name
	return notify.To{Settings: settings, Receiver: r}
}

func run(t *testing.T, disk *fakeDisk, from *source, everyone ...notify.To) *scene {
	t.Helper()
	log := &lockedBuffer{}
	n, err := notify.New(notify.Options{
		Source: from.snapshot, Disk: disk, Log: hclog.New(&hclog.LoggerOptions{Output: log}),
		Link: func(mount, name string) string { return "https://agent/" + mount + "/" + name },
	}, everyone)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { n.Run(ctx); close(done) }()
	return &scene{Notifier: n, source: from, disk: disk, log: log, stop: func() { cancel(); <-done }}
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *scene) counts(name string) map[notify.Result]int64 {
	all := map[notify.Result]int64{}
	for _, c := range s.Counts() {
		if c.Receiver == name && c.Count > 0 {
			all[c.Result] = c.Count
		}
	}
	return all
}

func TestAReceiverThatIsDownDelaysNoOtherAndLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := true
		good, bad := &fakeReceiver{began: time.Now()}, &fakeReceiver{began: time.Now()}
		bad.answer = func(int) error {
			if down {
				return errNoAnswer
			}
			return nil
		}
		from := &source{}
		from.set(one("a", locked, 2))
		s := run(t, &fakeDisk{}, from, to("bad", bad), to("hangs", hanging{}), to("good", good))
		after(time.Second)
		from.set(one("a", ok, 3), one("b", locked, 2))
		after(time.Minute)
		want := []string{"m/a/2", "m/b/2", "m/a/2/resolved"}
		if diff := cmp.Diff(want, ids(good.messages())); diff != "" {
			t.Errorf("the good one (-want +got):\n%s", diff)
		}
		if len(bad.messages()) > 0 {
			t.Error("the bad one got something")
		}
		after(10 * time.Hour)
		bad.mu.Lock()
		tries := len(bad.asked)
		down = false
		bad.mu.Unlock()
		if tries < 120 || tries > 180 {
			t.Errorf("%d tries in ten hours", tries)
		}
		after(5 * time.Minute)
		if diff := cmp.Diff(want, ids(bad.messages())); diff != "" {
			t.Errorf("the bad one when it is back (-want +got):\n%s", diff)
		}
		if got := s.counts("bad"); got[notify.Delivered] != 3 || got[notify.Failed] != int64(tries) || got[notify.Dropped] != 0 {
			t.Errorf("counted %v for %d tries", got, tries)
		}
		if got := s.counts("good"); got[notify.Delivered] != 3 || len(got) != 1 {
			t.Errorf("counted %v for the good one", got)
		}
		if n := strings.Count(s.log.String(), "not delivered"); n != 2 { // one of the bad one, one of the one that hangs
			t.Errorf("%d lines in the log:\n%s", n, s.log)
		}
		if link := good.messages()[0].Link; link != "https://agent/m/a" {
			t.Errorf("the link is %q", link)
		}
		s.stop()
	})
}

func TestARefusalForGoodIsTriedAgainHourlyAndLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &fakeReceiver{began: time.Now(), answer: func(int) error { return errForGood }}
		from := &source{}
		from.set(one("a", locked, 2))
		s := run(t, &fakeDisk{}, from, to("a", r))
		after(5*time.Hour + time.Minute)
		if len(r.asked) != 6 || strings.Count(s.log.String(), "not delivered") != 1 {
			t.Errorf("asked at %v, the log:\n%s", r.asked, s.log)
		}
		s.stop()
	})
}

func TestARestartTellsNothingTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from, r := &fakeDisk{}, &source{}, &fakeReceiver{began: time.Now()}
		from.set(one("a", locked, 2), one("b", ok, 1, expires(time.Now().Add(2*day))))
		s := run(t, disk, from, to("a", r))
		after(time.Minute)
		s.stop()
		told := len(r.messages())
		writes := disk.writes
		s = run(t, disk, from, to("a", r))
		after(time.Hour)
		s.stop()
		if got := len(r.messages()); told != 2 || got != told {
			t.Errorf("%d messages before, %d after", told, got)
		}
		if disk.writes > writes+1 {
			t.Errorf("%d writes in an hour in which nothing happened", disk.writes-writes)
		}
		disk.data = nil // state_dir is lost
		s = run(t, disk, from, to("a", r))
		after(time.Hour)
		s.stop()
		if got := r.messages(); len(got) != 2*told || got[2].ID != got[0].ID {
			t.Errorf("after the loss: %v", ids(got))
		}
	})
}

func TestADiskThatIsFullIsSaidAndDelivers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from, r := &fakeDisk{fault: errors.New("no space left on device")}, &source{}, &fakeReceiver{began: time.Now()}
		from.set(one("a", locked, 2))
		s := run(t, disk, from, to("a", r))
		after(time.Hour)
		if diff := cmp.Diff([]string{"m/a/2"}, ids(r.messages())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := s.counts("a"); got[notify.Unstored] != 1 || !strings.Contains(s.Fault(), "state_dir") || strings.Count(s.log.String(), "not stored") != 1 {
			t.Errorf("counted %v, fault %q, the log:\n%s", got, s.Fault(), s.log)
		}
		disk.mu.Lock()
		disk.fault = nil
		disk.mu.Unlock()
		after(time.Minute)
		if s.Fault() != "" || disk.data == nil {
			t.Errorf("with room again: %q", s.Fault())
		}
		s.stop()
	})
}

func TestAFileThatCannotBeUsedIsSaidAndTheTroubleToldOnceMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from, r := &fakeDisk{data: []byte("{}")}, &source{}, &fakeReceiver{began: time.Now()}
		from.set(one("a", locked, 2))
		s := run(t, disk, from, to("a", r))
		after(time.Minute)
		s.stop()
		if len(r.messages()) != 1 || !strings.Contains(s.log.String(), "aside") {
			t.Errorf("got %v, the log:\n%s", ids(r.messages()), s.log)
		}
	})
}

// What a person could still save is not written over.
func TestAFileThatCannotBeReadIsSetAsideBeforeItIsWrittenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, from, r := &fakeDisk{data: []byte("precious"), unread: errors.New("input/output error"), fixed: errors.New("read-only file system")}, &source{}, &fakeReceiver{began: time.Now()}
		from.set(one("a", locked, 2))
		s := run(t, disk, from, to("a", r))
		after(time.Minute)
		disk.mu.Lock()
		if string(disk.data) != "precious" || len(r.messages()) != 1 {
			t.Errorf("stored is %q, told was %v", disk.data, ids(r.messages()))
		}
		disk.fixed = nil
		disk.mu.Unlock()
		if !strings.Contains(s.Fault(), "set aside") {
			t.Errorf("the fault is %q", s.Fault())
		}
		after(time.Minute)
		s.stop()
		if disk.kept != "precious" || len(disk.data) == 0 || s.Fault() != "" {
			t.Errorf("kept is %q, stored %q, the fault %q", disk.kept, disk.data, s.Fault())
		}
	})
}

func TestWhatStandsIsSentAgainToWhoWantsThat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		from, r, once := &source{}, &fakeReceiver{began: time.Now()}, &fakeReceiver{began: time.Now()}
		from.set(append(many(20, locked, 2), one("x", rejected, 2))...)
		s := run(t, &fakeDisk{}, from, to("a", refreshing{r}), to("b", once))
		after(3*time.Minute + time.Second)
		got := r.messages()
		if len(got) != 8 || got[0].ID != got[2].ID && got[0].ID != got[3].ID || len(once.messages()) != 2 {
			t.Errorf("got %v, and %v", ids(got), ids(once.messages()))
		}
		for _, m := range got {
			if strings.HasPrefix(m.Key, "together/") && m.MemberCount != 20 {
				t.Errorf("%s has %d members", m.ID, m.MemberCount)
			}
		}
		from.set(many(20, ok, 3)...)
		after(10 * time.Minute)
		if got = r.messages(); len(got) != 10 {
			t.Errorf("after the end: %v", ids(got))
		}
		s.stop()
	})
}

func TestThatMessagesAreLostIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pending := crowd(notify.MaxPending, receiver.Trouble, rotation.SeverityWarning, "x")
		data, err := notify.State{Receivers: map[string]notify.Box{"a": {Pending: pending}}}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		from, s := &source{}, (*scene)(nil)
		from.set(one("a", locked, 2), one("b", locked, 2))
		s = run(t, &fakeDisk{data: data}, from, to("a", hanging{}))
		after(11 * time.Second)
		from.set(one("a", locked, 2), one("b", locked, 2), one("c", locked, 2))
		after(11 * time.Second)
		if got := s.counts("a")[notify.Dropped]; got != 3 || strings.Count(s.log.String(), "too many messages") != 1 || !strings.Contains(s.log.String(), "lost=2") {
			t.Errorf("%d dropped, the log:\n%s", got, s.log)
		}
		s.stop()
	})
}

func TestOtherReceiversComeIntoForce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		from, first, second := &source{}, &fakeReceiver{began: time.Now()}, &fakeReceiver{began: time.Now()}
		from.set(one("a", locked, 2))
		s := run(t, &fakeDisk{}, from, to("one", first), to("gone", hanging{}))
		after(time.Minute)
		s.Use([]notify.To{to("one", first), to("two", second)})
		after(time.Minute)
		if len(first.messages()) != 1 || len(second.messages()) != 1 {
			t.Errorf("the one that stays got %v, the new one %v", ids(first.messages()), ids(second.messages()))
		}
		if strings.Contains(string(s.disk.data), `"gone"`) {
			t.Error("what was told to who is gone is kept")
		}
		s.stop()
	})
}

// slowly takes a message after a while.
type slowly struct{ *fakeReceiver }

func (r slowly) Send(ctx context.Context, m receiver.Message) error {
	time.Sleep(20 * time.Second) // not while the lock is held: a bubble's clock stands still for who waits for it
	return r.fakeReceiver.Send(ctx, m)
}

func TestAReloadDisturbsNoReceiverThatStaysAsItWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		from, other := &source{}, &fakeReceiver{began: time.Now()}
		asks := &fakeReceiver{began: time.Now(), answer: func(int) error { return errLater }} // for 20 minutes
		slow := &fakeReceiver{began: time.Now()}
		stands := &lapsing{heard: map[string]time.Time{}}
		from.set(one("a", locked, 2))
		before := []notify.To{to("asks", asks), to("slow", slowly{slow}), to("stands", stands)}
		s := run(t, &fakeDisk{}, from, before...)
		for range 60 {
			after(10 * time.Second)
			s.Use(append(before[:3:3], to("other", other)))
		}
		if len(asks.asked) != 1 {
			t.Errorf("one that asks to be left alone for 20 minutes was asked at %v", asks.asked)
		}
		if len(slow.asked) != 1 || len(slow.messages()) != 1 {
			t.Errorf("one that is slow was sent %d times, and took %d", len(slow.asked), len(slow.messages()))
		}
		if stale := stands.stale(2*time.Minute + time.Second); len(stale) > 0 || len(stands.heard) != 1 {
			t.Errorf("what stands lapses: %v", stale)
		}
		from.set(one("a", locked, 2), one("b", locked, 2))
		after(12 * time.Second)
		if len(stands.heard) != 2 || len(other.messages()) != 2 {
			t.Errorf("after the reloads %d and %d are told", len(stands.heard), len(other.messages()))
		}
		changed := to("asks", other)
		changed.Settings.RepeatInterval++
		s.Use([]notify.To{changed})
		after(time.Minute)
		if len(other.messages()) != 4 {
			t.Errorf("one that is changed was told %v", ids(other.messages()[2:]))
		}
		s.stop()
	})
}

func TestANotifierWithoutWhatItNeedsIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := notify.New(notify.Options{Disk: notify.Nowhere{}, Log: hclog.NewNullLogger()}, nil); err == nil {
		t.Error("made without a source")
	}
}
