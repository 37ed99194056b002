package backend

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Bounds and defaults of an integration's fields.
const (
	defaultTimeout = 30 * time.Second
	maxTimeout     = 60 * time.Second
	defaultRetries = 3
	maxRetries     = 10
	// maxUsername is far above Fusion's own limit, and keeps a pasted file out.
	maxUsername = 256
	// maxPassword is the longest an identity domain allows (OCI IAM, custom password policy).
	maxPassword = 500
	// maxCACert holds a chain of many certificates.
	maxCACert      = 64 << 10
	maxPauseReason = 200
	// clockSkew is how far in the future a password_set_time may lie: two clocks are never the same.
	clockSkew = 5 * time.Minute
)

// selfManagedWarning is what accept_broad_privilege accepts.
const selfManagedWarning = "self_managed: the privilege with which this user sets its own password (Use REST Service - Identity Integration) lets every reader of creds reset any Fusion user; a directory with a user of its own does not give that away"

// Where a password_set_time came from. The list is closed.
const (
	setByOperator = "operator" // somebody stated it
	setAssumed    = "assumed"  // nobody did, so the time of the write stands in
	setByEngine   = "engine"   // the engine set it

	setByDirectory = "directory" // only status says so: it is not stored
)

// merged is an integration as a write would have it.
type merged struct {
	entry       integrationEntry
	newPassword bool // a password that was not stored before
	newStandby  bool // the same of the standby account
	proof       bool // something that a login depends on has changed
	// standbyProof is the same of the standby account.
	standbyProof bool
	ageAssumed   bool // nobody said when the password was set
	warnings     []string
}

// merge lays what was sent over an integration, checks every field, and says what changed. It decides
// only; found is false for a create.
func merge(old integrationEntry, found bool, f fields, now time.Time) (merged, error) {
	if err := required(f, found); err != nil {
		return merged{}, err
	}
	if err := readOnlyUnchanged(old, found, f); err != nil {
		return merged{}, err
	}
	m := merged{entry: old.clone()}
	if !found {
		m.entry = integrationEntry{
			Timeout: defaultTimeout, RetryAttempts: defaultRetries, Modules: []oracle.Module{oracle.GeneralLedger}, Policy: defaultPolicy,
		}
	}
	for _, part := range []func(fields, *merged) error{mergeAddress, mergeUser, mergeLimits, mergeModules, mergeProbes} {
		if err := part(f, &m); err != nil {
			return merged{}, err
		}
	}
	if err := m.mergePause(f, now); err != nil {
		return merged{}, err
	}
	if err := m.secretSentAgain(old, found, f); err != nil {
		return merged{}, err
	}
	if err := m.mergePasswordTime(old, found, f, now); err != nil {
		return merged{}, err
	}
	if err := m.mergeStandby(old, f, now); err != nil {
		return merged{}, err
	}
	if err := m.mergeWay(old, f); err != nil {
		return merged{}, err
	}
	m.proof = !found || m.newPassword || m.otherAccount(old) || m.entry.CACert != old.CACert ||
		!slices.Equal(m.entry.Modules, old.Modules) || fmt.Sprint(m.entry.Probes) != fmt.Sprint(old.Probes)
	m.standbyProof = m.entry.Standby != nil && (m.newStandby || m.entry.ServerURL != old.ServerURL || m.entry.CACert != old.CACert)
	if err := m.allowedInPhase(old); err != nil {
		return merged{}, err
	}
	if m.newPassword || !found || m.entry.Username != old.Username {
		m.entry.BecameCurrent = now
	}
	if m.newPassword {
		m.entry.CredentialVersion = old.CredentialVersion + 1
	}
	m.keepKeys(old, now)
	return m, nil
}

