package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// absentNames are of connector guides: Oracle's Financials REST guide has neither.
func absentNames() []string { return []string{"chartOfAccounts", "customers"} }

// moduleChecks ask for the catalogue, and for every candidate of every module.
func moduleChecks() []check {
	checks := []check{
		{
			name: "catalogue", question: "Does the catalogue name the version that is asked for?",
			assumes: "200, with 11.13.18.05 in it", ask: askCatalogue,
		},
		{
			name: "latest", question: "Is latest served in place of a version?",
			assumes: "the same as for 11.13.18.05", ask: askLatest,
		},
	}
	for _, module := range oracle.Modules() {
		checks = append(checks, check{
			name:     "module-" + strings.ToLower(string(module)),
			question: "Which resources of " + module.Title() + " exist?",
			assumes:  presence(oracle.PlanFor(module, "").Candidates),
			ask:      func(ctx context.Context, s *session) finding { return askModule(ctx, s, module) },
		})
	}
	return append(checks, check{
		name: "survey", question: "What does the engine's own check say?",
		assumes: "login accepted, no module in error", ask: askSurvey,
	})
}

// presence is the page's sentence about candidates.
func presence(candidates []string) string {
	var there, absent []string
	for _, candidate := range candidates {
		if isAbsentName(candidate) {
			absent = append(absent, nameOf(candidate))
		} else {
			there = append(there, nameOf(candidate))
		}
	}
	sentence := "there: " + strings.Join(there, ", ")
	if len(absent) > 0 {
		sentence += "; not there: " + strings.Join(absent, ", ")
	}
	return sentence
}

// nameOf is a candidate without version and query.
func nameOf(candidate string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(candidate, version), "?")
	return name
}

func isAbsentName(candidate string) bool {
	name, _, _ := strings.Cut(nameOf(candidate), "/")
	return slices.Contains(absentNames(), name)
}

func askCatalogue(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, "", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	var versions []string
	items, _ := answer.object()["items"].([]any)
	for _, item := range items {
		entry, _ := item.(map[string]any)
		versions = append(versions, fmt.Sprint(entry["version"]))
	}
	said := form(answer)
	if len(versions) > 0 {
		said += ": " + s.hidden.foreign(strings.Join(versions, ", "))
	}
	return judge(slices.Contains(versions, strings.TrimSuffix(version, "/")), said, answer)
}

func askLatest(ctx context.Context, s *session) finding {
	const resource = "ledgersLOV?onlyData=true&limit=1"
	documented, err := s.get(ctx, version+resource, acceptADF)
	if err != nil {
		return notAsked(err)
	}
	answer, err := s.get(ctx, "latest/"+resource, acceptADF)
	if err != nil {
		return notAsked(err)
	}
	return judge(answer.status == documented.status, fmt.Sprintf("latest %d, 11.13.18.05 %d", answer.status, documented.status), answer)
}

// askModule asks for every candidate, where the engine stops at the first that exists. Of 404 and anything else it takes
// only the first for absence; 403 and 400 come from a resource that is there.
func askModule(ctx context.Context, s *session, module oracle.Module) finding {
	var first *exchange
	var said []string
	asAssumed := true
	for _, candidate := range oracle.PlanFor(module, "").Candidates {
		answer, err := s.get(ctx, candidate, acceptADF)
		if err != nil {
			return notAsked(err)
		}
		if first == nil {
			first = answer
		}
		s.remember(candidate, answer)
		asAssumed = asAssumed && (answer.status == http.StatusNotFound) == isAbsentName(candidate)
		said = append(said, fmt.Sprintf("%s %d", nameOf(candidate), answer.status))
		if s.over != "" {
			return unsettled(strings.Join(said, ", "), answer)
		}
	}
	return judge(asAssumed, strings.Join(said, ", "), first)
}

// remember keeps what later checks look at again.
func (s *session) remember(candidate string, answer *exchange) {
	if nameOf(candidate) == "ledgerBalances" {
		s.bare = answer
	}
	if answer.status == http.StatusForbidden && s.forbidden == nil {
		s.forbidden = answer
	}
}
