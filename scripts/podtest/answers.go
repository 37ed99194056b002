package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// answerChecks look at the forms of answers that the engine reads, or that would mislead it.
func answerChecks() []check {
	return []check{
		{
			name: "bare-finder", question: "What does ledgerBalances answer without a finder?",
			assumes: "400", ask: askBareFinder,
		},
		{
			name: "unknown-resource", question: "What does an unknown resource answer after a login?",
			assumes: "404 in text/plain", ask: askUnknownResource,
		},
		{
			name: "describe", question: "Does describe give metadata and no rows?",
			assumes: "200 without items", ask: askDescribe,
		},
		{
			name: "describe-forbidden", question: "Does describe need the privilege of its resource?",
			assumes: "403, as the resource itself", ask: askDescribeForbidden,
		},
		{
			name: "forbidden-body", question: "What is the body of a 403?",
			assumes: "ADF's JSON", ask: askForbiddenBody,
		},
		{
			name: "error-asked", question: "What is the body of an error, to who asks for ADF's form?",
			assumes: "o:errorDetails, and status: string", ask: askErrorAsked,
		},
		{
			name: "error-unasked", question: "What is the body of an error, to who does not?",
			assumes: "another form", ask: askErrorUnasked,
		},
		{
			name: "envelope", question: "Which members has the envelope of a collection?",
			assumes: "items, count, hasMore, limit, offset, links; no totalResults", ask: askEnvelope,
		},
		{
			name: "total-results", question: "Does totalResults come when it is asked for?",
			assumes: "number", ask: askTotalResults,
		},
		{
			name: "page-limit", question: "What is the largest page?",
			assumes: "500 rows", ask: askPageLimit,
		},
	}
}

func askBareFinder(_ context.Context, s *session) finding {
	switch {
	case s.bare == nil:
		return unsettled("not asked: module-gl did not come to it", nil)
	case s.bare.status == http.StatusForbidden || s.bare.status == http.StatusNotFound:
		return unsettled("this user does not get that far: "+form(s.bare), s.bare)
	}
	return judge(s.bare.status == http.StatusBadRequest, form(s.bare), s.bare)
}

func askUnknownResource(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, unknown, acceptADF)
	if err != nil {
		return notAsked(err)
	}
	return judge(answer.status == http.StatusNotFound && answer.media() == "text/plain", form(answer), answer)
}

func askDescribe(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, ledgers+"/describe", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	if answer.status == http.StatusForbidden {
		return unsettled("this user may not use ledgersLOV: "+form(answer), answer)
	}
	_, hasRows := answer.object()["items"]
	return judge(answer.status == http.StatusOK && answer.isJSON() && !hasRows, form(answer), answer)
}

func askDescribeForbidden(ctx context.Context, s *session) finding {
	if s.forbidden == nil {
		return unsettled("not asked: this user may use every resource", nil)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(s.forbidden.question.path, resourcesPath), "?")
	answer, err := s.get(ctx, path+"/describe", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	return judge(answer.status == http.StatusForbidden, nameOf(path)+"/describe: "+form(answer), answer)
}

func askForbiddenBody(_ context.Context, s *session) finding {
	if s.forbidden == nil {
		return unsettled("not asked: this user may use every resource", nil)
	}
	return judge(hasDetails(s.forbidden), form(s.forbidden), s.forbidden)
}

// wrongField is a mistake that every pod has to refuse.
const wrongField = ledgers + "?onlyData=true&limit=1&fields=PodTestNoSuchField"

func askErrorAsked(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, wrongField, acceptADF)
	if err != nil {
		return notAsked(err)
	}
	if answer.status != http.StatusBadRequest {
		return unsettled("a wrong field is no error here: "+form(answer), answer)
	}
	status := kindOf(answer.object()["status"])
	return judge(hasDetails(answer) && status == "string", form(answer)+", status: "+status, answer)
}

func askErrorUnasked(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, wrongField, acceptJSON)
	if err != nil {
		return notAsked(err)
	}
	if answer.status != http.StatusBadRequest {
		return unsettled("a wrong field is no error here: "+form(answer), answer)
	}
	return judge(!hasDetails(answer), form(answer), answer)
}

// hasDetails says whether an answer is ADF's structured error.
func hasDetails(answer *exchange) bool {
	_, has := answer.object()["o:errorDetails"]
	return has
}

// kindOf names the type of a JSON value.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "absent"
	case string:
		return "string"
	case float64:
		return "number"
	}
	return "another type"
}

func askEnvelope(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, ledgers+"?limit=1", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	if answer.status != http.StatusOK {
		return unsettled("no collection: "+form(answer), answer)
	}
	object := answer.object()
	members := slices.Sorted(maps.Keys(object))
	asAssumed := !slices.Contains(members, "totalResults")
	for _, name := range []string{"items", "count", "hasMore", "limit", "offset", "links"} {
		asAssumed = asAssumed && slices.Contains(members, name)
	}
	return judge(asAssumed, s.hidden.foreign(strings.Join(members, ", ")), answer)
}

func askTotalResults(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, ledgers+"?onlyData=true&limit=1&totalResults=true", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	if answer.status != http.StatusOK {
		return unsettled("no collection: "+form(answer), answer)
	}
	total := kindOf(answer.object()["totalResults"])
	return judge(total == "number", total, answer)
}

// askPageLimit asks for more than any figure that was published, of one column.
func askPageLimit(ctx context.Context, s *session) finding {
	answer, err := s.get(ctx, ledgers+"?onlyData=true&fields=LedgerId&limit=1000", acceptADF)
	if err != nil {
		return notAsked(err)
	}
	limit, has := answer.object()["limit"].(float64)
	if answer.status != http.StatusOK || !has {
		return unsettled("it names no limit: "+form(answer), answer)
	}
	return judge(limit == 500, fmt.Sprintf("%v rows", limit), answer)
}
