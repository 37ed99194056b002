package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

const (
	// resourcesPath is the context root of the REST resources of Financials.
	resourcesPath = "/fscmRestApi/resources/"
	// version is the one in the documented paths.
	version = "11.13.18.05/"
	// unknown is a resource that no pod has.
	unknown = version + "podTestNoSuchResource"
	ledgers = version + "ledgersLOV"
)

// anonymousChecks come first: what they find says whether there is a pod to send a password to.
func anonymousChecks() []check {
	return []check{
		{
			name: "answering", question: "Does the REST API answer, and no sign-on or maintenance page?",
			assumes: "401 without credentials, or JSON", ask: askAnswering,
		},
		{
			name: "catalogue-open", question: "Is the catalogue of versions open to anybody?",
			assumes: "401: it needs a login", ask: askCatalogueOpen,
		},
		{
			name: "challenge", question: "What does a 401 look like, here without credentials?",
			assumes: `Basic realm="owsm" and an empty body`, ask: askChallenge,
		},
		{
			name: "unknown-anonymous", question: "Which comes first for an unknown resource, 401 or 404?",
			assumes: "401 comes before 404", ask: askUnknownAnonymous,
		},
	}
}

// askAnswering ends the run at anything that is not Oracle's REST API: no password belongs there.
func askAnswering(ctx context.Context, s *session) finding {
	answer, err := s.anonymous(ctx, "")
	if err != nil {
		return notAsked(err)
	}
	s.opening = answer
	isREST := answer.status == http.StatusUnauthorized || answer.status == http.StatusOK && answer.isJSON()
	if !isREST && s.over == "" {
		s.over = "Oracle's REST API did not answer, so no password was sent (maintenance, a sign-on page, or this address is barred)"
	}
	return judge(isREST, form(answer), answer)
}

// askCatalogueOpen goes by the answer that the first check had.
func askCatalogueOpen(_ context.Context, s *session) finding {
	if s.opening == nil || s.over != "" {
		return notAsked(notAskedError{s.over})
	}
	return judge(s.opening.status == http.StatusUnauthorized, form(s.opening), s.opening)
}

func askChallenge(ctx context.Context, s *session) finding {
	answer, err := s.anonymous(ctx, ledgers+"?limit=1")
	if err != nil {
		return notAsked(err)
	}
	return judge(isUsualRefusal(answer), refusalForm(s, answer), answer)
}

func askUnknownAnonymous(ctx context.Context, s *session) finding {
	answer, err := s.anonymous(ctx, unknown)
	if err != nil {
		return notAsked(err)
	}
	return judge(answer.status == http.StatusUnauthorized, form(answer), answer)
}

// isUsualRefusal compares with the one 401 that was published.
func isUsualRefusal(answer *exchange) bool {
	return answer.status == http.StatusUnauthorized && answer.header.Get("WWW-Authenticate") == `Basic realm="owsm"` &&
		len(answer.body) == 0
}

func refusalForm(s *session, answer *exchange) string {
	challenge := answer.header.Get("WWW-Authenticate")
	if challenge == "" {
		challenge = "no challenge"
	}
	return fmt.Sprintf("%s, %s", form(answer), s.hidden.foreign(challenge))
}

var plainMedia = regexp.MustCompile(`^[a-z0-9.+-]+/[a-z0-9.+-]+$`)

// form says what an answer is without repeating any of it: status, media type, length.
func form(answer *exchange) string {
	switch media := strings.TrimPrefix(answer.media(), "application/vnd.oracle."); {
	case len(answer.body) == 0:
		return fmt.Sprintf("%d, empty body", answer.status)
	case !plainMedia.MatchString(answer.media()):
		return fmt.Sprintf("%d, %d bytes of no media type", answer.status, len(answer.body))
	default:
		return fmt.Sprintf("%d, %d bytes of %s", answer.status, len(answer.body), media)
	}
}
