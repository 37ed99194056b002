package agent_test

import (
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

func TestAnAgentNeedsAConfigurationToBegin(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil func(*stage, *agent.Options)
		says  string
	}{
		"one that cannot be loaded":    {func(s *stage, _ *agent.Options) { s.loadErr = errors.New("line 3: no such key") }, "line 3"},
		"one that cannot be connected": {func(s *stage, _ *agent.Options) { s.linkErr = errors.New("no certificate") }, "no certificate"},
		"nothing to load it with":      {func(_ *stage, o *agent.Options) { o.Load = nil }, "needs to know"},
		"nothing to connect with":      {func(_ *stage, o *agent.Options) { o.Connect = nil }, "needs to know"},
		"nowhere to log":               {func(_ *stage, o *agent.Options) { o.Log = nil }, "needs to know"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &stage{vault: newVault(nil), log: &log{}, config: config.Defaults()}
			options := s.options()
			row.spoil(s, &options)
			if _, err := agent.New(options); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want an error that says %q", err, row.says)
			}
		})
	}
}

// otherLogin is another way to log in than the one before, which takes another session.
func otherLogin(t *testing.T) config.Auth {
	t.Helper()
	return config.Auth{Method: config.MethodTokenFile, TokenFile: writeFile(t, "a token")}
}

func TestABadConfigurationChangesNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil func(*stage)
		says  string
	}{
		"it cannot be loaded":            {func(s *stage) { s.loadErr = errors.New("line 3: no such key") }, "line 3"},
		"it cannot be connected":         {func(s *stage) { s.config.Vault.Auth, s.linkErr = otherLogin(t), errors.New("no certificate") }, "no certificate"},
		"it names a file that is not":    {func(s *stage) { s.config.WebConfigFile = "/no/such/file" }, "web_config_file"},
		"it says what makes no sense":    {func(s *stage) { s.config.Interval = -time.Second }, "interval"},
		"it also moves to another mount": {func(s *stage) { s.config.Mounts, s.loadErr = []string{"x"}, errors.New("bad") }, "bad"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMount("a")
				s := run(t, map[string]*mount{"m": m})
				good, before := s.config, s.Snapshot()
				s.log.take(t)
				row.spoil(s)
				err := s.Reload()
				if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "the one before stays in force") {
					t.Errorf("got %v, want an error that says %q", err, row.says)
				}
				if s.ReloadedOK() || !s.Ready() || !s.Healthy() || s.vault.begun != 1 || s.vault.sessions != 1 {
					t.Errorf("good %t, ready %t, healthy %t, sessions %d of %d", s.ReloadedOK(), s.Ready(), s.Healthy(), s.vault.sessions, s.vault.begun)
				}
				if diff := cmp.Diff(before, s.Snapshot()); diff != "" || s.Config().Interval != time.Minute || s.Config().Mounts[0] != "m" {
					t.Errorf("config %+v, known:\n%s", s.Config(), diff)
				}
				s.pass(minuteAndPhase)
				if len(m.sweeps) != 2 {
					t.Errorf("got %d ticks, want 2", len(m.sweeps))
				}
				s.config, s.loadErr, s.linkErr = good, nil, nil
				if err := s.Reload(); err != nil || !s.ReloadedOK() {
					t.Errorf("a good one after it: %v, %t", err, s.ReloadedOK())
				}
				s.stop()
				lines := s.log.take(t)
				want := []string{"error: configuration not reloaded, the one before stays in force", "info: configuration reloaded"}
				if diff := cmp.Diff(want, lines); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAGoodConfigurationIsInForceAtOnceAndForgetsNoMountThatStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stays, goes, comes := newMount("a", "b"), newMount("c"), newMount("d")
		s := run(t, map[string]*mount{"stays": stays, "goes": goes})
		s.pass(10 * time.Second)
		before := s.of(t, "stays")
		s.log.take(t)
		s.vault.change(func() { s.vault.mounts["comes"] = comes; comes.fault = errSealed; stays.fault = errSealed })
		s.config.Mounts, s.config.Interval, s.expiry = []string{"comes", "stays"}, 10*time.Minute, time.Now().Add(time.Hour)
		s.config.Vault.Auth = otherLogin(t)
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		if got := s.Snapshot(); len(got.Mounts) != 2 || got.Mounts[0].Path != "comes" || got.Mounts[0].Revision != "" || s.Config().Interval != 10*time.Minute {
			t.Errorf("got %+v", got)
		} else if diff := cmp.Diff(before, got.Mounts[1]); diff != "" {
			t.Errorf("the mount that stays (-before +after):\n%s", diff)
		}
		if at, known := s.TokenExpiry(); !known || at != s.expiry {
			t.Errorf("the token's expiry is the old session's: %s, %t", at, known)
		}
		synctest.Wait()
		if s.vault.sessions != 1 || s.vault.begun != 2 {
			t.Errorf("%d sessions run of %d, want the second of two", s.vault.sessions, s.vault.begun)
		}
		if !s.Ready() || !s.ReloadedOK() || !s.Healthy() {
			t.Errorf("ready %t, reloaded %t, healthy %t", s.Ready(), s.ReloadedOK(), s.Healthy())
		}
		if got := s.of(t, "stays"); got.Up || len(got.Statuses) != 2 {
			t.Errorf("the first tick under the new one: %+v", got)
		}
		s.vault.change(func() { comes.fault, stays.fault = nil, nil })
		s.pass(11 * time.Minute)
		if len(goes.sweeps) != 1 || len(comes.sweeps) != 1 || stays.asked[1] != "p-2 " {
			t.Errorf("sweeps of the one that went %d, of the one that came %d, asked of the one that stays %q", len(goes.sweeps), len(comes.sweeps), stays.asked)
		}
		s.stop()
		want := []string{
			"info: configuration reloaded mounts=[comes stays] interval=10m0s", "error: mount cannot be read mount=comes",
			"error: mount cannot be read mount=stays", "info: first report read mount=comes", "info: mount can be read again mount=stays",
		}
		got := s.log.take(t, "mounts", "mount", "interval")
		for _, line := range want {
			if !strings.Contains(strings.Join(got, "\n"), line) {
				t.Errorf("the log lacks %q", line)
			}
		}
		if len(got) != len(want) {
			t.Errorf("log: %q", got)
		}
	})
}

