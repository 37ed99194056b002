package receiver

import (
	"net/http"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Judge is judge, for its table.
func Judge(status int, header http.Header, words, mend string, now time.Time) error {
	return judge(status, header, words, mend, now)
}

// Signatures reads a secret file's text and signs with it.
func Signatures(file, id, seconds string, body []byte) (string, error) {
	secrets, err := signingSecrets(secret.New(file))
	if err != nil {
		return "", err
	}
	return signatures(id, seconds, body, secrets), nil
}

// OneLine is oneLine, for its table.
func OneLine(text string, limit int) string { return oneLine(text, limit) }

// QuotedID is quotedID, for its table.
func QuotedID(id string) string { return quotedID(id) }

// MaxRetryAfter, RefreshEvery and FiresFor are the constants that tests count with.
const (
	MaxRetryAfter = maxRetryAfter
	RefreshEvery  = refreshEvery
	FiresFor      = firesFor
	Timeout       = timeout
)
