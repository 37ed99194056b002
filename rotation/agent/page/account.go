package page

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// account is the verdict on one account: the one that applications read, or the standby of a pair.
type account struct {
	Mark       mark
	Username   string
	Host       string
	Verdict    string
	Effect     string
	Message    string
	Reason     string
	Confidence string
	Since      moment
	Checklist  []checkItem
	Modules    []moduleLine
	Excess     []string
	ExcessRead bool // a check asked for them
	View       []fact
	Facts      []fact // of a standby; the other's stand in panels
}

// checkItem is one item of the hand-over checklist.
type checkItem struct {
	Word   string
	Result string
	Tone   tone
}

// moduleLine is one module's answer.
type moduleLine struct {
	Code, Title string
	Result      string
	Tone        tone
	HTTP        int
	Probe       string
}

func accountOf(r row, s said, now time.Time) account {
	a := account{
		Mark: markOf(r.State, severityOf(r)), Username: r.Username, Host: hostOf(r.ServerURL), Verdict: verdictWords(r), Effect: effectWords(r),
		Message: r.Message, Reason: string(r.Reason), Confidence: confidenceWords(r.Confidence), Since: momentOf(r.Since, now),
		Checklist: s.items(), Modules: moduleLines(r), View: s.sightings(now),
	}
	if s.Excess != nil {
		a.Excess, a.ExcessRead = *s.Excess, true
	}
	return a
}

// items is the checklist in the contract's order; items that this agent does not know follow.
func (s said) items() []checkItem {
	words := map[string]string{
		"account_active": "The account is active", "role_assigned": "A role is assigned", "rest_privilege": "It may use the REST API",
		"api_tested": "The REST API was tried", "modules_accessible": "Every selected module answers",
		"base_url_confirmed": "The address is that of the pod",
	}
	order := []string{"account_active", "role_assigned", "rest_privilege", "api_tested", "modules_accessible", "base_url_confirmed"}
	for _, name := range slices.Sorted(maps.Keys(s.Checklist)) {
		if _, known := words[name]; !known {
			order = append(order, name)
			words[name] = spoken(name)
		}
	}
	var items []checkItem
	for _, name := range order {
		result, said := s.Checklist[name]
		if !said {
			continue
		}
		item := checkItem{Word: words[name], Result: result, Tone: toneUnknown}
		switch result {
		case "pass":
			item.Tone = toneOK
		case "fail":
			item.Tone = toneCritical
		}
		items = append(items, item)
	}
	return items
}

// moduleLines gives the selected modules in their order, and after them any other that answered.
func moduleLines(r row) []moduleLine {
	codes := slices.Clone(r.Selected)
	for _, code := range slices.Sorted(maps.Keys(r.Modules)) {
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	var lines []moduleLine
	for _, code := range codes {
		l := moduleLine{Code: code, Title: moduleTitle(code), Result: "not asked yet", Tone: toneUnknown}
		if m, asked := r.Modules[code]; asked {
			l.Result, l.HTTP, l.Probe = resultWords(m.Result), m.HTTPStatus, m.Probe
			l.Tone = toneWarning
			if m.Accessible() {
				l.Tone = toneOK
			}
		}
		lines = append(lines, l)
	}
	return lines
}

func moduleTitle(code string) string {
	switch code {
	case "GL":
		return "General Ledger"
	case "AP":
		return "Payables"
	case "AR":
		return "Receivables"
	case "FA":
		return "Fixed Assets"
	case "CM":
		return "Cash Management"
	case "PA":
		return "Project Accounting"
	}
	return code
}

// resultWords is what a module answered.
func resultWords(result string) string {
	switch result {
	case "accessible":
		return "answers with rows"
	case "empty":
		return "answers, without a row"
	case "forbidden":
		return "forbidden: a privilege is missing"
	case "not_found":
		return "this pod has no such resource"
	case "error":
		return "could not be asked"
	}
	return strings.ReplaceAll(result, "_", " ")
}
