package estate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func statuses(names ...string) []estate.Status {
	var all []estate.Status
	for _, name := range names {
		all = append(all, estate.Status{Mount: "m", Name: name})
	}
	return all
}

func namesOf(all []estate.Status) []string {
	names := []string{}
	for _, status := range all {
		names = append(names, status.Name)
	}
	return names
}

func TestAMountLearnsFromReports(t *testing.T) {
	t.Parallel()
	known := estate.Mount{Path: "m", Revision: "p-1", Statuses: statuses("a", "b", "c")}
	for name, row := range map[string]struct {
		from  estate.Mount
		pages []estate.Report
		names []string
		since string
	}{
		"the first report, in pages": {
			estate.Mount{Path: "m"},
			[]estate.Report{{Full: true, Revision: "p-1", Statuses: statuses("a", "b")}, {Full: true, Revision: "p-3", Statuses: statuses("c")}},
			[]string{"a", "b", "c"},
			"p-1",
		},
		"nothing changed": {known, []estate.Report{{Revision: "p-1"}}, []string{"a", "b", "c"}, "p-1"},
		"one came and one went": {
			known,
			[]estate.Report{{Revision: "p-3", Statuses: statuses("bb"), Deleted: []string{"a"}}},
			[]string{"b", "bb", "c"},
			"p-3",
		},
		"one went that was not known": {known, []estate.Report{{Revision: "p-2", Deleted: []string{"x"}}}, []string{"a", "b", "c"}, "p-2"},
		"one went and came back": {
			known,
			[]estate.Report{{Revision: "p-2", Deleted: []string{"b"}}, {Revision: "p-3", Statuses: statuses("b")}},
			[]string{"a", "b", "c"},
			"p-2",
		},
		"one was seen on a page and went before the next": {
			known,
			[]estate.Report{{Revision: "p-2", Statuses: statuses("a")}, {Revision: "p-3", Statuses: statuses("c"), Deleted: []string{"a"}}},
			[]string{"b", "c"},
			"p-2",
		},
		"a new beginning forgets what it does not name": {
			known, []estate.Report{{Full: true, Revision: "q-1", Statuses: statuses("c", "d")}}, []string{"c", "d"}, "q-1",
		},
		"a new beginning of nothing": {known, []estate.Report{{Full: true, Revision: "q-1"}}, []string{}, "q-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(row.from.Statuses)
			got := row.from.With(row.pages...)
			if diff := cmp.Diff(row.names, namesOf(got.Statuses)); diff != "" || got.Revision != row.since {
				t.Errorf("revision %q, names (-want +got):\n%s", got.Revision, diff)
			}
			if diff := cmp.Diff(before, row.from.Statuses); diff != "" {
				t.Errorf("the mount before was changed:\n%s", diff)
			}
		})
	}
}

