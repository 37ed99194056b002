package backend

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

const (
	// maxPatterns bounds a list of patterns; longer ones are better written as fewer.
	maxPatterns = 100
)

// mergedDirectory is a directory as a write would have it.
type mergedDirectory struct {
	entry    directoryEntry
	changed  bool // something that its login depends on
	proof    bool // the same, or its secret was sent: the one that is stored is proved again, which lifts a hold
	warnings []string
}

// secretOf names the fields that hold a kind's user and secret.
func secretOf(kind oracle.DirectoryKind) (user, secret string) {
	if kind == oracle.IdentityDomain {
		return "client_id", "client_secret"
	}
	return "username", "password"
}

// mergeDirectory lays what was sent over a directory, checks every field, and says what changed. It decides
// only; found is false for a create.
func mergeDirectory(old directoryEntry, found bool, f fields, now time.Time) (mergedDirectory, error) {
	m := mergedDirectory{entry: old.clone()}
	if !found {
		m.entry = directoryEntry{Timeout: defaultTimeout}
	}
	for _, part := range []func(directoryEntry, bool, fields) error{m.mergeKind, m.mergeURL, m.mergeUser, m.mergeAllowed} {
		if err := part(old, found, f); err != nil {
			return mergedDirectory{}, err
		}
	}
	set(f, "timeout", &m.entry.Timeout, defaultTimeout)
	if m.entry.Timeout < time.Second || m.entry.Timeout > maxTimeout {
		return mergedDirectory{}, badRequest("timeout must be from 1 to %d seconds", seconds(maxTimeout))
	}
	_, secretField := secretOf(m.entry.Kind)
	moved := m.entry.URL != old.URL || m.entry.User != old.User || m.entry.CACert != old.CACert
	_, sent := f[secretField]
	if !sent && found && moved {
		return mergedDirectory{}, badRequest("%s must be sent again when url, username, client_id or ca_cert changes", secretField)
	}
	m.changed = !found || moved || m.entry.Secret != old.Secret
	m.proof = m.changed || sent
	if err := m.keepKeys(old, found, now); err != nil {
		return mergedDirectory{}, err
	}
	if slices.ContainsFunc(m.entry.AllowedUsernames, func(p string) bool { return strings.Trim(p, "*") == "" }) {
		m.warnings = append(m.warnings, "allowed_usernames permits every user: whoever may write integrations can then have any user of the pod read and changed; name the integration users")
	}
	return m, nil
}

// keepKeys gives the passwords before a write their place after it.
func (m *mergedDirectory) keepKeys(old directoryEntry, found bool, now time.Time) error {
	if phase := old.Rotation.phase(); phase != rotation.PhaseIdle && m.proof {
		return badRequest("the directory's own password is being rotated (rotation_phase %s), and which one is live has to be settled first: use directories/NAME/reconcile; nothing was stored", phase)
	}
	if !found || !m.changed || m.entry.Kind != oracle.FusionDirectory {
		return nil
	}
	kept := keptKeys(old.keys(), m.entry.keys(), m.entry.URL != old.URL || m.entry.User != old.User, m.entry.CACert == old.CACert && rotation.AccountOf(m.entry.User, m.entry.URL) == rotation.AccountOf(old.User, old.URL), now)
	m.entry.LoggedIn, m.entry.KnownUser, m.entry.Previous, m.entry.Candidates = kept.LoggedIn, kept.KnownUser, kept.Previous, kept.Candidates
	m.entry.Own = kept.Own
	m.entry.Rotation.Step++
	m.entry.Rotation.Retry, m.entry.Rotation.Error, m.entry.Rotation.ErrorDetail = rotation.Retry{}, rotation.NoFailure, ""
	return nil
}

// emptied names the first of some fields that a directory cannot be without and that was sent as null. Read
// as left out, a null secret would let the stored one be sent to another place.
func emptied(f fields, names ...string) error {
	for _, name := range names {
		if value, sent := f[name]; sent && value == nil {
			return badRequest("%s is required and cannot be emptied", name)
		}
	}
	return nil
}

func (m *mergedDirectory) mergeKind(old directoryEntry, found bool, f fields) error {
	if err := emptied(f, "type", "url"); err != nil {
		return err
	}
	kind := oracle.DirectoryKind(get(f, "type", string(m.entry.Kind)))
	switch {
	case found && kind != old.Kind:
		return badRequest("type cannot be changed: delete the directory and create it anew")
	case kind == "":
		return badRequest("type is required: fusion (Fusion SCIM on the pod) or identity_domain (OCI IAM)")
	case kind != oracle.FusionDirectory && kind != oracle.IdentityDomain:
		return badRequest("type must be fusion or identity_domain")
	}
	m.entry.Kind = kind
	return nil
}

