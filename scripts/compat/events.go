package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
)

// event is what `go test -json` says of a test, or without one of a package, as far as it matters here.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// result is what the tests came to on one Vault.
type result struct {
	passed  int // tests, without those within tests
	failed  []string
	skipped []skip
}

// skip is a test that was left out.
type skip struct{ test, why string }

// reader collects events.
type reader struct {
	out    io.Writer         // for people: what failed, as it fails
	said   map[string]string // by test, what it said until now
	result result
}

// readEvents reads what go test says until it ends. Every word goes into the log; out gets what failed.
func readEvents(from io.Reader, log, out io.Writer) (result, error) {
	r := reader{out: out, said: map[string]string{}}
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				e = event{Output: line} // go says so when it cannot even begin
			}
			fmt.Fprint(log, e.Output)
			r.take(e)
		}
		if err == io.EOF {
			return r.result, nil
		}
		if err != nil {
			return r.result, fmt.Errorf("read what go test says: %w", err)
		}
	}
}

func (r *reader) take(e event) {
	name := path.Base(e.Package)
	if e.Test != "" {
		name += "." + e.Test
	}
	r.said[name] += e.Output
	switch e.Action {
	case "pass":
		if e.Test != "" && !strings.Contains(e.Test, "/") {
			r.result.passed++
		}
	case "fail":
		r.result.failed = append(r.result.failed, name)
		fmt.Fprintf(r.out, "%s failed:\n%s\n", name, r.said[name])
	case "skip":
		if e.Test != "" {
			r.result.skipped = append(r.result.skipped, skip{name, reason(r.said[name])})
		}
	default:
		return
	}
	delete(r.said, name)
}

// saying is how a test says something: where, and what.
var saying = regexp.MustCompile(`(?m)^\s*\w+\.go:\d+: (.*)$`)

// reason is the last that a test said before it was skipped.
func reason(said string) string {
	all := saying.FindAllStringSubmatch(said, -1)
	if len(all) == 0 {
		return "it gave no reason"
	}
	return all[len(all)-1][1]
}
