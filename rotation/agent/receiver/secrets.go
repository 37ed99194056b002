package receiver

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// maxFile bounds a file that holds an address or secrets, in bytes.
const maxFile = 64 << 10

// readFile reads a file that holds a secret, without the space around it.
func readFile(path string) (secret.Value, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return secret.Value{}, fmt.Errorf("cannot read %s (%w): put it there, readable for the agent", path, err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return secret.Value{}, fmt.Errorf("cannot read %s: is it a file?", path)
	case len(text) > maxFile:
		return secret.Value{}, fmt.Errorf("%s is too large to hold a secret: look whether it is the right file", path)
	case strings.TrimSpace(string(text)) == "":
		return secret.Value{}, fmt.Errorf("%s is empty: write the secret into it", path)
	}
	return secret.New(strings.TrimSpace(string(text))), nil
}

// address is where the letter goes. It is a secret, since many of them are.
func (s *sender) address() (secret.Value, error) {
	given, where := secret.New(s.cfg.URL), "url"
	if given.IsZero() {
		read, err := readFile(s.cfg.URLFile)
		if err != nil {
			return secret.Value{}, err
		}
		given, where = read, s.cfg.URLFile
	}
	address, err := url.Parse(given.Reveal())
	if err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") || strings.ContainsAny(given.Reveal(), " \t\r\n") {
		return secret.Value{}, fmt.Errorf("what stands in %s is no address: write one that begins with https://, and nothing else", where)
	}
	if s.form.path != "" && !strings.HasSuffix(address.Path, s.form.path) {
		address = address.JoinPath(s.form.path)
	}
	return secret.New(address.String()), nil
}

// shortest is how long a part of a secret has to be before an answer is not repeated for it, in bytes. Shorter ones are
// words like v2.
const shortest = 4

// untold is what no error may hold: the secrets, and the parts of an address that came from a file.
func (s *sender) untold(address, key secret.Value) []secret.Value {
	var untold []secret.Value
	add := func(part string) {
		if len(part) >= shortest {
			untold = append(untold, secret.New(strings.ToLower(part)))
		}
	}
	for _, line := range strings.Fields(key.Reveal()) {
		add(strings.TrimPrefix(line, secretPrefix))
	}
	at, err := url.Parse(address.Reveal())
	if err != nil || s.cfg.URL != "" {
		return untold
	}
	for _, path := range []string{at.Path, at.EscapedPath()} {
		for _, part := range strings.Split(path, "/") {
			add(part)
		}
	}
	for _, values := range at.Query() {
		for _, value := range values {
			add(value)
		}
	}
	for _, pair := range strings.Split(at.RawQuery, "&") {
		_, value, _ := strings.Cut(pair, "=")
		add(value)
	}
	if password, set := at.User.Password(); set {
		add(password)
	}
	return untold
}

// quotable is what a receiver said, in one short line; empty when it repeats what must not be told.
func quotable(answer string, untold []secret.Value) string {
	for _, part := range untold {
		if strings.Contains(strings.ToLower(answer), part.Reveal()) {
			return ""
		}
	}
	return oneLine(answer, maxWords)
}
