package agent_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation/agent"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func TestAReportIsReadPageByPage(t *testing.T) {
	t.Parallel()
	type pages = []estate.Report
	whole := func(n int, last string) estate.Report { // a page of n that ends with a name
		page := estate.Report{Full: true, Statuses: make([]estate.Status, n)}
		if n > 0 {
			page.Statuses[n-1].Name = last
		}
		return page
	}
	changed := func(n int, last string) estate.Report {
		page := whole(n, last)
		page.Full = false
		return page
	}
	const size = agent.PageSize
	for name, row := range map[string]struct {
		since string
		give  pages
		asked []string // since and after
		read  int      // pages that count
		full  bool
		fault bool
	}{
		"an empty mount":                             {"", pages{whole(0, "")}, []string{" "}, 1, true, false},
		"one page that is not full":                  {"", pages{whole(size-1, "x")}, []string{" "}, 1, true, false},
		"one page that is full":                      {"", pages{whole(size, "x"), whole(0, "")}, []string{" ", " x"}, 2, true, false},
		"two pages":                                  {"", pages{whole(size, "x"), whole(3, "z")}, []string{" ", " x"}, 2, true, false},
		"nothing changed":                            {"p-1", pages{changed(0, "")}, []string{"p-1 "}, 1, false, false},
		"two pages of changes":                       {"p-1", pages{changed(size, "x"), changed(1, "y")}, []string{"p-1 ", "p-1 x"}, 2, false, false},
		"a new beginning":                            {"p-1", pages{whole(1, "a")}, []string{"p-1 "}, 1, true, false},
		"a new beginning of two pages":               {"p-1", pages{whole(size, "x"), whole(1, "y")}, []string{"p-1 ", " x"}, 2, true, false},
		"a new beginning among changes":              {"p-1", pages{changed(size, "x"), whole(9, "z"), whole(1, "a")}, []string{"p-1 ", "p-1 x", " "}, 1, true, false},
		"an engine that does not call a report full": {"", pages{changed(1, "a")}, []string{" "}, 1, true, false},
		"a page that stands still":                   {"", pages{whole(size, "x"), whole(size, "x")}, []string{" ", " x"}, 0, false, true},
		"a page that goes back":                      {"", pages{whole(size, "x"), whole(size, "w")}, []string{" ", " x"}, 0, false, true},
		"a page without names":                       {"", pages{whole(size, "")}, []string{" "}, 0, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			got, err := agent.Read(row.since, func(since, after string) (estate.Report, error) {
				asked = append(asked, since+" "+after)
				if len(asked) > len(row.give) {
					return estate.Report{}, errors.New("one page too many was asked for")
				}
				return row.give[len(asked)-1], nil
			})
			var fault *engine.Fault
			if row.fault != (errors.As(err, &fault) && fault.Kind == engine.Broken) || !row.fault && err != nil {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(row.asked, asked); diff != "" || len(got) != row.read {
				t.Errorf("%d pages count, want %d; asked (-want +got):\n%s", len(got), row.read, diff)
			}
			for _, page := range got {
				if page.Full != row.full {
					t.Errorf("a page of it is full: %t", page.Full)
				}
			}
		})
	}
}

func TestTheMountLearnsTheTruthWhateverHappensBetweenPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		truth := newMount(many(rapid.IntRange(0, 1100).Draw(t, "integrations"))...)
		known := estate.Mount{Path: "m"}
		happen := func() {
			for range rapid.IntRange(0, 3).Draw(t, "events") {
				name := fmt.Sprintf("i-%05d", rapid.IntRange(0, 1200).Draw(t, "integration"))
				switch rapid.SampledFrom([]string{"change", "change", "delete", "all", "restart"}).Draw(t, "event") {
				case "change":
					truth.set(name)
				case "delete":
					if _, found := truth.names[name]; found {
						truth.remove(name)
					}
				case "all":
					truth.set(slices.Collect(maps.Keys(truth.names))...)
				case "restart":
					truth.restart()
				}
			}
		}
		look := func(meanwhile func()) {
			pages, err := agent.Read(known.Revision, func(since, after string) (estate.Report, error) {
				if rapid.IntRange(0, 9).Draw(t, "luck") == 0 {
					return estate.Report{}, errors.New("the connection was reset")
				}
				page := truth.page(since, after, agent.PageSize)
				meanwhile()
				return page, nil
			})
			if err == nil {
				known = known.With(pages...)
			}
		}
		for range rapid.IntRange(1, 6).Draw(t, "looks") {
			happen()
			look(happen)
		}
		for known.Up = false; !known.Up; {
			look(func() {})
		}
		want := map[string]int64{}
		for name, seq := range truth.names {
			want[name] = int64(seq)
		}
		got := map[string]int64{}
		for _, status := range known.Statuses {
			got[status.Name] = status.Seq
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-truth +known):\n%s", diff)
		}
	})
}
