package oracle

import (
	"context"
	"net/http"
)

// LoginResult is what a survey or a look-up learned about the login. The list is closed.
type LoginResult string

// What can be learned about a login.
const (
	// LoginAccepted: Oracle authenticated a request.
	LoginAccepted LoginResult = "accepted"
	// LoginRefused: Oracle answered 401, once; the survey ended there.
	LoginRefused LoginResult = "refused"
	// LoginUnanswered: a request with the password may have arrived and was not answered.
	LoginUnanswered LoginResult = "unanswered"
	// LoginUnproved: answers came, or nothing was sent; neither says anything about the login.
	LoginUnproved LoginResult = "unproved"
)

// ModuleResult is what a survey learned about a module. The list is closed.
type ModuleResult string

// What a survey can learn about a module.
const (
	Accessible    ModuleResult = "accessible" // it answered with a row
	Empty         ModuleResult = "empty"      // it answered without one: there is none, or data access is missing
	NoPrivilege   ModuleResult = "forbidden"  // 403: the privilege is missing
	Missing       ModuleResult = "not_found"  // none of its resources is on this pod
	ModuleInError ModuleResult = "error"      // it was asked, and gave another answer or none
)

// Finding is one module's result.
type Finding struct {
	Module     Module       `json:"module"`
	Result     ModuleResult `json:"result"`
	HTTPStatus int          `json:"http_status,omitempty"` // 0 when no answer came or nothing was asked
	Probe      string       `json:"probe,omitempty"`       // the path and query that gave the result
	Detail     string       `json:"detail,omitempty"`      // Oracle's own words, bounded and scrubbed
}

// Findings is what one survey learned.
type Findings struct {
	Login LoginResult
	// LastUnanswered: after the login was accepted, a later request was not answered. Whether Oracle
	// refused that one is not known.
	LastUnanswered bool
	// Cause is the answer that ended the survey, or its last answer.
	Cause   Answer
	Modules []Finding // in the order asked; empty when the login was refused or could not be asked
}

// Survey asks each module for one row, one request at a time. The first request that reaches Oracle is
// the login. It ends at the first 401, and at the first request that may have arrived without being
// answered; before the login is proved it ends at anything that is not 404 or 400.
func (c *Client) Survey(ctx context.Context, endpoint Endpoint, login Login, plans []Plan) Findings {
	s := survey{findings: Findings{Login: LoginUnproved}, ask: func(resource string) Answer {
		return c.do(ctx, endpoint, probe(login, resource))
	}}
	for i, plan := range plans {
		s.module(plan)
		if s.ended {
			s.skip(plans[i+1:])
			break
		}
	}
	if s.findings.Login != LoginAccepted && s.ended {
		s.findings.Modules = nil
	}
	return s.findings
}

// survey is one run of Survey.
type survey struct {
	ask      func(resource string) Answer
	findings Findings
	ended    bool
}

// module walks one module's candidates until one exists on the pod.
func (s *survey) module(plan Plan) {
	finding := Finding{Module: plan.Module, Result: Missing}
	for _, resource := range plan.Candidates {
		answer := s.ask(resource)
		s.findings.Cause = answer
		s.learn(answer)
		if passOver(answer) && !s.ended {
			if finding.Probe == "" || answer.HTTPStatus != http.StatusNotFound {
				finding = Finding{plan.Module, resultOf(answer), answer.HTTPStatus, resource, answer.Detail}
			}
			continue
		}
		finding = Finding{plan.Module, resultOf(answer), answer.HTTPStatus, resource, answer.Detail}
		break
	}
	s.findings.Modules = append(s.findings.Modules, finding)
}

// passOver says whether to try the module's next candidate: 404 is a resource that this pod lacks, 400 one
// that wants a finder (ledgerBalances without one).
func passOver(answer Answer) bool {
	return answer.Outcome == NotFound || answer.HTTPStatus == http.StatusBadRequest
}

// learn draws from an answer what it says about the login.
func (s *survey) learn(answer Answer) {
	switch {
	case answer.Outcome.ProvesLogin():
		s.findings.Login = LoginAccepted
	case answer.Outcome == Refused:
		s.findings.Login, s.ended = LoginRefused, true
	case answer.Delivery == Unanswered:
		s.ended = true
		if s.findings.Login == LoginAccepted {
			s.findings.LastUnanswered = true
		} else {
			s.findings.Login = LoginUnanswered
		}
	case s.findings.Login != LoginAccepted && !passOver(answer):
		s.ended = true
	}
}

// skip notes the modules that were not asked because the survey ended before them.
func (s *survey) skip(plans []Plan) {
	for _, plan := range plans {
		s.findings.Modules = append(s.findings.Modules, Finding{
			Module: plan.Module, Result: ModuleInError, Detail: "not asked: an earlier request was not answered",
		})
	}
}

func resultOf(answer Answer) ModuleResult {
	switch answer.Outcome {
	case Rows:
		return Accessible
	case NoRows:
		return Empty
	case Forbidden:
		return NoPrivilege
	case NotFound:
		return Missing
	case Refused, Throttled, Unavailable, UnexpectedContent, NoConnection, TLSFailure, Timeout, HostNotAllowed:
	}
	return ModuleInError
}
