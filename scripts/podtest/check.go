package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// check settles one question of docs/oracle.md.
type check struct {
	name     string // as the page calls it
	question string
	assumes  string // the page's words
	needs    need
	ask      func(context.Context, *session) finding
}

// need is what a check cannot do without. The list is closed.
type need string

const (
	needsNothing need = ""
	needsFusion  need = "a Fusion directory (DIRECTORY_USERNAME)"
	needsDomain  need = "an identity domain (DIRECTORY_DOMAIN_URL)"
	needsRefusal need = "leave to spend a refused login (SPEND_ONE_REFUSED_LOGIN)"
	needsBoth    need = "an identity domain, and leave to spend a refused login"
)

func (s *session) has(n need) bool {
	switch n {
	case needsFusion:
		return s.admin.username != ""
	case needsDomain:
		return s.domain != ""
	case needsRefusal:
		return s.spendRefused
	case needsBoth:
		return s.domain != "" && s.spendRefused
	case needsNothing:
	}
	return true
}

// verdict is how an answer compares with the page. The list is closed.
type verdict string

const (
	agrees  verdict = "agrees"
	differs verdict = "DIFFERS"
	open    verdict = "open" // the pod was not asked, or its answer settles nothing
)

// finding is what a check found.
type finding struct {
	verdict verdict
	said    string
	answer  *exchange // that decided; nil when none did
}

// judge compares: what the pod said is the same in either case.
func judge(asAssumed bool, said string, answer *exchange) finding {
	if asAssumed {
		return finding{agrees, said, answer}
	}
	return finding{differs, said, answer}
}

func unsettled(said string, answer *exchange) finding { return finding{open, said, answer} }

func notAsked(err error) finding { return finding{verdict: open, said: "not asked: " + because(err)} }

// topic is a group of checks, which are asked in their order.
type topic struct {
	title  string
	checks []check
}

// topics lists every check. The login that is to be refused comes after every other, because no password leaves after it.
func topics() []topic {
	return []topic{
		{"Without a password", anonymousChecks()},
		{"With the right password", append(moduleChecks(), answerChecks()...)},
		{"Through a Fusion directory", fusionChecks()},
		{"Through an identity domain", domainChecks()},
		{"With one refused login", refusalChecks()},
		{"Seen along the way", passingChecks()},
	}
}

// row is a check with what it found, fit to be shown.
type row struct {
	check
	at      time.Time
	verdict verdict
	said    string
	status  string
	headers []string
}

// run makes all checks and shows each as it is found.
func (s *session) run(ctx context.Context, t *table) []row {
	var rows []row
	for _, topic := range topics() {
		t.heading(topic.title)
		for _, c := range topic.checks {
			r := s.row(c, s.find(ctx, c))
			t.row(r)
			rows = append(rows, r)
		}
	}
	return rows
}

func (s *session) find(ctx context.Context, c check) finding {
	if !s.has(c.needs) {
		return unsettled("not asked: needs "+string(c.needs), nil)
	}
	return c.ask(ctx, s)
}

// row scrubs what was found: this is the one way into a table.
func (s *session) row(c check, f finding) row {
	r := row{check: c, at: s.now(), verdict: f.verdict, said: s.hidden.scrubbed(f.said)}
	if f.answer != nil {
		r.at, r.status = f.answer.at, fmt.Sprint(f.answer.status)
		for _, header := range s.hidden.headersOf(f.answer) {
			r.headers = append(r.headers, s.hidden.scrubbed(header))
		}
	}
	return r
}

// summary counts.
func summary(rows []row, s *session) string {
	count := map[verdict]int{}
	for _, r := range rows {
		count[r.verdict]++
	}
	parts := []string{
		fmt.Sprintf("%d agree", count[agrees]), fmt.Sprintf("%d differ", count[differs]), fmt.Sprintf("%d open", count[open]),
		fmt.Sprintf("refused logins: %d", s.refused),
	}
	return strings.Join(parts, ", ") + "."
}
