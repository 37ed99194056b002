package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// named gives the names of rows, in their order.
func named(rows []row) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

func ago(d time.Duration) *time.Time {
	at := now.Add(-d)
	return &at
}

// few are integrations that differ in everything that can be filtered and sorted by.
func few() []row {
	a, b := &estate.Mount{Path: "a", Up: true}, &estate.Mount{Path: "b/c", Up: true}
	two := 2
	return []row{
		{mount: b, Status: &estate.Status{Name: "well", State: rotation.StateOK, Severity: rotation.SeverityOK, Username: "svc_W", ServerURL: "https://one", Expiry: ago(-90 * day24), LastCheck: ago(3 * time.Hour), NextCheck: ago(-time.Hour), NextRotation: ago(-9 * day24)}},
		{mount: a, Status: &estate.Status{Name: "locked", State: rotation.StateLocked, Severity: rotation.SeverityCritical, Reason: rotation.ReasonLocked, Username: "svc_l", ServerURL: "https://two", Expiry: ago(-5 * day24), Held: true, LastCheck: ago(time.Hour)}},
		{mount: a, Status: &estate.Status{Name: "limited", State: rotation.StateLimited, Severity: rotation.SeverityWarning, Username: "svc_m", ServerURL: "https://one", Expiry: ago(-70 * day24), Foreign: &two, NextCheck: ago(-2 * time.Hour), RotationError: "x"}},
		{mount: a, Status: &estate.Status{Name: "soon", State: rotation.StateExpiring, Severity: rotation.SeverityWarning, Username: "svc_s", ServerURL: "https://two", Expiry: ago(-3 * day24), LastCheck: ago(2 * time.Hour), NextCheck: ago(-3 * time.Hour), Phase: rotation.PhaseSent}},
		{mount: b, Status: &estate.Status{Name: "new", State: rotation.StateUnchecked, Severity: rotation.SeverityUnknown, ServerURL: "https://one", NextCheck: ago(-4 * time.Hour)}},
		{mount: b, Status: &estate.Status{Name: "stuck", State: rotation.StateUnchecked, Severity: rotation.SeverityUnknown, ServerURL: "https://three", Held: true, HeldUntil: ago(-time.Hour)}},
	}
}

func TestWhatAQueryChooses(t *testing.T) {
	for name, tt := range map[string]struct {
		q    query
		want string
	}{
		"everything, the most urgent first":             {query{}, "locked soon limited new stuck well"},
		"one state":                                     {query{State: "unchecked"}, "new stuck"},
		"a state nobody is in":                          {query{State: "paused"}, ""},
		"one severity":                                  {query{Severity: "warning"}, "soon limited"},
		"what needs a hand, and nothing checks":         {query{Severity: severityHand}, "locked soon limited stuck"},
		"one mount":                                     {query{Mount: "a"}, "locked soon limited"},
		"a mount is not the beginning of another":       {query{Mount: "b"}, ""},
		"a part of a name":                              {query{Text: "lock"}, "locked"},
		"an account, whatever its case":                 {query{Text: "SVC_w"}, "well"},
		"a pod":                                         {query{Text: "https://two"}, "locked soon"},
		"a reason":                                      {query{Text: "account_locked"}, "locked"},
		"a mount in the text":                           {query{Text: "b/c"}, "new stuck well"},
		"two words, both of them":                       {query{Text: "svc two"}, "locked soon"},
		"two words that no integration has both of":     {query{Text: "well two"}, ""},
		"no word runs over into the next field":         {query{Text: "wellsvc"}, ""},
		"several filters at once":                       {query{Text: "one", Mount: "a", Severity: "warning"}, "limited"},
		"by state":                                      {query{Sort: byState}, "locked limited soon well new stuck"},
		"by name":                                       {query{Sort: byName}, "limited locked new soon stuck well"},
		"by name, from the other end":                   {query{Sort: byName, Down: true}, "well stuck soon new locked limited"},
		"by pod and account":                            {query{Sort: byAccount}, "new well limited stuck locked soon"},
		"by expiry, no date last":                       {query{Sort: byExpiry}, "soon locked limited well new stuck"},
		"by expiry from the other end, no date last":    {query{Sort: byExpiry, Down: true}, "well limited locked soon new stuck"},
		"by last check, the longest ago first":          {query{Sort: byLastCheck}, "well soon locked limited new stuck"},
		"by next check, none last":                      {query{Sort: byNextCheck}, "well limited soon new locked stuck"},
		"by next check from the other end, none last":   {query{Sort: byNextCheck, Down: true}, "new soon limited well locked stuck"},
		"by guard: a person first, then a hold, counts": {query{Sort: byGuard}, "locked stuck limited soon new well"},
		"by rotation: open, failed, then the next":      {query{Sort: byRotation}, "soon limited well locked new stuck"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.q.Size = 50
			if got := named(choose(few(), tt.q, now).rows); got != tt.want {
				t.Errorf("it chooses %q, not %q", got, tt.want)
			}
		})
	}
}

func TestEveryColumnIsSortedBySomething(t *testing.T) {
	seen := map[string]column{}
	for _, c := range columns() {
		order := named(choose(few(), query{Sort: c, Size: 50}, now).rows)
		if other, same := seen[order]; same {
			t.Errorf("%q and %q give the same order", c, other)
		}
		seen[order] = c
	}
}

