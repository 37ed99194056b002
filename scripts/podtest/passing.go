package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// maxSkew is how far two clocks may be apart before deadlines and dates of the engine mislead.
const maxSkew = time.Minute

// passingChecks look at all the answers of a run and ask nothing.
func passingChecks() []check {
	return []check{
		{
			name: "tls", question: "Which version of TLS does it speak?",
			assumes: "1.2 or 1.3, with a certificate that is trusted", ask: seen(findTLS),
		},
		{
			name: "clock", question: "How far is the clock of its answers from ours?",
			assumes: "less than a minute", ask: seen(findClock),
		},
		{
			name: "redirects", question: "Did it answer anything by a redirect?",
			assumes: "no", ask: seen(findRedirects),
		},
		{
			name: "rate-headers", question: "Did it announce a limit, or ask to wait?",
			assumes: "no", ask: seen(findRateHeaders),
		},
	}
}

// seen is a check of a run that had an answer.
func seen(find func(*session) finding) func(context.Context, *session) finding {
	return func(_ context.Context, s *session) finding {
		if len(s.journal) == 0 {
			return notAsked(notAskedError{s.over})
		}
		return find(s)
	}
}

// findTLS has nothing to compare: an older version, or a certificate that is not trusted, would have ended the run.
func findTLS(s *session) finding {
	first := s.journal[0]
	return judge(true, tls.VersionName(first.tls.Version)+", "+tls.CipherSuiteName(first.tls.CipherSuite), first)
}

func findClock(s *session) finding {
	first := s.journal[0]
	date, err := http.ParseTime(first.header.Get("Date"))
	if err != nil {
		return unsettled("its answers have no Date", first)
	}
	apart := first.at.Sub(date).Round(time.Second)
	return judge(apart.Abs() < maxSkew, fmt.Sprintf("%s behind ours", apart), first)
}

func findRedirects(s *session) finding {
	for _, answer := range s.journal {
		if answer.status >= 300 && answer.status < 400 {
			return judge(false, fmt.Sprintf("%d, to %s", answer.status, whereTo(answer)), answer)
		}
	}
	return judge(true, fmt.Sprintf("no, in %d answers", len(s.journal)), nil)
}

func findRateHeaders(s *session) finding {
	for i, answer := range s.journal {
		for _, header := range s.hidden.headersOf(answer) {
			if name, _, _ := strings.Cut(header, ":"); rateHeader.MatchString(name) {
				return judge(false, fmt.Sprintf("%s, with a %d after %d answers", header, answer.status, i), answer)
			}
		}
		if answer.status == http.StatusTooManyRequests {
			return judge(false, fmt.Sprintf("429 after %d answers, without a header", i), answer)
		}
	}
	return judge(true, fmt.Sprintf("no, in %d answers", len(s.journal)), nil)
}
