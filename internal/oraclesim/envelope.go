package oraclesim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultPage is the number of items without a limit (Oracle HCM REST guide, Navigate a Collection).
const defaultPage = 25

// firstKey makes keys look like Fusion's: 15 digits, beyond what a 32-bit integer holds.
const firstKey = 300_000_000_000_001

// collection is the envelope of every list the pod answers with.
type collection struct {
	Items        []map[string]any `json:"items"`
	TotalResults *int             `json:"totalResults,omitempty"` // only when asked for
	Count        int              `json:"count"`
	HasMore      bool             `json:"hasMore"`
	Limit        int              `json:"limit"`
	Offset       int              `json:"offset"`
	Links        []link           `json:"links"`
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// page is what the query parameters of a collection ask for.
type page struct {
	limit, offset int
	total         bool // totalResults=true
	onlyData      bool // no links in the items
	fields        []string
	finder        bool // a finder or q narrows the rows
}

// parsePage reads the query parameters; ok is false, and the problem says why, when the pod would answer 400.
func parsePage(q url.Values, res Resource, maxLimit int) (pg page, bad problem, ok bool) {
	pg = page{
		total:    q.Get("totalResults") == "true",
		onlyData: q.Get("onlyData") == "true",
		finder:   q.Get("finder") != "" || q.Get("q") != "",
	}
	var limitOK, offsetOK bool
	pg.limit, limitOK = naturalNumber(q.Get("limit"), defaultPage)
	pg.offset, offsetOK = naturalNumber(q.Get("offset"), 0)
	if !limitOK || !offsetOK {
		return page{}, badRequest("The limit and offset parameters must be whole numbers of 0 or more."), false
	}
	pg.limit = min(pg.limit, maxLimit)
	if q.Get("fields") != "" {
		if q.Get("expand") != "" {
			return page{}, badRequest("The fields and expand parameters cannot be combined."), false
		}
		pg.fields = strings.Split(q.Get("fields"), ",")
	}
	for _, field := range pg.fields {
		if !slices.Contains(res.Attributes, field) {
			return page{}, badRequest(fmt.Sprintf("The resource %s has no attribute %s.", res.Name, field)), false
		}
	}
	return pg, problem{}, true
}

// queryOf reads a query as Oracle does: the semicolon belongs to a finder (finder=Name;ledger=US), where Go's own
// parser drops the whole parameter.
func queryOf(r *http.Request) url.Values {
	query, _ := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")) // a broken parameter is left out
	return query
}

func badRequest(detail string) problem { return problem{status: http.StatusBadRequest, detail: detail} }

func naturalNumber(text string, absent int) (int, bool) {
	if text == "" {
		return absent, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// newCollection builds one page of a resource that has rows rows; self is the resource's address.
func newCollection(res Resource, rows int, pg page, self string) collection {
	first := min(pg.offset, rows)
	last := min(first+pg.limit, rows)
	c := collection{
		Items:   make([]map[string]any, 0, last-first), // never null
		Count:   last - first,
		HasMore: last < rows,
		Limit:   pg.limit,
		Offset:  pg.offset,
		Links:   []link{{Rel: "self", Href: self, Name: res.Name, Kind: "collection"}},
	}
	if pg.total {
		c.TotalResults = &rows
	}
	for i := first; i < last; i++ {
		c.Items = append(c.Items, newItem(res, i, pg, self))
	}
	return c
}

func newItem(res Resource, row int, pg page, self string) map[string]any {
	item := make(map[string]any)
	for i, attribute := range res.Attributes {
		if len(pg.fields) > 0 && !slices.Contains(pg.fields, attribute) {
			continue
		}
		if i == 0 {
			item[attribute] = firstKey + row
		} else {
			item[attribute] = fmt.Sprintf("%s %d", attribute, row+1)
		}
	}
	if !pg.onlyData {
		href := fmt.Sprintf("%s/%d", self, firstKey+row)
		item["links"] = []link{{Rel: "self", Href: href, Name: res.Name, Kind: "item"}}
	}
	return item
}
