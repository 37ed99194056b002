package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mount is a mount of the engine: it counts its changes and reports them, as the real one does.
type mount struct {
	process  string
	count    int
	names    map[string]int // to the count of its last change
	deleted  map[string]int
	version  string
	fault    error         // what every request is answered with
	sweep    error         // what a sweep is answered with
	hangs    bool          // until it is given up
	slow     time.Duration // how long an answer takes
	breakOff int           // how many pages are answered before one is not
	sweeps   []time.Time
	asked    []string // since and after of every page
}

func newMount(names ...string) *mount {
	m := &mount{process: "p", names: map[string]int{}, deleted: map[string]int{}, version: "v1", breakOff: -1}
	m.set(names...)
	return m
}

// many gives that many names.
func many(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("i-%05d", i)
	}
	return names
}

func (m *mount) set(names ...string) {
	for _, name := range names {
		m.count++
		m.names[name] = m.count
		delete(m.deleted, name)
	}
}

func (m *mount) remove(names ...string) {
	for _, name := range names {
		m.count++
		delete(m.names, name)
		m.deleted[name] = m.count
	}
}

// restart is a new process of the engine: it knows the integrations, and nothing of earlier counts.
func (m *mount) restart() {
	m.process, m.count, m.deleted = m.process+"'", 0, map[string]int{}
	m.set(slices.Sorted(maps.Keys(m.names))...)
}

func (m *mount) page(since, after string, size int) estate.Report {
	process, count, _ := strings.Cut(since, "-")
	var from int
	partial := process == m.process
	if partial {
		_, _ = fmt.Sscan(count, &from)
	}
	page := estate.Report{
		Revision: fmt.Sprintf("%s-%d", m.process, m.count), Full: !partial, Version: m.version, Generated: time.Now(),
		Counts: map[rotation.State]int{rotation.StateOK: len(m.names)},
	}
	for _, name := range slices.Sorted(maps.Keys(m.names)) {
		if name > after && len(page.Statuses) < size && (!partial || m.names[name] > from) {
			page.Statuses = append(page.Statuses, estate.Status{Name: name, Seq: int64(m.names[name]), State: rotation.StateOK})
		}
	}
	for name, at := range m.deleted {
		if partial && at > from {
			page.Deleted = append(page.Deleted, name)
		}
	}
	return page
}

// vault is one Vault: its mounts, and the sessions with it.
type vault struct {
	mu          sync.Mutex
	mounts      map[string]*mount
	running     int // requests
	mostRunning int
	login       time.Duration // how long a new session takes to log in; negative: it never does
	loggedIn    bool
	sessions    int // that run
	begun       int // sessions that ever did
}

func newVault(mounts map[string]*mount) *vault { return &vault{mounts: mounts, loggedIn: true} }

// History implements agent.Engine: the history of an integration is that it has been written.
func (v *vault) History(ctx context.Context, path, name string) ([]estate.Event, error) {
	var events []estate.Event
	err := v.request(ctx, path, func(m *mount) error {
		events = []estate.Event{{Seq: int64(m.names[name])}}
		return nil
	})
	return events, err
}

var errNoLogin = &engine.Fault{Kind: engine.Denied, Text: "The agent has not logged in yet: look into its log."}

var errNotMounted = &engine.Fault{Kind: engine.NotFound, Text: "There is no engine here: mount it, or correct mounts."}

// change does something to the mounts while nobody asks them.
func (v *vault) change(do func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do()
}

// request counts a request and answers it as the mount does at the moment.
func (v *vault) request(ctx context.Context, path string, answer func(*mount) error) error {
	v.mu.Lock()
	v.running++
	v.mostRunning = max(v.mostRunning, v.running)
	m, found := v.mounts[path]
	var hangs bool
	var slow time.Duration
	if found {
		hangs, slow = m.hangs, m.slow
	}
	v.mu.Unlock()
	defer v.change(func() { v.running-- })
	if hangs {
		<-ctx.Done()
		return &engine.Fault{Kind: engine.Unreachable, Text: "Vault did not answer in time: look whether it is up."}
	}
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case !v.loggedIn:
		return errNoLogin
	case !found:
		return errNotMounted
	case m.fault != nil:
		return m.fault
	}
	return answer(m)
}

