package backend_test

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// switched is a pod about which one thing is otherwise, and what the engine must make of it.
type switched struct {
	on        oraclesim.Switches
	late      bool // from after the integration was proved on
	directory string
	story     func(*mount, *oraclesim.Pod)
}

func switchStories() map[string]switched {
	all := map[string]switched{}
	for _, part := range []map[string]switched{lockSwitches, passwordSwitches, restSwitches, frontSwitches, domainSwitches} {
		maps.Copy(all, part)
	}
	return all
}

func TestEverySwitchOfThePod(t *testing.T) {
	t.Parallel()
	for field, s := range switchStories() {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			early := s.on
			if s.late {
				early = oraclesim.Switches{}
			}
			m := watched(t, early, "")
			m.ok(logical.UpdateOperation, "policies/default", map[string]any{"failure_threshold": 1})
			if s.directory == "" {
				m.write()
			} else {
				m.write(map[string]any{"directory": s.directory})
			}
			must(t, m.sim.Pod().SetSwitches(s.on))
			m.sim.Pod().ResetLogs()
			s.story(m, m.sim.Pod())
		})
	}
}

// Whoever adds a switch says here what the engine makes of it.
func TestNoSwitchIsForgotten(t *testing.T) {
	t.Parallel()
	all := switchStories()
	kind := reflect.TypeFor[oraclesim.Switches]()
	for i := range kind.NumField() {
		field := kind.Field(i).Name
		s, found := all[field]
		switch {
		case !found:
			t.Errorf("%s has no test", field)
		case reflect.ValueOf(s.on).Field(i).IsZero():
			t.Errorf("the test of %s leaves it off", field)
		}
		delete(all, field)
	}
	for field := range all {
		t.Errorf("%s is no switch", field)
	}
}

// is checks gl and holds the status against what it must be.
func (m *mount) is(what string, want map[string]any) map[string]any {
	m.t.Helper()
	status := m.checks()
	shows(m.t, what, status, want)
	return status
}

// spent holds the logins of the user since the story began against what they must be.
func (m *mount) spent(want int) {
	m.t.Helper()
	if logins := m.sim.Pod().Logins(user); len(logins) != want {
		m.t.Errorf("%d logins were spent, not %d: %v", len(logins), want, logins)
	}
}

// unlocks lets the engine see the user locked and then unlocked.
func (m *mount) unlocks() {
	m.t.Helper()
	must(m.t, m.sim.Pod().Lock(user))
	m.checks()
	must(m.t, m.sim.Pod().Unlock(user))
	m.is("unlocked", map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
}

// tries checks gl until the engine waits for a person, a day between.
func (m *mount) tries(days int) map[string]any {
	m.t.Helper()
	for range days {
		m.checks()
		m.later(25 * time.Hour)
	}
	return m.read("status/gl")
}

// atMostDaily is for refusals that the pod does not count, and the directory shows so: none locks, and there
// is at most one in each hold_period.
func (m *mount) atMostDaily(days int) {
	m.t.Helper()
	if n := len(m.sim.Pod().Logins(user)); n > days {
		m.t.Errorf("in %d days %d logins were spent", days, n)
	}
	if state, err := m.sim.Pod().State(user); err != nil || state.Locks != 0 || state.FailedInARow != 0 {
		m.t.Errorf("the pod counts %d, and locked %d times (%v)", state.FailedInARow, state.Locks, err)
	}
}
