package backend

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// otherAccount says whether a write names another user or another server.
func (m *merged) otherAccount(old integrationEntry) bool {
	return m.entry.ServerURL != old.ServerURL || m.entry.Username != old.Username
}

// keepKeys gives the passwords before a write their place after it: the last that logged in is kept. Nothing is kept
// for another user or server, or for another trust: whoever may write, and not read, would have it sent there.
func (m *merged) keepKeys(old integrationEntry, now time.Time) {
	trusted := m.entry.CACert == old.CACert
	m.entry.keysEntry = keptKeys(old.keysEntry, m.entry.keysEntry, m.otherAccount(old), trusted && m.entry.account() == old.account(), now)
	if m.entry.Standby != nil {
		before := keysEntry{}
		if old.Standby != nil {
			before = *old.Standby
		}
		respelled := m.entry.ServerURL != old.ServerURL || before.Username != m.entry.Standby.Username
		same := rotation.AccountOf(before.Username, old.ServerURL) == rotation.AccountOf(m.entry.Standby.Username, m.entry.ServerURL)
		kept := keptKeys(before, *m.entry.Standby, respelled, trusted && same, now)
		m.entry.Standby = &kept
	}
	if m.otherAccount(old) || !trusted || m.newPassword || m.newStandby {
		m.entry.Rotation.Step++
		m.entry.Rotation.Retry, m.entry.Rotation.Error, m.entry.Rotation.ErrorDetail = rotation.Retry{}, rotation.NoFailure, ""
	}
	if m.otherAccount(old) {
		m.entry.Rotation.ProvenBy = ""
	}
}

// keptKeys is what of the passwords before is kept. Renamed is said of any other spelling, same of the same account
// over the same trust.
func keptKeys(old, next keysEntry, renamed, same bool, now time.Time) keysEntry {
	if renamed || !same {
		next.LoggedIn, next.KnownUser = false, false
	}
	if !same {
		next.Previous, next.PreviousSet, next.Candidates, next.Own = "", time.Time{}, nil, false
		return next
	}
	if next.Password == old.Password {
		return next
	}
	next.Candidates = slices.DeleteFunc(slices.Clone(next.Candidates), func(c candidateEntry) bool { return c.Password == next.Password })
	switch {
	case old.LoggedIn:
		next.Previous, next.PreviousSet = old.Password, old.PasswordSetTime
	case old.Own: // Oracle said that it set it, and nobody else knows it
		next.Candidates = append(next.Candidates, candidateEntry{Password: old.Password, Deadline: now, Own: true, Acknowledged: true})
	}
	next.LoggedIn, next.Own = false, false
	return next
}

// allowedInPhase keeps a write from taking a password away that may be the live one.
func (m *merged) allowedInPhase(old integrationEntry) error {
	if old.Rotation.phase() == rotation.PhaseIdle {
		return nil
	}
	if m.newPassword || m.newStandby || m.otherAccount(old) || m.entry.CACert != old.CACert || m.entry.Directory != old.Directory || m.entry.SelfManaged != old.SelfManaged || (m.entry.Standby == nil) != (old.Standby == nil) {
		return badRequest("a rotation is under way (rotation_phase %s), and which password is live has to be settled first: read the status, and use reconcile; nothing was stored", old.Rotation.phase())
	}
	if m.proof {
		m.proof = false
		m.warnings = append(m.warnings, "stored without a login, because a rotation is under way: the next check asks the modules")
	}
	return nil
}

// mergeStandby lays the second account of a pair over the old one. Both its fields, or neither.
func (m *merged) mergeStandby(old integrationEntry, f fields, now time.Time) error {
	name, nameSent := f["standby_username"].(string)
	password, passwordSent := f["standby_password"].(string)
	_, nameTold := f["standby_username"]
	_, passwordTold := f["standby_password"]
	switch {
	case !nameTold && !passwordTold:
		if m.entry.Standby != nil && (m.entry.ServerURL != old.ServerURL || m.entry.CACert != old.CACert) {
			return badRequest("standby_password must be sent again when server_url or ca_cert changes")
		}
		return m.checkStandby()
	case name == "" && password == "" && (nameTold || old.Standby == nil):
		m.entry.Standby = nil
		return nil
	case passwordTold && password == "" || nameTold && name == "":
		return badRequest("standby_username and standby_password belong together: send both, or empty both to end the pair")
	}
	standby := keysEntry{}
	if old.Standby != nil {
		standby = *old.Standby
	}
	if nameSent && name != standby.Username && !passwordSent {
		return badRequest("standby_password must be sent again when standby_username changes")
	}
	if nameSent {
		standby.Username = name
	}
	if standby.Username == "" {
		return badRequest("standby_password needs standby_username: send both")
	}
	if passwordSent {
		if strings.ContainsFunc(password, unicode.IsControl) || len(password) > maxPassword {
			return badRequest("standby_password must be at most %d bytes, without a line break or another control character; Oracle was not asked", maxPassword)
		}
		m.newStandby = old.Standby == nil || password != old.Standby.Password || standby.Username != old.Standby.Username
		if m.newStandby {
			standby.PasswordSetTime, standby.PasswordSetSource = now, setAssumed
		}
		standby.Password = password
	}
	m.entry.Standby = &standby
	return m.checkStandby()
}

func (m *merged) checkStandby() error {
	standby := m.entry.Standby
	switch {
	case standby == nil:
		return nil
	case !fitsUsername(standby.Username):
		return badRequest("standby_username must be the user's name as Fusion shows it: at most %d characters, no colon, no line break, no space around it", maxUsername)
	case rotation.AccountOf(standby.Username, m.entry.ServerURL) == m.entry.account():
		return badRequest("standby_username must be another user than username: the pair changes places with each rotation")
	case m.entry.Directory == "":
		return badRequest("a pair needs a directory that sets the standby's password: send directory, too")
	}
	return nil
}

// mergeWay reads how the password is set: through a directory, by the user itself, or not at all.
func (m *merged) mergeWay(old integrationEntry, f fields) error {
	set(f, "self_managed", &m.entry.SelfManaged, false)
	switch {
	case !m.entry.SelfManaged:
		return nil
	case m.entry.Directory != "":
		return badRequest("self_managed excludes directory: the user sets its own password, or a directory does")
	case !old.SelfManaged && !get(f, "accept_broad_privilege", false):
		return badRequest("self_managed needs accept_broad_privilege=true, because the privilege for it lets every reader of creds reset any Fusion user; prefer a directory")
	}
	if !old.SelfManaged {
		m.warnings = append(m.warnings, selfManagedWarning)
	}
	return nil
}
