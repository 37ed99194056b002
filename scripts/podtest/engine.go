package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// endpoint is an address as the engine is given it: one attempt, to this host only.
func (s *session) endpoint(address string) oracle.Endpoint {
	host := ""
	if parsed, err := url.Parse(address); err == nil {
		host = parsed.Hostname()
	}
	return oracle.Endpoint{ServerURL: address, CACert: s.roots, AllowedHosts: []string{host}, Timeout: patience}
}

// byEngine lets the engine ask by itself, which it does with logins of its own, at most one of them refused.
func (s *session) byEngine(ask func() (oracle.LoginResult, oracle.Answer)) error {
	if err := s.mayAsk(true); err != nil {
		return err
	}
	login, answer := ask()
	switch login {
	case oracle.LoginRefused:
		s.settle(true)
		s.over = refusedRight
	case oracle.LoginUnanswered:
		s.refused++
		s.over = underWay
	case oracle.LoginAccepted, oracle.LoginUnproved:
		s.settle(false)
	}
	if answer.Delivery != oracle.Answered || answer.Outcome == oracle.Throttled || answer.Outcome == oracle.Unavailable {
		s.over = fmt.Sprintf("the engine got no answer: %s", s.hidden.foreign(string(answer.Outcome)+" "+answer.Detail))
	}
	return nil
}

func askSurvey(ctx context.Context, s *session) finding {
	var plans []oracle.Plan
	for _, module := range oracle.Modules() {
		plans = append(plans, oracle.PlanFor(module, ""))
	}
	var found oracle.Findings
	err := s.byEngine(func() (oracle.LoginResult, oracle.Answer) {
		found = s.engine.Survey(ctx, s.endpoint(s.pod), oracle.Login{Username: s.user.username, Password: s.user.secret}, plans)
		if found.LastUnanswered {
			return oracle.LoginUnanswered, found.Cause
		}
		return found.Login, found.Cause
	})
	if err != nil {
		return notAsked(err)
	}
	said := []string{"login " + string(found.Login)}
	asAssumed := found.Login == oracle.LoginAccepted
	for _, f := range found.Modules {
		said = append(said, fmt.Sprintf("%s %s", f.Module, f.Result))
		asAssumed = asAssumed && f.Result != oracle.ModuleInError
	}
	return judge(asAssumed, strings.Join(said, ", "), nil)
}

func askScimEngine(ctx context.Context, s *session) finding {
	look, err := s.lookUp(ctx, oracle.FusionDirectory, s.pod, s.admin)
	if err != nil {
		return notAsked(err)
	}
	view := look.View
	said := fmt.Sprintf("%s; active: %s, id: %s, roles: %d", look.Answer.Outcome, factWord(view.Active), yesNo(view.ID != ""), len(view.Roles))
	return judge(view.Found == oracle.Yes && view.ID != "" && view.Active != oracle.NotKnown && view.RolesKnown, said, nil)
}

// lookUp lets the engine ask a directory about the user.
func (s *session) lookUp(ctx context.Context, kind oracle.DirectoryKind, address string, by credential) (oracle.LookUp, error) {
	var look oracle.LookUp
	err := s.byEngine(func() (oracle.LoginResult, oracle.Answer) {
		look = s.engine.LookUp(ctx, oracle.Directory{
			Kind: kind, Endpoint: s.endpoint(address), Login: oracle.Login{Username: by.username, Password: by.secret},
		}, s.user.username)
		return look.Login, look.Answer
	})
	return look, err
}

func factWord(fact oracle.Fact) string {
	if fact == oracle.NotKnown {
		return "not known"
	}
	return string(fact)
}

func askDomainEngine(ctx context.Context, s *session) finding {
	look, err := s.lookUp(ctx, oracle.IdentityDomain, s.domain, s.client)
	if err != nil {
		return notAsked(err)
	}
	view := look.View
	var unknownFacts []string
	for _, fact := range []struct {
		name  string
		known bool
	}{
		{"id", view.ID != ""},
		{"active", view.Active != oracle.NotKnown},
		{"locked", view.Locked != oracle.NotKnown},
		{"expired", view.Expired != oracle.NotKnown},
		{"must change", view.MustChange != oracle.NotKnown},
		{"password set", !view.PasswordSet.IsZero()},
		{"login attempts", view.LoginAttempts != nil},
	} {
		if !fact.known {
			unknownFacts = append(unknownFacts, fact.name)
		}
	}
	said := string(look.Answer.Outcome)
	if len(unknownFacts) > 0 {
		said += "; not known: " + strings.Join(unknownFacts, ", ")
	}
	return judge(look.Answer.Outcome == oracle.Rows && len(unknownFacts) == 0, said, nil)
}
