package once_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
)

func names(n int) []once.Name {
	var list []once.Name
	for i := range n {
		list = append(list, once.Name{Mount: "of", Name: fmt.Sprintf("u%02d", i)})
	}
	return list
}

func TestCheckAsksAFewAtATimeAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		asked := &fake{check: func(ctx context.Context, mount, name string) (estate.Status, []string, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			err := takes(ctx, time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			if name == "u03" {
				return estate.Status{}, nil, fault(engine.NotFound)
			}
			return estate.Status{Mount: mount, Name: name}, []string{"about " + name}, err
		}}
		var told []string
		begun := time.Now()
		answers := once.Check(t.Context(), asked, names(20), func(a once.Answer) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, a.Name.Name)
		})
		if most != 8 || time.Since(begun) != 3*time.Second {
			t.Errorf("%d at once, in %s", most, time.Since(begun))
		}
		if len(told) != 20 {
			t.Errorf("told of %d", len(told))
		}
		for i, a := range answers {
			switch {
			case a.Name != names(20)[i]:
				t.Errorf("answer %d is of %v", i, a.Name)
			case i == 3 && a.Fault != "not_found it is":
				t.Errorf("the one that fails: %+v", a)
			case i != 3 && (a.Fault != "" || a.Status.Name != a.Name.Name || !slices.Equal(a.Warnings, []string{"about " + a.Name.Name})):
				t.Errorf("answer %d: %+v", i, a)
			}
		}
	})
}

func TestCheckWhoseTimeIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := &fake{check: func(ctx context.Context, _, _ string) (estate.Status, []string, error) {
			return estate.Status{}, nil, takes(ctx, 10*time.Second)
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		told := 0
		var mu sync.Mutex
		answers := once.Check(ctx, asked, names(20), func(once.Answer) { mu.Lock(); told++; mu.Unlock() })
		var faults []string
		for _, a := range answers {
			faults = append(faults, a.Fault)
		}
		const over = "the time of the command was over, which --timeout sets"
		late, never := "had not answered when "+over, "was not asked any more, because "+over
		want := slices.Concat(slices.Repeat([]string{""}, 8), slices.Repeat([]string{late}, 8), slices.Repeat([]string{never}, 4))
		if diff := cmp.Diff(want, faults); diff != "" {
			t.Error(diff)
		}
		if told != 16 || len(asked.asked) != 16 {
			t.Errorf("%d asked, %d told", len(asked.asked), told)
		}
	})
}

func TestCheckThatIsInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := &fake{check: func(ctx context.Context, _, _ string) (estate.Status, []string, error) {
			return estate.Status{}, nil, takes(ctx, 10*time.Second)
		}}
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, interrupt)
		answers := once.Check(ctx, asked, names(9), func(once.Answer) {})
		if answers[0].Fault != "had not answered when the command was interrupted" ||
			answers[8].Fault != "was not asked any more, because the command was interrupted" {
			t.Errorf("%+v", answers)
		}
	})
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	asked := &fake{status: func(mount, name string, _ int) (estate.Status, error) {
		if name == "u01" {
			return estate.Status{}, fault(engine.Denied)
		}
		return estate.Status{Mount: mount, Name: name}, nil
	}}
	answers := once.Statuses(t.Context(), asked, names(3))
	if len(answers) != 3 || answers[0].Status.Name != "u00" || answers[1].Fault != "denied it is" || answers[2].Status.Name != "u02" {
		t.Errorf("%+v", answers)
	}
	if none := once.Statuses(t.Context(), asked, nil); len(none) != 0 {
		t.Errorf("of no name: %+v", none)
	}
}