func (m *mergedDirectory) mergeURL(_ directoryEntry, _ bool, f fields) error {
	text, sent := f["url"].(string)
	if !sent && m.entry.URL == "" {
		return badRequest("url is required: the pod's address for fusion, the identity domain's for identity_domain")
	}
	if sent {
		parsed, err := oracle.ParseServerURL(text)
		if err != nil {
			return badRequest("%s", strings.Replace(err.Error(), "server_url", "url", 1))
		}
		m.entry.URL = parsed
	}
	caCert, err := readCACert(f, m.entry.CACert)
	m.entry.CACert = caCert
	return err
}

func (m *mergedDirectory) mergeUser(old directoryEntry, found bool, f fields) error {
	userField, secretField := secretOf(m.entry.Kind)
	for _, foreign := range []string{"username", "password", "client_id", "client_secret"} {
		if _, sent := f[foreign]; sent && foreign != userField && foreign != secretField {
			return badRequest("a directory of type %s takes %s and %s", m.entry.Kind, userField, secretField)
		}
	}
	if err := emptied(f, userField, secretField); err != nil {
		return err
	}
	m.entry.User = get(f, userField, old.User)
	m.entry.Secret = get(f, secretField, old.Secret)
	switch {
	case m.entry.User == "" || m.entry.Secret == "":
		return badRequest("a directory of type %s needs %s and %s", m.entry.Kind, userField, secretField)
	case !fitsUsername(m.entry.User):
		return badRequest("%s must be at most %d characters, no colon, no line break, no space around it", userField, maxUsername)
	case unaskable(m.entry.User):
		return badRequest("%s must not hold a quotation mark or a backslash: no directory can be asked for it", userField)
	case strings.ContainsFunc(m.entry.Secret, unicode.IsControl):
		return badRequest("%s must not hold a line break or another control character: write the file without one at its end (printf %%s does) and send it again; nobody was asked", secretField)
	case len(m.entry.Secret) > maxPassword:
		return badRequest("%s must be at most %d bytes", secretField, maxPassword)
	}
	return nil
}

func (m *mergedDirectory) mergeAllowed(_ directoryEntry, _ bool, f fields) error {
	set(f, "allowed_usernames", &m.entry.AllowedUsernames, nil)
	set(f, "allowed_server_hosts", &m.entry.AllowedServerHosts, nil)
	if err := checkUsernames(m.entry.AllowedUsernames); err != nil {
		return badRequest("allowed_usernames %v", err)
	}
	hosts, err := readHostPatterns(m.entry.AllowedServerHosts)
	if err != nil {
		return badRequest("allowed_server_hosts: %v", err)
	}
	m.entry.AllowedServerHosts = hosts
	switch {
	case m.entry.Kind == oracle.IdentityDomain && len(hosts) == 0:
		return badRequest("allowed_server_hosts is required for an identity_domain: the hosts of the pods whose users it may serve, such as abcd.fa.us2.oraclecloud.com")
	case m.entry.Kind == oracle.FusionDirectory && len(hosts) > 0:
		return badRequest("a directory of type fusion serves only its own host: leave allowed_server_hosts out")
	}
	return nil
}

// checkUsernames completes the sentence "allowed_usernames …".
func checkUsernames(patterns []string) error {
	if len(patterns) == 0 {
		return errors.New("is required: the users that may be read and changed through this directory, such as API_GL or INT_*")
	}
	if len(patterns) > maxPatterns {
		return fmt.Errorf("must be at most %d patterns", maxPatterns)
	}
	for _, pattern := range patterns {
		if len(pattern) > maxUsername || strings.ContainsFunc(pattern, unicode.IsControl) || strings.TrimSpace(pattern) != pattern {
			return fmt.Errorf("must be user names in which * stands for any characters, each of at most %d", maxUsername)
		}
		if unaskable(pattern) {
			return errors.New("must not hold a quotation mark or a backslash: no directory can be asked for such a user")
		}
		if pattern == "" {
			return errors.New("must not hold an empty pattern")
		}
	}
	return nil
}

// unaskable says whether a user name could be read as a part of the question about it.
func unaskable(name string) bool { return strings.ContainsAny(name, `"\`) }

func readHostPatterns(patterns []string) ([]string, error) {
	if len(patterns) > maxPatterns {
		return nil, fmt.Errorf("must be at most %d patterns", maxPatterns)
	}
	var hosts []string
	for _, pattern := range patterns {
		host, err := oracle.ParseHostPattern(pattern)
		if err != nil {
			return nil, err //nolint:wrapcheck // a sentence for the person who wrote it
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts, nil
}
