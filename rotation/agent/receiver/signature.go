package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

const (
	// secretPrefix marks a secret that is written in base64 (Standard Webhooks 1.0.0, "Signature scheme").
	secretPrefix = "whsec_"
	// minSecret is the shortest secret of that specification, in bytes.
	minSecret = 24
)

// signingSecrets reads a secret file: one secret, or while it is being replaced several, a line each.
func signingSecrets(file secret.Value) ([]secret.Value, error) {
	var secrets []secret.Value
	for line := range strings.Lines(file.Reveal()) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key := []byte(line)
		if text, coded := strings.CutPrefix(line, secretPrefix); coded {
			var err error
			if key, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")); err != nil {
				return nil, errors.New("what stands in secret_file after whsec_ is not base64: copy the secret again, whole") // err quotes a byte
			}
		}
		if len(key) < minSecret {
			return nil, fmt.Errorf("a secret in secret_file is shorter than %d bytes: make one with echo whsec_$(openssl rand -base64 32)", minSecret)
		}
		secrets = append(secrets, secret.New(string(key)))
	}
	if len(secrets) == 0 {
		return nil, errors.New("there is no secret in secret_file: make one with echo whsec_$(openssl rand -base64 32)")
	}
	return secrets, nil
}

// signatures is the header webhook-signature: one for each secret, so that a receiver may replace its own at any time.
func signatures(id, seconds string, body []byte, secrets []secret.Value) string {
	signed := make([]string, len(secrets))
	for i, key := range secrets {
		mac := hmac.New(sha256.New, []byte(key.Reveal()))
		mac.Write([]byte(id + "." + seconds + "."))
		mac.Write(body)
		signed[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signed, " ")
}