func TestReadGoesThroughEveryPageOfEveryMount(t *testing.T) {
	t.Parallel()
	counts := map[rotation.State]int{rotation.StateOK: 2, rotation.StateLocked: 1}
	page := func(names ...string) estate.Report {
		r := estate.Report{Revision: "r", Full: true, Counts: counts}
		for _, name := range names {
			r.Statuses = append(r.Statuses, estate.Status{Mount: "of", Name: name})
		}
		return r
	}
	asked := &fake{report: func(_ context.Context, mount, after string) (estate.Report, error) {
		switch {
		case mount == "og":
			return estate.Report{}, fault(engine.Sealed)
		case mount == "oh": // somebody deleted the last ones between two pages
			if after != "" {
				return page(), nil
			}
			return page("a"), nil
		case mount == "oi":
			return estate.Report{Revision: "r", Full: true}, nil
		case mount == "oj" && after == "b":
			return estate.Report{}, fault(engine.Standby)
		case after == "":
			return page("a", "b"), nil
		}
		return page("c"), nil
	}}
	mounts := once.Read(t.Context(), asked, []string{"of", "og", "oh", "oi", "oj"})
	var got []string
	for _, m := range mounts {
		got = append(got, fmt.Sprint(m.Path, " ", m.Up, " ", len(m.Statuses), " ", m.Fault))
	}
	want := []string{"of true 3 ", "og false 0 sealed it is", "oh true 1 ", "oi true 0 ", "oj false 0 standby it is"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	asks := []string{"report of  ", "report of  b", "report og  ", "report oh  ", "report oh  a", "report oi  ", "report oj  ", "report oj  b"}
	if diff := cmp.Diff(asks, asked.asked); diff != "" {
		t.Error(diff)
	}
}

// Counts are of the moment of the page: a full page is followed, whatever they say.
func TestReadFollowsAFullPage(t *testing.T) {
	t.Parallel()
	full := estate.Report{Revision: "r", Full: true, Counts: map[rotation.State]int{rotation.StateOK: engine.PageSize}}
	for i := range engine.PageSize {
		full.Statuses = append(full.Statuses, estate.Status{Mount: "of", Name: fmt.Sprintf("i%03d", i)})
	}
	last := full
	last.Statuses = []estate.Status{{Mount: "of", Name: "z"}}
	asked := &fake{report: func(_ context.Context, _, after string) (estate.Report, error) {
		if after == "" {
			return full, nil
		}
		return last, nil
	}}
	if read := once.Read(t.Context(), asked, []string{"of"}); len(read[0].Statuses) != engine.PageSize+1 {
		t.Errorf("read %d", len(read[0].Statuses))
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	one, two := []string{"of"}, []string{"of", "team/og"}
	there := map[string]bool{"of/gl": true, "team/og/ap": true, "of/both": true, "team/og/both": true}
	for name, test := range map[string]struct {
		mounts []string
		texts  []string
		want   string // the names, or the error
		asks   int
	}{
		"with one mount nobody is asked":   {one, []string{"gl", "xx"}, "of/gl of/xx", 0},
		"each is given once":               {one, []string{"gl", "of/gl", "gl"}, "of/gl", 0},
		"a name of one of the mounts":      {two, []string{"ap", "gl"}, "team/og/ap of/gl", 4},
		"a name with its mount":            {two, []string{"team/og/both", "/of/both"}, "team/og/both of/both", 0},
		"a name of several mounts":         {two, []string{"both"}, "both is in several mounts: say which one, of/both or team/og/both", 2},
		"a name of no mount":               {two, []string{"gl", "xx"}, "there is no integration xx in of or team/og: status lists those that there are", 4},
		"a mount that is not configured":   {two, []string{"oh/gl"}, "the mount before gl is not one of those that are configured: of, team/og", 0},
		"a mount that cannot be asked":     {[]string{"of", "down"}, []string{"gl"}, "whether down has gl cannot be told (sealed it is): name it with its mount, as in of/gl", 2},
		"no name at all":                   {one, []string{""}, badName, 0},
		"a mount without a name":           {one, []string{"of/"}, badName, 0},
		"a name that climbs":               {one, []string{"of/.."}, badName, 0},
		"a name that is something else":    {one, []string{"password=x"}, badName, 0},
		"a name with a line end behind it": {one, []string{"gl\n"}, badName, 0},
		"none":                             {one, nil, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := &fake{status: func(mount, name string, _ int) (estate.Status, error) {
				switch {
				case mount == "down":
					return estate.Status{}, fault(engine.Sealed)
				case !there[mount+"/"+name]:
					return estate.Status{}, fault(engine.NotFound)
				}
				return estate.Status{}, nil
			}}
			found, err := once.Resolve(t.Context(), asked, test.mounts, test.texts)
			var words []string
			for _, n := range found {
				words = append(words, n.Mount+"/"+n.Name)
			}
			got := strings.Join(words, " ")
			if err != nil {
				got = err.Error()
			}
			if got != test.want || len(asked.asked) != test.asks {
				t.Errorf("%s\nwant %s\nasked %d times, want %d", got, test.want, len(asked.asked), test.asks)
			}
		})
	}
}

const badName = "NAME is not the name of an integration: letters, digits, _, - and . with the mount and a slash before it where there are several mounts"