func (v *vault) Report(ctx context.Context, path, since, after string) (page estate.Report, err error) {
	err = v.request(ctx, path, func(m *mount) error {
		m.asked = append(m.asked, since+" "+after)
		if m.breakOff == 0 {
			return errors.New("the connection was reset")
		}
		m.breakOff--
		page = m.page(since, after, agent.PageSize)
		return nil
	})
	return page, err
}

func (v *vault) Sweep(ctx context.Context, path string, request engine.SweepRequest) (estate.Progress, error) {
	if request != (engine.SweepRequest{}) {
		return estate.Progress{}, fmt.Errorf("a sweep of the daemon waits for nothing and runs all: %+v", request)
	}
	return estate.Progress{}, v.request(ctx, path, func(m *mount) error {
		m.sweeps = append(m.sweeps, time.Now())
		return m.sweep
	})
}

// session is what keeps a token.
func (v *vault) session(ctx context.Context) {
	v.change(func() { v.sessions++; v.begun++ })
	if v.login > 0 {
		time.Sleep(v.login)
		v.change(func() { v.loggedIn = true })
	}
	<-ctx.Done()
	v.change(func() { v.sessions-- })
}

// log collects the lines of a logger.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// take gives the lines since it was last asked, each as level, message and the value of a key where there is one.
func (l *log) take(t *testing.T, keys ...string) []string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := []string{}
	for _, text := range strings.Split(strings.TrimSpace(l.text.String()), "\n") {
		if text == "" {
			continue
		}
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("%s: %s", line["@level"], line["@message"])
		for _, key := range keys {
			if value, found := line[key]; found {
				said += fmt.Sprintf(" %s=%v", key, value)
			}
		}
		lines = append(lines, said)
	}
	l.text.Reset()
	return lines
}

// stage is an agent with a Vault, and a configuration that a test may change.
type stage struct {
	*agent.Agent
	vault   *vault
	log     *log
	config  config.Config
	loadErr error
	linkErr error
	expiry  time.Time
	stop    func()
}

// options is what an agent of this stage is made of.
func (s *stage) options() agent.Options {
	return agent.Options{
		Load: func() (config.Config, error) { return s.config, s.loadErr },
		Connect: func(config.Config) (agent.Connection, error) {
			expiry := s.expiry
			return agent.Connection{
				Engine: s.vault, Run: s.vault.session,
				Expiry: func() (time.Time, bool) { return expiry, !expiry.IsZero() },
			}, s.linkErr
		},
		Log: hclog.New(&hclog.LoggerOptions{Output: s.log, JSONFormat: true}),
	}
}

// prepare makes an agent that does not run yet, for mounts in the order of their paths.
func prepare(t *testing.T, mounts map[string]*mount) *stage {
	t.Helper()
	s := &stage{vault: newVault(mounts), log: &log{}, config: config.Defaults()}
	s.config.Mounts = slices.Sorted(maps.Keys(mounts))
	made, err := agent.New(s.options())
	if err != nil {
		t.Fatal(err)
	}
	s.Agent = made
	return s
}

// run makes an agent and lets it run; the test stops it. To be used in a bubble of synctest.
func run(t *testing.T, mounts map[string]*mount) *stage {
	t.Helper()
	s := prepare(t, mounts)
	s.begin(t)
	return s
}

// begin lets it run; it is stopped by stop.
func (s *stage) begin(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		s.vault.change(func() {})
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	synctest.Wait()
}

// pass lets a time pass. What a test read of the Vault before it was read before what happens then.
func (s *stage) pass(d time.Duration) {
	s.vault.change(func() {})
	time.Sleep(d)
	synctest.Wait()
}

// of is one mount as the agent shows it.
func (s *stage) of(t *testing.T, path string) estate.Mount {
	t.Helper()
	for _, m := range s.Snapshot().Mounts {
		if m.Path == path {
			return m
		}
	}
	t.Fatalf("no mount %s is shown", path)
	return estate.Mount{}
}

func names(m estate.Mount) []string {
	all := []string{}
	for _, status := range m.Statuses {
		all = append(all, status.Name)
	}
	return all
}

// writeFile writes a file for the length of a test.
func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
