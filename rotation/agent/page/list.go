package page

import (
	"slices"
	"strconv"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// list is the table of integrations with its filter and its pages.
type list struct {
	Lines      []line
	Headings   []heading
	Text       string
	States     []option
	Severities []option
	MountNames []option
	Sizes      []option
	Sort       string
	Refresh    bool
	Filtered   bool
	Everything string // the link without filters
	Urgent     string // the link to the order by urgency; empty where it is that
	From, To   string
	Total, All string
	Pages      []pageLink
	Page, Last int
	Prev, Next string // links; empty at either end
}

// option is a choice of the filter.
type option struct {
	Value, Word string
	Chosen      bool
}

// heading is a column's head.
type heading struct {
	Word string
	Link string // empty: the list is not sorted by it
	Sort string // the aria-sort of the column; empty where it is not the one
}

// pageLink leads to a page; without Link it is the present one, or, without a number, a gap.
type pageLink struct {
	Number string
	Link   string
	Here   bool
}

func listOf(s estate.Snapshot, all []row, q query, now time.Time) list {
	chosen := choose(all, q, now)
	l := list{
		Headings: headings(q), Text: q.Text, Sort: q.sortText(), Refresh: q.Refresh, Filtered: q.filtered(), Everything: q.everything().link(),
		Total: grouped(chosen.total), All: grouped(len(all)), Page: chosen.page, Last: chosen.pages,
		From: "0", To: "0", States: stateOptions(q), Severities: severityOptions(q), MountNames: mountOptions(s, q), Sizes: sizeOptions(q),
	}
	if q.Sort != byUrgency {
		l.Urgent = q.sorted(byUrgency).link()
	}
	for _, r := range chosen.rows {
		l.Lines = append(l.Lines, lineOf(r, now))
	}
	if first := (chosen.page - 1) * q.Size; len(l.Lines) > 0 {
		l.From, l.To = grouped(first+1), grouped(first+len(l.Lines))
	}
	if chosen.page > 1 {
		l.Prev = q.at(chosen.page - 1).link()
	}
	if chosen.page < chosen.pages {
		l.Next = q.at(chosen.page + 1).link()
	}
	l.Pages = pageLinks(q, chosen.page, chosen.pages)
	return l
}

// pageLinks gives the first page, the last, and those around the present one.
func pageLinks(q query, here, pages int) []pageLink {
	var links []pageLink
	before := 0
	for n := 1; n <= pages; n++ {
		if n != 1 && n != pages && (n < here-2 || n > here+2) {
			continue
		}
		if n != before+1 {
			links = append(links, pageLink{})
		}
		link := pageLink{Number: grouped(n), Here: n == here}
		if !link.Here {
			link.Link = q.at(n).link()
		}
		links, before = append(links, link), n
	}
	return links
}

func headings(q query) []heading {
	all := []struct {
		word string
		by   column
	}{
		{"State", byState},
		{"Integration", byName},
		{"Account and pod", byAccount},
		{"Modules", ""},
		{"Expires", byExpiry},
		{"Last check", byLastCheck},
		{"Next check", byNextCheck},
		{"Guard", byGuard},
		{"Rotation", byRotation},
	}
	var heads []heading
	for _, h := range all {
		head := heading{Word: h.word}
		if h.by != byUrgency {
			head.Link = q.sorted(h.by).link()
		}
		switch {
		case h.by == byUrgency || h.by != q.Sort:
		case q.Down:
			head.Sort = "descending"
		default:
			head.Sort = "ascending"
		}
		heads = append(heads, head)
	}
	return heads
}

func stateOptions(q query) []option {
	options := []option{{Word: "any state", Chosen: q.State == ""}}
	for _, s := range rotation.States() {
		options = append(options, option{Value: string(s), Word: stateWord(s), Chosen: q.State == string(s)})
	}
	if q.State != "" && !slices.Contains(rotation.States(), rotation.State(q.State)) {
		options = append(options, option{Value: q.State, Word: q.State, Chosen: true})
	}
	return options
}

func severityOptions(q query) []option {
	options := []option{
		{Word: "any severity", Chosen: q.Severity == ""},
		{Value: severityHand, Word: "needs a hand", Chosen: q.Severity == severityHand},
	}
	for _, s := range severities() {
		options = append(options, option{Value: string(s), Word: string(s), Chosen: q.Severity == string(s)})
	}
	return options
}

// mountOptions gives the mounts to choose from; none where there is one only.
func mountOptions(s estate.Snapshot, q query) []option {
	if len(s.Mounts) < 2 && q.Mount == "" {
		return nil
	}
	options := []option{{Word: "any mount", Chosen: q.Mount == ""}}
	known := q.Mount == ""
	for _, m := range s.Mounts {
		options = append(options, option{Value: m.Path, Word: m.Path, Chosen: q.Mount == m.Path})
		known = known || q.Mount == m.Path
	}
	if !known {
		options = append(options, option{Value: q.Mount, Word: q.Mount, Chosen: true})
	}
	return options
}

func sizeOptions(q query) []option {
	var options []option
	for _, n := range sizes() {
		options = append(options, option{Value: strconv.Itoa(n), Word: strconv.Itoa(n) + " a page", Chosen: n == q.Size})
	}
	return options
}
