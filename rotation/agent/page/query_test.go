package page

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAQueryThatCannotBeReadIsTheWholeList(t *testing.T) {
	plain := query{Page: 1, Size: defaultSize}
	for name, text := range map[string]string{
		"nothing":               "",
		"a column nobody has":   "sort=password",
		"a dash":                "sort=-",
		"a page before first":   "page=-3",
		"a page that is a word": "page=two",
		"a size nobody offers":  "size=10000",
		"a severity nobody has": "severity=fatal",
		"refresh with no on":    "refresh=1",
		"keys of others":        "utm_source=x&page=1",
	} {
		t.Run(name, func(t *testing.T) {
			values, err := url.ParseQuery(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := readQuery(values); got != plain {
				t.Errorf("%q is read as %+v", text, got)
			}
		})
	}
}

func TestALongTextIsCutAtWholeRunes(t *testing.T) {
	q := readQuery(url.Values{keyText: {strings.Repeat("ä", maxText+5)}})
	if q.Text != strings.Repeat("ä", maxText) {
		t.Errorf("it is %d bytes long: %q", len(q.Text), q.Text)
	}
}

// Whatever a reader asked for, the link to it asks for the same.
func TestALinkAsksForWhatItsQueryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := query{
			Text:     strings.TrimSpace(firstRunes(rapid.String().Draw(t, "text"), maxText)),
			State:    rapid.SampledFrom([]string{"", "locked", "ok", "a state of tomorrow"}).Draw(t, "state"),
			Severity: rapid.SampledFrom([]string{"", severityHand, "critical", "warning", "unknown", "ok"}).Draw(t, "severity"),
			Mount:    rapid.SampledFrom([]string{"", "oracle-financials", "team b/oracle&financials"}).Draw(t, "mount"),
			Sort:     rapid.SampledFrom(columns()).Draw(t, "sort"),
			Down:     rapid.Bool().Draw(t, "down"),
			Page:     rapid.IntRange(1, 400).Draw(t, "page"),
			Size:     rapid.SampledFrom(sizes()).Draw(t, "size"),
			Refresh:  rapid.Bool().Draw(t, "refresh"),
		}
		if q.Sort == byUrgency {
			q.Down = false
		}
		link, err := url.Parse(q.link())
		if err != nil {
			t.Fatal(err)
		}
		if got := readQuery(link.Query()); got != q {
			t.Fatalf("%s\nis read as %+v\nand was     %+v", q.link(), got, q)
		}
	})
}

func TestAnotherOrderBeginsAtTheFirstPage(t *testing.T) {
	q := query{Sort: byName, Page: 7, Size: 100, Mount: "m", Text: "x"}
	if down := q.sorted(byName); !down.Down || down.Page != 1 || down.Mount != "m" || down.Text != "x" || down.Size != 100 {
		t.Errorf("the same column is %+v", down)
	}
	if up := q.sorted(byName).sorted(byName); up.Down {
		t.Errorf("the same column twice is %+v", up)
	}
	if other := q.sorted(byName).sorted(byExpiry); other.Down || other.Sort != byExpiry {
		t.Errorf("another column is %+v", other)
	}
}
