package backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// userError is a mistake of the person who asked: the sentence says what to do, and never repeats a value
// that was sent.
type userError struct {
	status int
	text   string
}

// Error implements error.
func (e *userError) Error() string { return e.text }

// badRequest is a mistake in the request: nothing was changed.
func badRequest(format string, values ...any) error {
	return &userError{http.StatusBadRequest, fmt.Sprintf(format, values...)}
}

// isUserError says whether the person who asked has to mend it.
func isUserError(err error) bool {
	var user *userError
	return errors.As(err, &user)
}

// unknownName is a name that is not stored.
func unknownName(noun, name string) error {
	return &userError{http.StatusNotFound, fmt.Sprintf("no %s is named %q: list %s/ shows the names", singular(noun), name, noun)}
}

func singular(noun string) string {
	switch noun {
	case nounPolicies:
		return "policy"
	case nounDirectories:
		return "directory"
	}
	return "integration"
}

// response turns an error into what Vault's client gets. Errors cross the plugin boundary by their
// concrete type (vault/sdk plugin/pb/translation.go), so a coded error is returned bare.
func response(err error) (*logical.Response, error) {
	var user *userError
	switch {
	case err == nil:
		return nil, nil //nolint:nilnil // Vault's word for 204
	case errors.As(err, &user) && user.status == http.StatusBadRequest:
		return logical.ErrorResponse(user.text), nil
	case errors.As(err, &user):
		return nil, logical.CodedError(user.status, user.text)
	case errors.Is(err, rotation.ErrOvertaken), errors.Is(err, rotation.ErrOtherAccount):
		return logical.ErrorResponse("somebody else wrote this name, or settled its rotation, at the same time: read the status, and try again"), nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, logical.CodedError(http.StatusServiceUnavailable,
			"the engine could not finish in time: read it to see what was stored, then try again")
	case strings.Contains(err.Error(), logical.ErrReadOnly.Error()):
		// Over gRPC only the text of a storage error survives. Vault forwards the request on this error.
		return nil, logical.ErrReadOnly
	}
	return nil, err
}