func TestAVisitOfTheOldConfigurationIsBrokenOffAndCountsForNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMount("a")
		m.hangs = true
		s := run(t, map[string]*mount{"m": m})
		s.pass(time.Second)
		s.vault.change(func() { m.hangs = false })
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := s.of(t, "m"); !got.Up || s.vault.running != 0 {
			t.Errorf("%d requests run, the mount: %+v", s.vault.running, got)
		}
		s.stop()
		if diff := cmp.Diff([]string{"info: configuration reloaded", "info: first report read"}, s.log.take(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestWhatComesTooLateUnderAnOldConfigurationIsDropped(t *testing.T) {
	t.Parallel()
	s := prepare(t, map[string]*mount{"m": newMount("a")})
	reload := func() {
		if err := s.Reload(); err != nil {
			t.Error(err)
		}
	}
	if got := agent.TickAfter(s.Agent, reload); got != 0 {
		t.Errorf("a tick under the old configuration begins %d visits", got)
	}
	agent.LearnAfter(s.Agent, "m", newMount("old").page("", "", agent.PageSize), reload)
	if got := s.of(t, "m"); got.Up || got.Revision != "" || s.Ready() {
		t.Errorf("a visit under the old configuration is taken over: %+v", got)
	}
	if got := agent.TickAfter(s.Agent, func() {}); got != 1 {
		t.Errorf("a tick under the new one begins %d visits, want 1", got)
	}
	agent.LearnAfter(s.Agent, "m", newMount("new").page("", "", agent.PageSize), func() {})
	if !s.of(t, "m").Up || !s.Ready() {
		t.Error("a visit under the new one is not taken over")
	}
}

func TestAnotherVaultHasOtherMounts(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		move func(*config.Vault)
		kept int
	}{
		"another address":   {func(v *config.Vault) { v.Address = "https://other.example.com" }, 0},
		"another namespace": {func(v *config.Vault) { v.Namespace = "team-b" }, 0},
		"the same":          {func(*config.Vault) {}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := run(t, map[string]*mount{"m": newMount("a")})
				row.move(&s.config.Vault)
				if err := s.Reload(); err != nil {
					t.Fatal(err)
				}
				if got := len(s.of(t, "m").Statuses); got != row.kept {
					t.Errorf("%d integrations are kept, want %d", got, row.kept)
				}
				s.stop()
			})
		})
	}
}

