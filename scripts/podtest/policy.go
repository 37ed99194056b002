package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// policyChecks read the password policy that the domain applies to the user. They are about the pod only where the domain
// is its login store.
func policyChecks() []check {
	return []check{
		{
			name: "domain-policy", question: "Can the password policy be read, and how long does a password live?",
			needs: needsDomain, assumes: "90 days, warning 10 days before", ask: askPolicy,
		},
		{
			name: "domain-locks", question: "How many refused logins lock, and for how long?", needs: needsDomain,
			assumes: "5 lock, for 60 minutes",
			ask:     comparePolicy("%s lock, for %s minutes", []rule{{"maxIncorrectAttempts", 5}, {"lockoutDuration", 60}}),
		},
		{
			name: "domain-passwords", question: "Which passwords are refused?", needs: needsDomain,
			assumes: "shorter than 8, the last 0, younger than 0; 0 forbidden characters",
			ask: comparePolicy("shorter than %s, the last %s, younger than %s; %s forbidden characters", []rule{
				{"minLength", 8}, {"numPasswordsInHistory", 0}, {"minPasswordAge", 0}, {"disallowedChars", 0},
			}),
		},
	}
}

// rule is one figure of a policy, and what the page assumes of it.
type rule struct {
	name    string
	assumed float64
}

func askPolicy(ctx context.Context, s *session) finding {
	if s.sighting.policyID == "" {
		return unsettled("not asked: the domain names no policy for this user", nil)
	}
	answer, err := s.fromDomain(ctx, "PasswordPolicies/"+s.sighting.policyID)
	if err != nil {
		return notAsked(err)
	}
	if answer.status != http.StatusOK || answer.object() == nil {
		return judge(false, "not for this client: "+form(answer), answer)
	}
	s.rules = answer
	return comparePolicy("%s days, warning %s days before", []rule{{"passwordExpiresAfter", 90}, {"passwordExpireWarning", 10}})(ctx, s)
}

// comparePolicy goes by the policy that askPolicy read.
func comparePolicy(sentence string, rules []rule) func(context.Context, *session) finding {
	return func(_ context.Context, s *session) finding {
		if s.rules == nil {
			return unsettled("not asked: the policy could not be read", nil)
		}
		var figures []any
		asAssumed, known := true, true
		for _, r := range rules {
			figure, has := figureOf(s.rules.object()[r.name])
			if !has {
				figures, known = append(figures, "?"), false
				continue
			}
			figures = append(figures, fmt.Sprint(figure))
			asAssumed = asAssumed && figure == r.assumed
		}
		said := fmt.Sprintf(sentence, figures...)
		if asAssumed && !known {
			return unsettled(said, s.rules)
		}
		return judge(asAssumed, said, s.rules)
	}
}

// figureOf gives a number, and of a text, such as the forbidden characters, its length.
func figureOf(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case string:
		return float64(len(strings.TrimSpace(v))), true
	}
	return 0, false
}
