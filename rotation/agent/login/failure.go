package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/vault/api"
)

// Reason is why there is no token, or no answer, of Vault.
type Reason string

// The reasons.
const (
	// Unreachable is no answer of Vault's at all, or one that says: not now.
	Unreachable Reason = "unreachable"
	// Sealed is a Vault that waits to be unsealed.
	Sealed Reason = "sealed"
	// Standby is a node that is not the active one and reaches none.
	Standby Reason = "standby"
	// Refused is Vault's no to what was shown to it.
	Refused Reason = "refused"
	// Unready is that there is nothing to show to Vault: a file is missing or empty.
	Unready Reason = "unready"
)

// Reasons lists every reason.
func Reasons() []Reason { return []Reason{Unreachable, Sealed, Standby, Refused, Unready} }

// Failure is a login or another request that did not come about.
type Failure struct { //nolint:errname // it is what a Reason is the reason of
	Reason Reason
	Text   string // one sentence for people, with what to do next
	cause  error
}

// Error is the sentence.
func (f *Failure) Error() string { return f.Text }

// Unwrap is what lay under it.
func (f *Failure) Unwrap() error { return f.cause }

// Statuses by which Vault Enterprise says what kind of standby a node is (as documented for sys/health).
const (
	statusDRSecondary        = 472
	statusPerformanceStandby = 473
)

// Unavailable is what an error says of Vault as a whole; nil when it speaks of the one request only.
func Unavailable(err error) *Failure {
	var answer *api.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return unavailableAnswer(answer)
	case isTransport(err):
		return unanswered(err)
	}
	return nil
}

// isTransport says whether an error came instead of an answer, or in the middle of one.
func isTransport(err error) bool {
	var request *url.Error
	var network net.Error
	return errors.As(err, &request) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// NotVault is said of an answer that no Vault gives.
const NotVault = "what answered is not Vault: look whether vault.address (or VAULT_ADDR) is right, http or https included, and what stands before Vault"

// unavailableAnswer reads an answer that is not a 2xx.
func unavailableAnswer(answer *api.ResponseError) *Failure {
	words := Words(answer)
	fail := func(reason Reason, format string, values ...any) *Failure {
		return &Failure{Reason: reason, Text: fmt.Sprintf(format, values...), cause: answer}
	}
	switch {
	case strings.Contains(words, "Vault is sealed"):
		return fail(Sealed, "Vault is sealed: unseal it, and the agent goes on by itself")
	case isStandby(answer.StatusCode, words):
		return fail(Standby, "this node of Vault is a standby that reaches no active node: look at the cluster, or set vault.address to one that balances over its nodes")
	case answer.StatusCode == http.StatusTooManyRequests:
		return fail(Unreachable, "Vault puts the agent off for a rate limit quota: raise the quota, or the agent's interval")
	case answer.StatusCode == http.StatusPreconditionFailed:
		return fail(Unreachable, "this node of Vault has not caught up with its cluster: the agent tries again at its next turn")
	case slices.Contains([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, answer.StatusCode):
		return fail(Unreachable, "Vault, or a proxy before it, answered %d: look whether Vault runs and has an active node (vault status)%s", answer.StatusCode, quoted(words))
	case answer.RawError:
		return fail(Unreachable, "%s (it answered %d)", NotVault, answer.StatusCode)
	}
	return nil
}

// isStandby knows a standby's ways to say so, in the words of Vault 1.21.
func isStandby(status int, words string) bool {
	return status == statusDRSecondary || status == statusPerformanceStandby ||
		strings.Contains(words, "Vault is in standby mode") || strings.Contains(words, "active cluster node not found")
}

// unanswered reads an error that came instead of an answer.
func unanswered(err error) *Failure {
	cause := bare(err)
	text := "Vault cannot be reached (" + oneLine(cause.Error()) + "): look whether it runs, and whether vault.address (or VAULT_ADDR) is right"
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		text = "the question to Vault was called off before its answer came"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		text = "Vault did not answer in time: look whether it is overloaded, or unreachable from here"
	case strings.Contains(cause.Error(), "server gave HTTP response to HTTPS client"):
		text = "Vault speaks http at this address, and vault.address (or VAULT_ADDR) says https: correct it"
	case strings.Contains(cause.Error(), "x509:"):
		text = "the certificate of Vault is not trusted (" + oneLine(cause.Error()) + "): name its authority in vault.ca_cert (or VAULT_CACERT)"
	}
	return &Failure{Reason: Unreachable, Text: text, cause: err}
}

// bare is the error without the URL around it, which the agent's user knows, and which may hold a name and a password.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// wordsLimit is how much of Vault's words is repeated, in bytes: a sentence or two, and no page.
const wordsLimit = 400

// Words is what Vault said in an answer that is not a 2xx, in one line; empty when it is not Vault's JSON, for then it is
// some proxy's page.
func Words(answer *api.ResponseError) string {
	if answer.RawError {
		return ""
	}
	var said []string
	for line := range strings.Lines(strings.Join(answer.Errors, "\n")) {
		// Several errors come as a list under a heading, "2 errors occurred:".
		line = strings.TrimPrefix(strings.TrimSpace(line), "* ")
		if line != "" && !strings.HasSuffix(line, "occurred:") {
			said = append(said, line)
		}
	}
	return oneLine(strings.Join(said, "; "))
}

// oneLine makes one line of text that came from elsewhere, without control characters and of bounded length.
func oneLine(text string) string {
	fields := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	line := strings.Join(fields, " ")
	if len(line) > wordsLimit {
		line = strings.ToValidUTF8(line[:wordsLimit], "") + "…"
	}
	return line
}

// quoted adds Vault's words to a sentence, where there are any.
func quoted(words string) string {
	if words == "" {
		return ""
	}
	return " (it said: " + words + ")"
}
