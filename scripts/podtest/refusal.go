package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// refusalChecks are those that may or shall be answered by 401. The first may be, with the right password; then the
// second is not made.
func refusalChecks() []check {
	return []check{
		{
			name: "own-scim", question: "May a user without the privilege ask Fusion SCIM about itself?", needs: needsRefusal,
			assumes: "no: 403, and not 401", ask: askOwnSCIM,
		},
		{
			name: "refused-login", question: "What does a 401 to a wrong password look like?", needs: needsRefusal,
			assumes: `Basic realm="owsm" and an empty body, as without credentials`, ask: askRefusedLogin,
		},
		{
			name: "domain-counts", question: "Does the domain count a login that the pod refused?", needs: needsBoth,
			assumes: "yes: loginAttempts is one more", ask: askCounts,
		},
	}
}

// askOwnSCIM is permitted with the refused login only, because a pod may answer a missing privilege by 401.
func askOwnSCIM(ctx context.Context, s *session) finding {
	answer, err := s.scim(ctx, userFilter(s.user.username), s.user)
	if err != nil {
		return notAsked(err)
	}
	said := form(answer)
	if answer.status == http.StatusOK {
		said += ": it may, or it has the privilege"
	}
	return judge(answer.status == http.StatusForbidden, said, answer)
}

// askRefusedLogin spends the one login with a wrong password. It asks for what the right one was just accepted for, and
// nothing that carries a password follows it.
func askRefusedLogin(ctx context.Context, s *session) finding {
	wrong := credential{username: s.user.username, secret: secret.New("podtest-" + rand.Text())}
	s.hidden.add(wrong)
	answer, err := s.send(ctx, question{base: s.pod, path: resourcesPath + ledgers + "?onlyData=true&limit=1", accept: acceptADF, by: wrong})
	if err != nil {
		return notAsked(err)
	}
	s.spent = "the one refused login is spent"
	return judge(isUsualRefusal(answer), refusalForm(s, answer), answer)
}

// askCounts compares with what the domain said after the last accepted login.
func askCounts(ctx context.Context, s *session) finding {
	switch {
	case s.refused == 0:
		return unsettled("not asked: no login was refused", nil)
	case !s.sighting.counted:
		return unsettled("not asked: the domain shows no loginAttempts", nil)
	}
	seen, answer, none := s.sight(ctx)
	if none != nil {
		return *none
	}
	said := fmt.Sprintf("loginAttempts was %v and is %v", s.sighting.attempts, seen.attempts)
	return judge(seen.counted && seen.attempts == s.sighting.attempts+1, said, answer)
}