func TestPages(t *testing.T) {
	var all []row
	m := &estate.Mount{Path: "m"}
	for i := range 103 {
		all = append(all, row{mount: m, Status: &estate.Status{Name: fmt.Sprintf("%03d", i)}})
	}
	for name, tt := range map[string]struct {
		all         []row
		page, size  int
		first, last string
		here, pages int
	}{
		"the first":             {all, 1, 25, "000", "024", 1, 5},
		"one in between":        {all, 3, 25, "050", "074", 3, 5},
		"the last, not full":    {all, 5, 25, "100", "102", 5, 5},
		"behind the last":       {all, 99, 25, "100", "102", 5, 5},
		"before the first":      {all, -1, 25, "000", "024", 1, 5},
		"a full last one":       {all[:100], 2, 50, "050", "099", 2, 2},
		"all on one":            {all, 1, 250, "000", "102", 1, 1},
		"no size is the normal": {all, 2, 0, "050", "099", 2, 3},
		"nothing":               {nil, 4, 25, "", "", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := choose(tt.all, query{Sort: byName, Page: tt.page, Size: tt.size}, now)
			if got.page != tt.here || got.pages != tt.pages || got.total != len(tt.all) {
				t.Errorf("it is page %d of %d, of %d rows", got.page, got.pages, got.total)
			}
			if len(tt.all) > 0 && (got.rows[0].Name != tt.first || got.rows[len(got.rows)-1].Name != tt.last) {
				t.Errorf("it shows %s", named(got.rows))
			}
		})
	}
}

// Every integration that a query asks for is on one of its pages, and on one only, whatever the order.
func TestThePagesTogetherAreWhatTheQueryAsksFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []row
		for i := range rapid.IntRange(0, 120).Draw(t, "rows") {
			base := few()[rapid.IntRange(0, 5).Draw(t, "kind")]
			status := *base.Status
			status.Name = fmt.Sprintf("%s-%d", status.Name, i)
			all = append(all, row{Status: &status, mount: base.mount})
		}
		q := query{
			Sort: rapid.SampledFrom(columns()).Draw(t, "sort"), Down: rapid.Bool().Draw(t, "down"), Size: 25,
			Severity: rapid.SampledFrom([]string{"", severityHand, "warning"}).Draw(t, "severity"),
		}
		seen := map[string]int{}
		first := choose(all, q, now)
		for page := range first.pages {
			for _, r := range choose(all, q.at(page+1), now).rows {
				seen[r.Name]++
			}
		}
		for _, r := range all {
			wanted := 0
			if q.takes(r, nil) {
				wanted = 1
			}
			if seen[r.Name] != wanted {
				t.Fatalf("%s is shown %d times", r.Name, seen[r.Name])
			}
		}
		if len(seen) != first.total {
			t.Fatalf("%d were shown, and %d counted", len(seen), first.total)
		}
	})
}

func TestChoosingChangesNothing(t *testing.T) {
	all := few()
	before := named(all)
	choose(all, query{Sort: byName, Size: 50}, now)
	if after := named(all); after != before {
		t.Errorf("the estate is now in the order %q", after)
	}
}

func TestFindingAnIntegration(t *testing.T) {
	s := estate.Snapshot{Mounts: []estate.Mount{
		{Path: "a", Statuses: []estate.Status{{Name: "x"}}},
		{Path: "a/b", Statuses: []estate.Status{{Name: "x"}, {Name: "y/z"}}},
	}}
	for path, want := range map[string]string{
		"a/x": "a", "a/b/x": "a/b", "a/b/y/z": "a/b", "a/y": "", "b/x": "", "a/b": "", "": "", "a/": "", "a/X": "",
	} {
		found, known := find(s, path)
		if known != (want != "") || known && found.mount.Path != want {
			t.Errorf("%q is found: %v", path, known)
		}
	}
}

func TestLinksOfPages(t *testing.T) {
	for _, tt := range []struct {
		here, pages int
		want        string
	}{
		{1, 1, "[1]"}, {1, 4, "[1] 2 3 4"}, {1, 9, "[1] 2 3 … 9"}, {5, 9, "1 … 3 4 [5] 6 7 … 9"}, {4, 9, "1 2 3 [4] 5 6 … 9"}, {9, 9, "1 … 7 8 [9]"},
	} {
		var got []string
		for _, link := range pageLinks(query{Size: 50}, tt.here, tt.pages) {
			switch {
			case link.Here:
				got = append(got, "["+link.Number+"]")
			case link.Link == "":
				got = append(got, "…")
			default:
				got = append(got, link.Number)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("on page %d of %d: %s, not %s", tt.here, tt.pages, strings.Join(got, " "), tt.want)
		}
	}
}

func TestTheOrderOfStatesIsTheContracts(t *testing.T) {
	if !slices.IsSortedFunc(rotation.States(), func(a, z rotation.State) int { return stateRank(a) - stateRank(z) }) {
		t.Error("the states are not in their order")
	}
	if stateRank("of tomorrow") >= stateRank(rotation.StateUnresolved) {
		t.Error("a state that is not known hides behind those that are")
	}
}

func TestTheRankOfASeverityIsItsPlace(t *testing.T) {
	for place, s := range severities() {
		if severityRank(s) != place {
			t.Errorf("%s has the rank %d", s, severityRank(s))
		}
	}
	if severityRank("of tomorrow") != severityRank(rotation.SeverityUnknown) {
		t.Error("a severity that is not known is not unknown")
	}
}
