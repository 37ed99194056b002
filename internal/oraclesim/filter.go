package oraclesim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// filter is the one kind of SCIM filter served here: attribute eq "value" on the user name or the id. Attribute names
// and values are compared without regard to the case of letters.
type filter struct{ attribute, value string }

// filterForm takes the value as a JSON string, in which SCIM escapes a quote as \" (RFC 7644, 3.4.2.2).
var filterForm = regexp.MustCompile(`^\s*([A-Za-z]+)\s+([A-Za-z]+)\s+("(?:[^"\\]|\\.)*")\s*$`)

// parseFilter reads a filter; an empty text lets every user through.
func parseFilter(text string) (filter, error) {
	if strings.TrimSpace(text) == "" {
		return filter{}, nil
	}
	parts := filterForm.FindStringSubmatch(text)
	if parts == nil || !strings.EqualFold(parts[2], "eq") {
		return filter{}, errors.New(`the filter is not of the form attribute eq "value"`)
	}
	f := filter{attribute: strings.ToLower(parts[1])}
	if f.attribute != "username" && f.attribute != "id" {
		return filter{}, fmt.Errorf("the attribute %s cannot be filtered by", parts[1])
	}
	if err := json.Unmarshal([]byte(parts[3]), &f.value); err != nil {
		return filter{}, errors.New("the filter's value is not a string")
	}
	return f, nil
}

// window is the part of a list that startIndex, from 1, and count ask for.
type window struct{ start, count int }

func parseWindow(query url.Values, defaultCount int) (window, error) {
	start, startOK := naturalNumber(query.Get("startIndex"), 1)
	count, countOK := naturalNumber(query.Get("count"), defaultCount)
	if !startOK || !countOK {
		return window{}, errors.New("startIndex and count must be whole numbers")
	}
	return window{start: max(start, 1), count: count}, nil // RFC 7644, 3.4.2.4: less than 1 is 1
}

// windowOf cuts a list; its answer is never null in JSON.
func windowOf[T any](list []T, w window) []T {
	first := min(w.start-1, len(list))
	return append([]T{}, list[first:first+min(w.count, len(list)-first)]...)
}

// named splits an attributes parameter.
func named(parameter string) []string {
	return strings.FieldsFunc(parameter, func(r rune) bool { return r == ',' || r == ' ' })
}
