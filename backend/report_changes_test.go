package backend_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// reported is what a report says.
func (m *mount) reported(since any) (names, deleted []string, counts map[string]any, revision string) {
	m.t.Helper()
	fields := map[string]any{"limit": 1000}
	if since != nil {
		fields["since"] = since
	}
	data := m.ok(logical.ReadOperation, "report", fields).Data
	for _, row := range data["integrations"].([]any) {
		names = append(names, row.(map[string]any)["name"].(string))
	}
	return names, data["deleted"].([]string), data["counts"].(map[string]any), data["revision"].(string)
}

// counted counts the states that a full report shows.
func (m *mount) counted() map[string]any {
	m.t.Helper()
	counts := map[string]any{}
	for _, row := range m.ok(logical.ReadOperation, "report", map[string]any{"limit": 1000}).Data["integrations"].([]any) {
		state := row.(map[string]any)["state"].(string)
		n, _ := counts[state].(int)
		counts[state] = n + 1
	}
	return counts
}

// Whatever is written and deleted in whatever order: what changed since a revision is what was touched since, and the
// counts are those of the states.
func TestAReportOfChangesHasWhatWasTouched(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := newMount(t)
		there := map[string]bool{}
		_, _, _, base := m.reported(nil)
		touched := map[string]bool{}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			name := fmt.Sprintf("i-%d", rapid.IntRange(0, 4).Draw(rt, "name"))
			path := "integrations/" + name
			switch what := rapid.SampledFrom([]string{"write", "pause", "delete", "policy", "look"}).Draw(rt, "what"); {
			case what == "look":
				_, _, _, base = m.reported(nil)
				touched = map[string]bool{}
			case what == "policy":
				m.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": 3600})
				for name := range there {
					touched[name] = true
				}
			case what == "delete":
				m.ok(logical.DeleteOperation, path, nil)
				if there[name] {
					touched[name] = true
				}
				delete(there, name)
			case what == "pause" && there[name]:
				m.ok(logical.UpdateOperation, path, map[string]any{"paused_until": time.Now().Add(time.Hour).Format(time.RFC3339), "pause_reason": "a test"})
				touched[name] = true
			default:
				m.ok(logical.UpdateOperation, path, m.fields(map[string]any{"username": name, "verify_connection": false, "paused_until": "", "pause_reason": ""}))
				there[name], touched[name] = true, true
			}
			names, deleted, counts, _ := m.reported(base)
			if got, want := slices.Sorted(slices.Values(slices.Concat(names, deleted))), slices.Sorted(maps.Keys(touched)); !slices.Equal(got, want) {
				rt.Fatalf("since %s %q changed, want %q", base, got, want)
			}
			for _, name := range names {
				if !there[name] {
					rt.Fatalf("%s is reported as there", name)
				}
			}
			if want := m.counted(); !maps.Equal(counts, want) {
				rt.Fatalf("the counts are %v, want %v", counts, want)
			}
		}
	})
}

// Another node deleted and wrote, and Vault says so: the counts are those of what is in storage now.
func TestCountsAreThoseOfTheMountAsItWasReadLast(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	for _, name := range []string{"a", "b", "c"} {
		m.ok(logical.UpdateOperation, "integrations/"+name, m.fields(map[string]any{"username": name, "verify_connection": false}))
	}
	m.reported(nil)
	other := &mount{t: t, sim: m.sim, storage: m.storage}
	other.restart()
	other.ok(logical.DeleteOperation, "integrations/a", nil)
	other.ok(logical.UpdateOperation, "integrations/b", map[string]any{"paused_until": time.Now().Add(time.Hour).Format(time.RFC3339), "pause_reason": "a test"})
	m.backend.InvalidateKey(t.Context(), "integration/a")
	if _, _, counts, _ := m.reported(nil); !maps.Equal(counts, map[string]any{"paused": 1, "unchecked": 1}) {
		t.Errorf("the counts are %v", counts)
	}
}

// A directory that logs in as the user of an integration shares its account with it, which is then not rotated: it has
// changed without being written.
func TestADirectoryOfTheSameUserChangesAnIntegration(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.ok(logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"verify_connection": false}))
	_, _, _, revision := m.reported(nil)
	for _, change := range []func(){
		func() {
			m.ok(logical.UpdateOperation, "directories/door", map[string]any{
				"type": "fusion", "url": m.sim.URL(), "ca_cert": string(m.sim.CACertPEM()), "username": user, "password": password,
				"allowed_usernames": "nobody", "verify_connection": false,
			})
		},
		func() { m.ok(logical.DeleteOperation, "directories/door", nil) },
	} {
		change()
		var names []string
		if names, _, _, revision = m.reported(revision); !slices.Equal(names, []string{"gl"}) {
			t.Errorf("%q changed, want gl", names)
		}
	}
}
