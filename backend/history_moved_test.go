package backend_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// What becomes of events whose move into the history breaks off.

// movers are what finds the record full; each brings a number of events.
var movers = map[string]struct {
	events int
	do     func(*mount) error
}{
	"a write": {1, func(m *mount) error {
		answer, err := m.do(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 9})
		if err == nil && len(answer.Warnings) > 0 {
			err = errors.New(answer.Warnings[0])
		}
		return err
	}},
	"a check that is refused": {1, func(m *mount) error {
		must(m.t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
		_, err := m.do(logical.UpdateOperation, "check/gl", nil)
		return err
	}},
	"a check without news": {0, func(m *mount) error {
		_, err := m.do(logical.UpdateOperation, "check/gl", nil)
		return err
	}},
}

func TestNoEventIsLostWhereItsProcessDies(t *testing.T) {
	for name, mover := range movers {
		t.Run(name, func(t *testing.T) {
			var before []map[string]any
			var done error
			dies(t, func(m *mount) {
				m.write()
				m.happens(rotation.MaxRecent - 1)
			}, func(m *mount) {
				done = mover.do(m)
			}, func(m *mount, point string) {
				before = m.events()
				m.kept(point, before, done == nil, mover.events)
				m.checks()
				m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 8})
				events := m.told(point)
				if !strings.HasPrefix(m.seqs(events), m.seqs(before)) {
					t.Errorf("%s: what was told as %v is told as %v", point, before, events)
				}
			})
		})
	}
}

// kept holds that the full record's events are told, each once, and what was done too if it was acknowledged.
func (m *mount) kept(what string, events []map[string]any, acknowledged bool, more int) {
	m.t.Helper()
	want := rotation.MaxRecent
	if acknowledged {
		want += more
	}
	if len(events) < want || len(events) > rotation.MaxRecent+more {
		m.t.Errorf("%s, acknowledged %v: told are %v", what, acknowledged, events)
	}
	for i, event := range events {
		if event["seq"] != int64(i+1) {
			m.t.Errorf("%s: told are %v", what, events)
		}
	}
}

// seqs are the numbers and outcomes of events.
func (m *mount) seqs(events []map[string]any) string {
	var lines []string
	for _, event := range events {
		lines = append(lines, fmt.Sprint(event["seq"], event["kind"], event["to_state"], event["reason"]))
	}
	return strings.Join(lines, ", ")
}

// The same while the process goes on: an operation of storage fails, or is made and said to have failed.
func TestNoEventIsLostWhereStorageFails(t *testing.T) {
	t.Parallel()
	for name, mover := range movers {
		for _, key := range []string{"history/", "record/"} {
			for _, made := range []bool{false, true} {
				m := watched(t, oraclesim.Switches{}, "")
				m.write()
				m.happens(rotation.MaxRecent - 1)
				disk := &wavering{Storage: m.storage}
				m.storage = disk
				m.restart()
				failed := 0
				disk.decide(func(at string, write func() error) error {
					if !strings.HasPrefix(at, key) {
						return write()
					}
					failed++
					if made {
						must(t, write())
					}
					return errLate
				})
				point := fmt.Sprintf("%s, %s, made %v", name, key, made)
				if err := mover.do(m); err == nil || failed == 0 {
					t.Errorf("%s: %d writes failed, and it said %v", point, failed, err)
				}
				disk.decide(nil)
				before := m.events()
				m.kept(point, before, false, mover.events)
				m.checks()
				m.happens(2)
				events := m.told(point)
				m.restart()
				if after := m.told(point); !reflect.DeepEqual(after, events) {
					t.Errorf("%s: in memory are %v, in storage %v", point, events, after)
				}
			}
		}
	}
}

func TestAHistoryOfALaterVersionIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(2*rotation.MaxRecent - 1)
	history := m.entry("history/gl")
	history["storage_version"] = 2
	m.puts("history/gl", history)
	before := m.stored()["history/gl"]
	if err := movers["a write"].do(m); err == nil {
		t.Error("the write said nothing")
	}
	if after := m.stored()["history/gl"]; after != before {
		t.Errorf("it is %s by now", after)
	}
	history["storage_version"] = 1
	m.puts("history/gl", history)
	m.happens(1)
	if events := m.told("once it can be read"); len(events) != 2*rotation.MaxRecent+1 {
		t.Errorf("told are %v", events)
	}
}