func required(f fields, found bool) error {
	var missing []string
	for _, name := range []string{"server_url", "username", "password"} {
		value, sent := f[name]
		if sent && (value == nil || value == "") {
			return badRequest("%s is required and cannot be emptied", name)
		}
		if !sent && !found {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return badRequest("a new integration needs %s", strings.Join(missing, ", "))
	}
	return nil
}

// readOnlyUnchanged lets a read be written back as it is.
func readOnlyUnchanged(old integrationEntry, found bool, f fields) error {
	current := map[string]any{
		"password_set": found, "password_set_source": old.PasswordSetSource, "credential_version": old.CredentialVersion,
	}
	for _, name := range []string{"password_set", "password_set_source", "credential_version"} {
		if value, sent := f[name]; sent && value != current[name] {
			return badRequest("%s is set by the engine: leave it out", name)
		}
	}
	return nil
}

func mergeAddress(f fields, m *merged) error {
	if text, sent := f["server_url"].(string); sent {
		serverURL, err := oracle.ParseServerURL(text)
		if err != nil {
			return badRequest("%v", err)
		}
		m.entry.ServerURL = serverURL
	}
	caCert, err := readCACert(f, m.entry.CACert)
	m.entry.CACert = caCert
	return err
}

// readCACert gives the certificates that were sent, or the old ones.
func readCACert(f fields, old string) (string, error) {
	text := old
	set(f, "ca_cert", &text, "")
	text = strings.TrimSpace(text)
	if len(text) > maxCACert {
		return "", badRequest("ca_cert must be at most %d bytes of PEM", maxCACert)
	}
	if _, err := oracle.ParseCACert(text); err != nil {
		return "", badRequest("%v", err)
	}
	return text, nil
}

// fitsUsername says whether a name can be sent with Basic authentication and was not slipped in by accident.
func fitsUsername(name string) bool {
	return len(name) <= maxUsername && !strings.ContainsFunc(name, unicode.IsControl) && strings.TrimSpace(name) == name && !strings.Contains(name, ":")
}

func mergeUser(f fields, m *merged) error {
	set(f, "username", &m.entry.Username, "")
	if !fitsUsername(m.entry.Username) {
		return badRequest("username must be the user's name as Fusion shows it: at most %d characters, no colon, no line break, no space around it", maxUsername)
	}
	text, sent := f["password"].(string)
	if !sent {
		return nil
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return badRequest("password must not hold a line break or another control character: write the file without one at its end (printf %%s does) and send it again; Oracle was not asked")
	}
	if len(text) > maxPassword {
		return badRequest("password must be at most %d bytes", maxPassword)
	}
	m.newPassword = text != m.entry.Password
	m.entry.Password = text
	return nil
}

func mergeLimits(f fields, m *merged) error {
	set(f, "timeout", &m.entry.Timeout, defaultTimeout)
	set(f, "retry_attempts", &m.entry.RetryAttempts, defaultRetries)
	set(f, "policy", &m.entry.Policy, defaultPolicy)
	set(f, "directory", &m.entry.Directory, "")
	if m.entry.Policy == "" {
		m.entry.Policy = defaultPolicy
	}
	if m.entry.Timeout < time.Second || m.entry.Timeout > maxTimeout {
		return badRequest("timeout must be from 1 to %d seconds", seconds(maxTimeout))
	}
	if m.entry.RetryAttempts < 0 || m.entry.RetryAttempts > maxRetries {
		return badRequest("retry_attempts must be from 0 to %d", maxRetries)
	}
	return nil
}

func mergeModules(f fields, m *merged) error {
	value, sent := f["modules"]
	if !sent {
		return nil
	}
	names, ok := value.([]string)
	if !ok {
		names = []string{string(oracle.GeneralLedger)}
	}
	modules, err := oracle.ParseModules(names)
	if err != nil {
		return badRequest("modules: %v", err)
	}
	m.entry.Modules = modules
	return nil
}

func mergeProbes(f fields, m *merged) error {
	value, sent := f["probes"]
	if !sent {
		return nil
	}
	m.entry.Probes = nil
	pairs, _ := value.(map[string]string)
	for name, text := range pairs {
		module, err := oracle.ParseModule(name)
		if err != nil {
			return badRequest("probes: %v", err)
		}
		probe, err := oracle.ParseProbe(text)
		if err != nil {
			return badRequest("probes: %v", err)
		}
		if m.entry.Probes == nil {
			m.entry.Probes = map[string]string{}
		}
		if other, twice := m.entry.Probes[string(module)]; twice && other != probe {
			return badRequest("probes name %s twice: send one probe for each module", module)
		}
		m.entry.Probes[string(module)] = probe
	}
	return nil
}

// mergePause keeps the date and the reason together: either ends the pause when it is emptied.
func (m *merged) mergePause(f fields, now time.Time) error {
	_, untilSent := f["paused_until"]
	_, reasonSent := f["pause_reason"]
	set(f, "paused_until", &m.entry.PausedUntil, time.Time{})
	set(f, "pause_reason", &m.entry.PauseReason, "")
	emptied := (untilSent && m.entry.PausedUntil.IsZero()) || (reasonSent && m.entry.PauseReason == "" && !untilSent)
	if emptied || !m.entry.PausedUntil.After(now) {
		if reasonSent && m.entry.PauseReason != "" && !untilSent {
			return badRequest("pause_reason needs paused_until: send both")
		}
		m.entry.PausedUntil, m.entry.PauseReason = time.Time{}, ""
		return nil
	}
	m.entry.PauseReason = strings.TrimSpace(m.entry.PauseReason)
	if m.entry.PauseReason == "" || len(m.entry.PauseReason) > maxPauseReason || strings.ContainsFunc(m.entry.PauseReason, unicode.IsControl) {
		return badRequest("a pause needs pause_reason: one line of at most %d characters for whoever finds it", maxPauseReason)
	}
	return nil
}

// secretSentAgain stops somebody who may write, but not read, from sending the stored password to a host
// or over a trust of their own choice.
func (m *merged) secretSentAgain(old integrationEntry, found bool, f fields) error {
	if _, sent := f["password"]; sent || !found {
		return nil
	}
	if m.entry.ServerURL != old.ServerURL || m.entry.Username != old.Username || m.entry.CACert != old.CACert {
		return badRequest("password must be sent again when server_url, username or ca_cert changes")
	}
	return nil
}

func (m *merged) mergePasswordTime(old integrationEntry, found bool, f fields, now time.Time) error {
	value, sent := f["password_set_time"]
	stated, _ := value.(time.Time)
	another := m.newPassword || m.entry.Username != old.Username || m.entry.ServerURL != old.ServerURL
	echoed := found && sent && stated.Equal(old.PasswordSetTime.Truncate(time.Second)) // a read written back
	switch {
	case echoed && !another:
	case sent && !stated.IsZero() && !echoed:
		if stated.After(now.Add(clockSkew)) {
			return badRequest("password_set_time lies in the future: send the time at which the password was set in Oracle")
		}
		m.entry.PasswordSetTime, m.entry.PasswordSetSource = stated, setByOperator
	case sent || another: // the date of the password before says nothing about this one
		m.entry.PasswordSetTime, m.entry.PasswordSetSource = now, setAssumed
		m.ageAssumed = true
	}
	return nil
}
