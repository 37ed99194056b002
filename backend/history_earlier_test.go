package backend_test

import (
	"reflect"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Entries that say nothing of the newest events: an earlier engine's, one that cannot be read, another integration's.

// asEarlier stores the events as the engine did before they were stored with the record: all of them in the history.
func (m *mount) asEarlier() {
	m.t.Helper()
	record := m.entry("record/gl")
	var earlier []any
	if _, flushed := m.stored()["history/gl"]; flushed {
		earlier = m.entry("history/gl")["history"].(map[string]any)["events"].([]any)
	}
	events := append(earlier, record["events"].([]any)...)
	delete(record, "events")
	m.puts("record/gl", record)
	id := record["record"].(map[string]any)["of"].(map[string]any)["integration_id"]
	m.puts("history/gl", map[string]any{"storage_version": 1, "history": map[string]any{"integration_id": id, "events": events}})
	m.restart()
}

// puts stores an entry.
func (m *mount) puts(key string, content any) {
	m.t.Helper()
	entry, err := logical.StorageEntryJSON(key, content)
	must(m.t, err)
	must(m.t, m.storage.Put(m.t.Context(), entry))
}

func TestARecordWithoutEventsIsAnEarlierEngines(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, 5, rotation.MaxRecent + 2, 2*rotation.MaxRecent + 3} {
		m := newMount(t)
		m.write()
		m.happens(count - 1)
		before := m.told("as stored now")
		m.asEarlier()
		if events := m.told("as an earlier engine stored it"); !reflect.DeepEqual(events, before) {
			t.Errorf("%d: told are %v, not %v", count, events, before)
		}
		for more := 1; more <= rotation.MaxRecent+2; more++ {
			m.happens(1)
			if events := m.told("and more"); len(events) != count+more || !reflect.DeepEqual(events[:count], before) {
				t.Fatalf("%d and %d more: told are %v", count, more, events)
			}
		}
	}
}

// An earlier engine stored an event before its record: it may have died between, and the event never happened.
func TestWhatAnEarlierEngineDidNotFinishIsReplaced(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(3)
	before := m.stored()["record/gl"]
	m.happens(1)
	m.asEarlier()
	must(t, m.storage.Put(t.Context(), &logical.StorageEntry{Key: "record/gl", Value: []byte(before)}))
	record := m.entry("record/gl")
	delete(record, "events")
	m.puts("record/gl", record)
	m.restart()
	must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
	m.checks()
	if events := m.told("replaced"); len(events) != 5 || events[4]["to_state"] != "rejected" {
		t.Errorf("told are %v", events)
	}
	m.restart()
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
	m.happens(rotation.MaxRecent) // moved into the history, where the other still is
	if events := m.told("moved"); len(events) != 6+rotation.MaxRecent || events[4]["to_state"] != "rejected" {
		t.Errorf("told are %v", events)
	}
}

func TestARecordThatCannotBeReadBeginsTheEventsAnew(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(rotation.MaxRecent + 1)
	m.spoil("record/gl")
	m.checks()
	if events := m.told("made anew"); len(events) != 2 || events[0]["from_state"] != nil || events[1]["to_state"] != "ok" {
		t.Errorf("told are %v", events)
	}
	m.happens(rotation.MaxRecent)
	if events := m.told("moved"); len(events) != 2+rotation.MaxRecent {
		t.Errorf("told are %v", events)
	}
}

func TestAHistoryThatCannotBeReadTakesNothingElseAway(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(rotation.MaxRecent + 1)
	m.puts("history/gl", map[string]any{"history": 7})
	m.restart()
	if events := m.events(); len(events) != 2 || events[0]["seq"] != int64(rotation.MaxRecent+1) {
		t.Errorf("told are %v", events)
	}
	m.happens(rotation.MaxRecent)
	if events := m.events(); len(events) != rotation.MaxRecent+2 || events[0]["seq"] != int64(rotation.MaxRecent+1) {
		t.Errorf("told are %v", events)
	}
}

// A create after a delete that broke off has nothing of the one before it.
func TestANamesakesEventsEndWithIt(t *testing.T) {
	t.Parallel()
	for left := 2; left <= 3; left++ { // the integration goes first, then its record, then its history
		m := newMount(t)
		m.write()
		m.happens(rotation.MaxRecent + 2)
		healthy := m.storage
		m.storage = &failing{Storage: healthy, left: left}
		m.restart()
		if _, err := m.do(logical.DeleteOperation, "integrations/gl", nil); err == nil {
			t.Fatal("the delete said it was done")
		}
		m.write()
		if events := m.told("created anew"); len(events) != 1 || events[0]["from_state"] != nil {
			t.Errorf("created anew it tells %v", events)
		}
		m.storage = healthy
		m.restart()
		m.happens(rotation.MaxRecent)
		if events := m.told("moved"); len(events) != 1+rotation.MaxRecent {
			t.Errorf("told are %v", events)
		}
	}
}
