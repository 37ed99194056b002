package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
)

// Kind is what stood between the agent and an answer of the engine.
type Kind string

// The kinds of a fault.
const (
	// Unreachable is no answer of Vault's, or none in time.
	Unreachable Kind = "unreachable"
	// Sealed is a Vault that waits to be unsealed.
	Sealed Kind = "sealed"
	// Standby is a node that is not the active one and reaches none.
	Standby Kind = "standby"
	// Denied is a token that Vault does not take, or that may not do this; or no login at all.
	Denied Kind = "denied"
	// NotFound is a mount that is not there, or a name that the engine does not know.
	NotFound Kind = "not_found"
	// Refused is a mistake in what was asked, in the engine's own words.
	Refused Kind = "refused"
	// Broken is an answer that the agent cannot make sense of.
	Broken Kind = "broken"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Unreachable, Sealed, Standby, Denied, NotFound, Refused, Broken} }

// Fault is a request that brought no answer to work with.
type Fault struct { //nolint:errname // the contract of the agent's packages calls it so
	Kind  Kind
	Text  string // one sentence for people, with what to do next
	cause error
}

// Error is the sentence.
func (f *Fault) Error() string { return f.Text }

// Unwrap is what lay under it.
func (f *Fault) Unwrap() error { return f.cause }

// shippedPolicy is the Vault policy that allows all that the agent does by itself.
const shippedPolicy = "deploy/policies/agent.hcl"

// ask is one request, for what is said of its failure.
type ask struct {
	mount string
	path  string // below the mount: report, sweep, check/gl-prod
	verb  string // the capability that it takes: read or update
	name  string // of the integration; empty for the mount as a whole
}

// where is the path in full.
func (a ask) where() string { return a.mount + "/" + a.path }

// noLogin is the fault of a session that has no token.
func noLogin(err error) *Fault {
	var failure *login.Failure
	if !errors.As(err, &failure) {
		return &Fault{Kind: Denied, Text: "the agent is not logged in to Vault: " + err.Error(), cause: err}
	}
	return &Fault{Kind: kindOf(failure.Reason), Text: failure.Text, cause: err}
}

// kindOf is what the session's reason is here.
func kindOf(reason login.Reason) Kind {
	switch reason {
	case login.Unreachable:
		return Unreachable
	case login.Sealed:
		return Sealed
	case login.Standby:
		return Standby
	case login.Refused, login.Unready:
		return Denied
	}
	return Broken
}

// fault says what an error of the API's client means for a request.
func (a ask) fault(err error) *Fault {
	if unavailable := login.Unavailable(err); unavailable != nil {
		return &Fault{Kind: kindOf(unavailable.Reason), Text: unavailable.Text, cause: err}
	}
	var answer *api.ResponseError
	if errors.As(err, &answer) {
		return a.refusal(answer)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Fault{Kind: Broken, Text: login.NotVault, cause: err}
	}
	return &Fault{Kind: Broken, Text: fmt.Sprintf("the answer of %s cannot be used: %v", a.where(), err), cause: err}
}

// refusal reads an answer that is not a 2xx, and speaks of this request.
func (a ask) refusal(answer *api.ResponseError) *Fault {
	words := login.Words(answer)
	fail := func(kind Kind, format string, values ...any) *Fault {
		return &Fault{Kind: kind, Text: fmt.Sprintf(format, values...), cause: answer}
	}
	switch {
	case answer.StatusCode == http.StatusForbidden && strings.Contains(words, "invalid token"):
		return fail(Denied, "Vault does not know the agent's token any more: the daemon logs in again by itself, a command has to be run again")
	case answer.StatusCode == http.StatusForbidden:
		return fail(Denied, "Vault denies the agent %s on %s: give its token the policy %s, written for this mount; if the engine was moved, correct mounts", a.verb, a.where(), a.policy())
	case answer.StatusCode == http.StatusNotFound && strings.Contains(words, "no handler for route"):
		return fail(NotFound, "no engine is mounted at %s: if it was moved, correct mounts (vault secrets list shows where it is)", a.mount)
	case answer.StatusCode == http.StatusNotFound && a.name != "" && words != "":
		return fail(NotFound, "%s (asked at %s)", words, a.mount)
	case answer.StatusCode == http.StatusNotFound, answer.StatusCode == http.StatusMethodNotAllowed:
		return fail(NotFound, "%s answers, but not as this engine does: look whether the mount is right, and whether its version knows %s", a.mount, a.verbPath())
	case answer.StatusCode == http.StatusBadRequest && words != "":
		return fail(Refused, "%s", words)
	}
	return fail(Broken, "Vault answered %d for %s (%s): look into the log of Vault", answer.StatusCode, a.where(), orNothing(words))
}

// policy is the shipped policy that allows the request.
func (a ask) policy() string {
	if strings.HasPrefix(a.path, "rotate/") {
		return "deploy/policies/operator.hcl, whose part for rotate/ is what it takes"
	}
	return shippedPolicy
}

// verbPath is the path without a name.
func (a ask) verbPath() string {
	head, _, _ := strings.Cut(a.path, "/")
	return head
}

func orNothing(words string) string {
	if words == "" {
		return "without a word"
	}
	return words
}
