package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing that is wrong with a configuration. It never repeats a value.
type Fault struct {
	Place string // file:line, an environment variable or a flag; empty where nothing is known of it
	Key   string // as vault.auth.method or receivers[0].url; empty: the whole
	Text  string // what is wrong, and what to do

	// follows: it may merely be the consequence of another fault in its section, as a key that is missing is of one that is
	// misspelt.
	follows bool
}

// String is place, key and text, on one line.
func (f Fault) String() string {
	var said []string
	for _, part := range []string{f.Place, f.Key, f.Text} {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ": ")
}

// line is the line of the file that a fault is on; of another place: after all lines.
func (f Fault) line() int {
	n, err := strconv.Atoi(f.Place[strings.LastIndex(f.Place, ":")+1:])
	if err != nil {
		return math.MaxInt32
	}
	return n
}

// InvalidError is a configuration that can't be used, with every fault that was found.
type InvalidError struct{ Faults []Fault }

// Error gives every fault a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, fault := range e.Faults {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// invalid is the error for some faults, by their lines; nil without any.
func invalid(faults ...Fault) error {
	if len(faults) == 0 {
		return nil
	}
	slices.SortStableFunc(faults, func(a, z Fault) int { return a.line() - z.line() })
	return &InvalidError{Faults: faults}
}

// origin is where a configuration comes from, so that a fault can say it.
type origin struct {
	file    string
	lines   map[string]int    // of the keys that the file has
	sources map[string]string // of the keys that somebody else set: an environment variable, a flag
}

// place is where a key was said, or else the section that it would belong to.
func (o *origin) place(key string) string {
	if o == nil {
		return ""
	}
	for at := key; at != ""; at = parent(at) {
		if source, set := o.sources[at]; set {
			return source
		}
	}
	for at := key; at != ""; at = parent(at) {
		if line, said := o.lines[at]; said {
			return fmt.Sprintf("%s:%d", o.file, line)
		}
	}
	return o.file
}

// with is the origin after a source has set a key.
func (o *origin) with(key, source string) *origin {
	changed := origin{sources: map[string]string{}}
	if o != nil {
		changed.file, changed.lines, changed.sources = o.file, o.lines, maps.Clone(o.sources)
	}
	changed.sources[key] = source
	return &changed
}

// parent is the section of a key: vault.auth of vault.auth.method, receivers of receivers[0]; empty of a top key.
func parent(key string) string {
	return key[:max(0, strings.LastIndexAny(key, ".["))]
}

// under says whether a key is a section or in it.
func under(key, section string) bool {
	rest, found := strings.CutPrefix(key, section)
	return found && section != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// unsaid is the faults of the second list that are no consequence of the first: what could not be read is not missing as
// well.
func unsaid(first, second []Fault) []Fault {
	return slices.DeleteFunc(second, func(fault Fault) bool {
		return slices.ContainsFunc(first, func(known Fault) bool {
			return under(fault.Key, known.Key) || fault.follows && under(fault.Key, parent(known.Key))
		})
	})
}
