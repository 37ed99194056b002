package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// prefix is common to all variables; the texts below leave it out.
const prefix = "ORACLE_FINANCIALS_"

// settings is what the operator gave.
type settings struct {
	pod, roots   string     // the pod's address, and PEM certificates or nothing
	user         credential // the integration user and the right password
	spendRefused bool       // the user was named for one login with a wrong password
	admin        credential // of Fusion SCIM on the pod; without a name when none was given
	domain       string     // the identity domain's address; empty when none was given
	client       credential // of the identity domain
}

// readSettings reads the variables. Its errors name variables and never repeat a value.
func readSettings(getenv func(string) string) (settings, error) {
	env := environment{getenv}
	if missing := env.missing(); len(missing) > 0 {
		return settings{}, fmt.Errorf("set %s: which pod to ask, and as whom (-h tells more)", inWords(missing))
	}
	var set settings
	pod, errPod := env.address("SERVER_URL")
	domain, errDomain := env.address("DIRECTORY_DOMAIN_URL")
	user, errUser := env.credential("USERNAME", "PASSWORD")
	admin, errAdmin := env.credential("DIRECTORY_USERNAME", "DIRECTORY_PASSWORD")
	client, errClient := env.credential("DIRECTORY_CLIENT_ID", "DIRECTORY_CLIENT_SECRET")
	roots, errRoots := env.file("CA_CERT")
	set = settings{pod: pod, domain: domain, user: user, admin: admin, client: client, roots: roots}
	named := getenv(prefix + "SPEND_ONE_REFUSED_LOGIN")
	set.spendRefused = named != ""
	for _, err := range []error{errPod, errUser, errRoots, errAdmin, errDomain, errClient} {
		if err != nil {
			return settings{}, err
		}
	}
	switch {
	case (domain == "") != (client.username == ""):
		return settings{}, errors.New("set " + prefix + "DIRECTORY_DOMAIN_URL and " + prefix + "DIRECTORY_CLIENT_ID together, or neither")
	case set.spendRefused && named != user.username:
		return settings{}, errors.New(prefix + "SPEND_ONE_REFUSED_LOGIN must repeat the name in " + prefix +
			"USERNAME: it permits one login of that user with a wrong password")
	case strings.ContainsAny(user.username, `"\`):
		return settings{}, errors.New(prefix + `USERNAME must hold no " or \: it could not be looked up`)
	}
	if _, err := oracle.ParseCACert(roots); err != nil {
		return settings{}, errors.New(prefix + "CA_CERT must name a file of PEM certificates, and of nothing else")
	}
	return set, nil
}

// environment reads variables by their names without the prefix.
type environment struct{ getenv func(string) string }

func (e environment) value(name string) string { return e.getenv(prefix + name) }

// missing names what nothing can be asked without.
func (e environment) missing() []string {
	var missing []string
	for _, name := range []string{"SERVER_URL", "USERNAME"} {
		if e.value(name) == "" {
			missing = append(missing, prefix+name)
		}
	}
	if e.value("PASSWORD") == "" && e.value("PASSWORD_FILE") == "" {
		missing = append(missing, prefix+"PASSWORD_FILE (or "+prefix+"PASSWORD)")
	}
	return missing
}

func (e environment) address(name string) (string, error) {
	if e.value(name) == "" {
		return "", nil
	}
	address, err := oracle.ParseServerURL(e.value(name))
	if err != nil {
		return "", errors.New(prefix + name + " must be https:// with a host and an optional port, and nothing after it")
	}
	return address, nil
}

// credential reads a name and its secret, which come together or not at all.
func (e environment) credential(name, word string) (credential, error) {
	username := e.value(name)
	text, err := e.secret(word)
	switch {
	case err != nil:
		return credential{}, err
	case (username == "") != (text == ""):
		return credential{}, fmt.Errorf("set %s%s and %s%s_FILE (or %s%s) together, or neither", prefix, name, prefix, word, prefix, word)
	case strings.Contains(username, ":") || slices.ContainsFunc([]rune(username+text), isControl):
		return credential{}, fmt.Errorf("%s%s must hold no colon, and neither it nor its secret a control character: a Basic header cannot carry them",
			prefix, name)
	}
	return credential{username: username, secret: secret.New(text)}, nil
}

// secret reads a secret from its variable or from its file, where editors put a line break at the end.
func (e environment) secret(name string) (string, error) {
	if e.value(name) != "" && e.value(name+"_FILE") != "" {
		return "", fmt.Errorf("set %s%s or %s%s_FILE, not both", prefix, name, prefix, name)
	}
	if e.value(name) != "" {
		return e.value(name), nil
	}
	text, err := e.file(name + "_FILE")
	text = strings.TrimRight(text, "\r\n")
	if err == nil && text == "" && e.value(name+"_FILE") != "" {
		err = fmt.Errorf("the file that %s%s_FILE names is empty", prefix, name)
	}
	return text, err
}

func (e environment) file(name string) (string, error) {
	path := e.value(name)
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the file that %s%s names: %w", prefix, name, err)
	}
	return string(text), nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// inWords joins names as a sentence does.
func inWords(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