func TestAReportReplacesWhatItSaysOfTheWholeMount(t *testing.T) {
	t.Parallel()
	first := estate.Report{Revision: "p-1", Full: true, Statuses: statuses("a"), Version: "v1", Counts: map[rotation.State]int{rotation.StateOK: 1}}
	last := estate.Report{
		Revision: "p-2", Full: true, Version: "v2", Counts: map[rotation.State]int{rotation.StateLocked: 1},
		Directories: []estate.Directory{{Name: "idm"}}, Sweep: estate.Sweep{Lag: 7}, Generated: time.Unix(9, 0),
	}
	got := estate.Mount{Path: "m", Fault: "sealed", Directories: []estate.Directory{{Name: "old"}}}.With(first, last)
	want := estate.Mount{
		Path: "m", Statuses: statuses("a"), Directories: last.Directories, Counts: last.Counts, Sweep: last.Sweep,
		Revision: "p-1", Version: "v2", Generated: last.Generated, Up: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMountThatCannotBeReadKeepsWhatWasKnown(t *testing.T) {
	t.Parallel()
	before := estate.Mount{Path: "m"}.With(estate.Report{Full: true, Revision: "p-1", Statuses: statuses("a"), Sweep: estate.Sweep{Lag: 3}})
	got := before.Down("Vault is sealed: unseal it.")
	want := before
	want.Up, want.Fault = false, "Vault is sealed: unseal it."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnEstateIsReadWhenEveryMountIs(t *testing.T) {
	t.Parallel()
	read, never := estate.Mount{Path: "a", Revision: "p-1"}, estate.Mount{Path: "b"}
	for name, row := range map[string]struct {
		mounts []estate.Mount
		want   bool
	}{
		"no mount":                  {nil, false},
		"one read":                  {[]estate.Mount{read}, true},
		"one never read":            {[]estate.Mount{never}, false},
		"one of two":                {[]estate.Mount{read, never}, false},
		"one that is down by now":   {[]estate.Mount{read.Down("gone")}, true},
		"one that was always down":  {[]estate.Mount{never.Down("gone")}, false},
		"two, and one of them down": {[]estate.Mount{read, read.Down("gone")}, true},
	} {
		if got := (estate.Snapshot{Mounts: row.mounts}).Read(); got != row.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestAllIsInTheOrderOfTheMounts(t *testing.T) {
	t.Parallel()
	known := estate.Snapshot{Mounts: []estate.Mount{{Path: "z", Statuses: statuses("b", "c")}, {Path: "a", Statuses: statuses("a")}}}
	if diff := cmp.Diff([]string{"b", "c", "a"}, namesOf(known.All())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheWorstSpeaksForAll(t *testing.T) {
	t.Parallel()
	of := func(severities ...rotation.Severity) []estate.Status {
		var all []estate.Status
		for _, severity := range severities {
			all = append(all, estate.Status{Severity: severity})
		}
		return all
	}
	for name, row := range map[string]struct {
		of   []estate.Status
		want rotation.Severity
	}{
		"none":                      {nil, rotation.SeverityOK},
		"all well":                  {of(rotation.SeverityOK, rotation.SeverityOK), rotation.SeverityOK},
		"unknown is worse than ok":  {of(rotation.SeverityOK, rotation.SeverityUnknown), rotation.SeverityUnknown},
		"warning before unknown":    {of(rotation.SeverityUnknown, rotation.SeverityWarning), rotation.SeverityWarning},
		"critical before all":       {of(rotation.SeverityWarning, rotation.SeverityCritical, rotation.SeverityOK), rotation.SeverityCritical},
		"one of a newer engine":     {of(rotation.SeverityOK, "dire"), rotation.SeverityUnknown},
		"an answer that names none": {of(""), rotation.SeverityUnknown},
	} {
		if got := estate.Worst(row.of); got != row.want {
			t.Errorf("%s: got %s, want %s", name, got, row.want)
		}
	}
}

func TestWhatNeedsAHandFirstComesFirst(t *testing.T) {
	t.Parallel()
	soon, late := at("2026-12-01T00:00:00Z"), at("2027-12-01T00:00:00Z")
	want := []estate.Status{
		{Mount: "z", Name: "critical, expires soon", Severity: rotation.SeverityCritical, Expiry: soon},
		{Mount: "a", Name: "critical, expires late", Severity: rotation.SeverityCritical, Expiry: late},
		{Mount: "a", Name: "critical, never expires", Severity: rotation.SeverityCritical},
		{Mount: "a", Name: "warning", Severity: rotation.SeverityWarning, Expiry: soon},
		{Mount: "a", Name: "of a newer engine", Severity: "dire"},
		{Mount: "b", Name: "a", Severity: rotation.SeverityUnknown},
		{Mount: "b", Name: "b", Severity: rotation.SeverityUnknown},
		{Mount: "a", Name: "fine", Severity: rotation.SeverityOK, Expiry: soon},
	}
	for turn := range want { // each begins with another one, forwards and backwards
		given := slices.Concat(want[turn:], want[:turn])
		for range 2 {
			slices.Reverse(given)
			kept := slices.Clone(given)
			if diff := cmp.Diff(want, estate.ByUrgency(given)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(kept, given); diff != "" {
				t.Errorf("what was given was changed:\n%s", diff)
			}
		}
	}
}