func TestASessionIsKeptWhereNothingAboutVaultChanged(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	server.Close()
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	synctest.Test(t, func(t *testing.T) {
		s := run(t, map[string]*mount{"m": newMount("a")})
		reloads := func(want int) {
			t.Helper()
			if err := s.Reload(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if s.vault.begun != want || s.vault.sessions != 1 {
				t.Errorf("%d sessions run of %d, want %d", s.vault.sessions, s.vault.begun, want)
			}
		}
		for range 100 { // a login for each would be a storm
			reloads(1)
		}
		s.config.Vault.Auth = config.Auth{Method: config.MethodAppRole, Mount: "approle", RoleID: "r", SecretIDWrapped: true}
		s.config.Vault.Auth.SecretIDFile = writeFile(t, "wrapped")
		reloads(2)
		reloads(2)
		s.config.Interval = time.Hour
		reloads(2)
		s.config.Vault.Auth.RoleID = "another"
		reloads(3)
		s.config.Vault.Auth = config.Auth{Method: config.MethodToken}
		s.config.Vault.CACert = writeFile(t, certificate)
		reloads(4)
		reloads(4)
		if err := os.WriteFile(s.config.Vault.CACert, []byte(certificate+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		reloads(5)
		s.stop()
	})
}

func TestAReloadWithoutTheMountThatWasMissingMakesReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		missing := newMount("b")
		missing.fault = errSealed
		m := newMount("a")
		s := run(t, map[string]*mount{"m": m, "missing": missing})
		s.config.Mounts = []string{"m"}
		s.vault.change(func() { m.hangs = true }) // what is known is enough
		if err := s.Reload(); err != nil || !s.Ready() {
			t.Errorf("%v, ready %t", err, s.Ready())
		}
		s.stop()
	})
}

func TestAReloadThatHappensWhileNothingRunsIsInForceAtTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, map[string]*mount{"m": newMount("a")})
		s.pass(time.Hour)
		if err := s.Reload(); err != nil || !s.Healthy() {
			t.Errorf("%v, healthy %t", err, s.Healthy())
		}
	})
}

func TestKeysThatAReloadCannotBringIntoForceAreNamed(t *testing.T) {
	t.Parallel()
	before := config.Defaults()
	after := before
	if got := agent.WaitsForRestart(before, after); len(got) > 0 {
		t.Errorf("nothing changed: %v", got)
	}
	after.Interval, after.LogLevel, after.Mounts = time.Hour, "debug", []string{"x"}
	if got := agent.WaitsForRestart(before, after); len(got) > 0 {
		t.Errorf("what a reload brings into force: %v", got)
	}
	after.Listen, after.WebConfigFile, after.StateDir, after.LogFormat = "a", "b", "c", "d"
	if diff := cmp.Diff([]string{"listen", "web_config_file", "state_dir", "log_format"}, agent.WaitsForRestart(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	synctest.Test(t, func(t *testing.T) {
		s := run(t, map[string]*mount{"m": newMount("a")})
		s.log.take(t)
		s.config.Listen, s.config.LogLevel = "127.0.0.1:9721", "error"
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"info: configuration reloaded needs_restart=[listen]"}, s.log.take(t, "needs_restart")); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		if err := s.Reload(); err != nil || len(s.log.take(t)) > 0 {
			t.Errorf("%v, and a line of a level that is not logged any more", err)
		}
		s.stop()
	})
}
