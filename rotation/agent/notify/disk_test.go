package notify_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

func TestWhatWasToldIsReadBackAsItWas(t *testing.T) {
	t.Parallel()
	messages, told := play(t, everything(), []step{{0, estateOf(one("gl", locked, 2), one("ok", ok, 1, expires(start.Add(2*day)))), []string{"trouble m/gl/2", "expiry m/ok/expiry/2026-03-04/3"}}})
	want := notify.State{Receivers: map[string]notify.Box{"a": {Told: told, Pending: messages}}}
	data, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	disk := notify.Dir(t.TempDir())
	if err := disk.Write([]byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := disk.Write(data); err != nil {
		t.Fatal(err)
	}
	got, said := notify.Load(disk)
	if diff := cmp.Diff(want, got); diff != "" || said != "" {
		t.Errorf("%q (-want +got):\n%s", said, diff)
	}
	left, _ := os.ReadDir(string(disk))
	if len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
	if info, _ := left[0].Info(); info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %s", info.Mode())
	}
}

func TestWhatCannotBeReadIsSetAsideAndSaid(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"nothing":            "",
		"half of it":         `{"schema":"oracle-financials.notify/v1","receivers":{"a":{"told"`,
		"of another program": `{"groups":[]}`,
		"of a newer agent":   `{"schema":"oracle-financials.notify/v2","receivers":{}}`,
		"no JSON":            "\x00\x00\x00",
		"another form":       `{"schema":"oracle-financials.notify/v1","receivers":["a"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := notify.Dir(t.TempDir())
			if err := disk.Write([]byte(data)); err != nil {
				t.Fatal(err)
			}
			state, said := notify.Load(disk)
			aside := filepath.Join(string(disk), "notifications.json.bad")
			if len(state.Receivers) != 0 || !strings.Contains(said, aside) {
				t.Errorf("got %v, said %q", state, said)
			}
			if kept, err := os.ReadFile(aside); err != nil || string(kept) != data {
				t.Errorf("set aside is %q, %v", kept, err)
			}
			if _, said = notify.Load(disk); said != "" {
				t.Errorf("the next start says %q", said)
			}
		})
	}
}

func TestWhatWasSetAsideBeforeIsKept(t *testing.T) {
	t.Parallel()
	disk := notify.Dir(t.TempDir())
	names := map[string]string{}
	for _, data := range []string{"first", "second", "third"} {
		if err := disk.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
		name, err := disk.SetAside()
		if err != nil {
			t.Fatal(err)
		}
		names[name] = data
	}
	for name, data := range names {
		if kept, err := os.ReadFile(name); err != nil || string(kept) != data {
			t.Errorf("%s holds %q, %v", name, kept, err)
		}
	}
	for range 20 {
		if err := disk.Write([]byte("more")); err != nil {
			t.Fatal(err)
		}
		if _, err := disk.SetAside(); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(string(disk)); len(names) != 3 || len(left) != 10 {
		t.Errorf("%d names, and %d files are left", len(names), len(left))
	}
}

// A folder in the place of the file can be read by nobody, also not by root.
func TestAFileThatCannotBeReadIsSetAside(t *testing.T) {
	t.Parallel()
	disk := notify.Dir(t.TempDir())
	inside := filepath.Join(string(disk), "notifications.json", "precious")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	_, said := notify.Load(disk)
	aside := filepath.Join(string(disk), "notifications.json.bad")
	if !strings.Contains(said, aside) {
		t.Errorf("said %q", said)
	}
	if _, err := os.Stat(filepath.Join(aside, "precious")); err != nil {
		t.Error(err)
	}
	if err := disk.Write([]byte("x")); err != nil {
		t.Error(err)
	}
}

func TestAnAgentKilledWhileItWritesLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	disk := notify.Dir(t.TempDir())
	if err := disk.Write([]byte("whole")); err != nil {
		t.Fatal(err)
	}
	// What a kill before the rename leaves.
	left := filepath.Join(string(disk), "notifications.json.123.tmp")
	if err := os.WriteFile(left, []byte("a half that is longer than the next"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := disk.Read(); err != nil || string(data) != "whole" {
		t.Errorf("got %q, %v", data, err)
	}
	if err := disk.Write([]byte("next")); err != nil {
		t.Fatal(err)
	}
	if data, err := disk.Read(); err != nil || string(data) != "next" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := os.Stat(left); err != nil {
		t.Errorf("what another may just be writing is gone: %v", err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	if err := disk.Write([]byte("next")); err != nil {
		t.Fatal(err)
	}
	if all, _ := os.ReadDir(string(disk)); len(all) != 1 {
		t.Errorf("what a kill left stays: %v", all)
	}
}

// Two agents are a mistake, but none that mixes what both write.
func TestTwoThatWriteAtOnceWriteWhole(t *testing.T) {
	t.Parallel()
	disk := notify.Dir(t.TempDir())
	texts := []string{strings.Repeat("a", 300_000), strings.Repeat("b", 200_000)}
	var work sync.WaitGroup
	for _, text := range texts {
		work.Go(func() {
			for range 30 {
				if err := disk.Write([]byte(text)); err != nil {
					t.Errorf("one of two cannot write: %v", err)
				}
				if data, err := disk.Read(); err != nil || !slices.Contains(texts, string(data)) {
					t.Errorf("what is stored is of nobody, %v", err)
				}
			}
		})
	}
	work.Wait()
}

// A write that fails leaves nothing behind: on a full disk that would make it worse.
func TestAWriteThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	disk := notify.Dir(t.TempDir())
	if err := os.MkdirAll(filepath.Join(string(disk), "notifications.json", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := disk.Write([]byte("x")); err == nil {
		t.Error("a file was written in the place of a folder")
	}
	if all, _ := os.ReadDir(string(disk)); len(all) != 1 {
		t.Errorf("left is %v", all)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no file here is full")
	}
	if err := notify.WriteSynced(full, []byte("x")); err == nil {
		t.Error("written to a full disk")
	}
}

func TestAFolderThatIsNotThereIsMadeAndOneThatCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	gone := notify.Dir(filepath.Join(t.TempDir(), "gone", "too"))
	if _, said := notify.Load(gone); said != "" {
		t.Errorf("nothing was ever written there, and it says %q", said)
	}
	if err := gone.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(string(gone)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder that was made: %v, %v", info, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := notify.Dir(file).Write([]byte("x")); err == nil {
		t.Error("written into a file as if it were a folder")
	}
	if _, said := notify.Load(notify.Dir(file)); !strings.Contains(said, "state_dir") {
		t.Errorf("of a file in the place of the folder it says %q", said)
	}
}

func TestNowhereForgets(t *testing.T) {
	t.Parallel()
	if err := (notify.Nowhere{}).Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if state, said := notify.Load(notify.Nowhere{}); said != "" || len(state.Receivers) != 0 {
		t.Errorf("got %v, %q", state, said)
	}
	if m := notify.TestMessage(start); m.Kind != receiver.Test || m.ID == "" || m.ID == notify.TestMessage(start.Add(1)).ID {
		t.Errorf("a test message must have an id of its own: %+v", m)
	}
}
