package backend

import (
	"time"

	"github.com/hashicorp/vault/sdk/framework"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// statusContent is what status answers. Times that are not known are absent, never zero.
func statusContent() map[string]*framework.FieldSchema {
	text := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeString, Description: description}
	}
	number := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeInt64, Description: description}
	}
	instant := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeTime, Description: description}
	}
	object := func(description string) *framework.FieldSchema {
		return &framework.FieldSchema{Type: framework.TypeMap, Description: description}
	}
	return map[string]*framework.FieldSchema{
		"state":                 text("What is the case: unresolved, locked, disabled, must_change, expired, rejected, unverified, unreachable, limited, expiring, ok, unchecked or paused."),
		"severity":              text("critical, warning, unknown or ok."),
		"state_since":           instant("Since when it is in this state."),
		"event_seq":             number("Counts this integration's events."),
		"reason":                text("Why: a code from a closed list."),
		"message":               text("Why, for people, and what to do next."),
		"confidence":            text("confirmed (Oracle said so), inferred (from age and history) or none."),
		"credential_version":    number("The version of the stored password."),
		"password_set_time":     instant("When the password was set in Oracle."),
		"password_set_source":   text("Where password_set_time came from."),
		"password_expiry_time":  instant("When it expires by its age; absent if never."),
		"days_until_expiry":     number("Whole days until then, rounded down."),
		"last_check_time":       instant("When it was last checked."),
		"last_success_time":     instant("When it last logged in."),
		"next_check_time":       instant("When the engine checks it next; absent while it waits for a person."),
		"consecutive_failures":  number("Checks in a row that could not ask."),
		"modules":               object("For each selected module: result, http_status, probe."),
		"excess_modules":        {Type: framework.TypeStringSlice, Description: "Modules that answer although they were not selected; only after a check with least_privilege=true."},
		"checklist":             object("What to tick off before handing over: pass, fail or unknown."),
		"held":                  {Type: framework.TypeBool, Description: "The lockout guard holds the engine's logins back."},
		"held_since":            instant("Since when."),
		"held_until":            instant("Until when; absent while it waits for a person."),
		"refused_logins":        number("Refused logins in a row since the last accepted one."),
		"directory_view":        object("What the directory last said: observed_time, active, locked, expired, must_change, password_set_time, login_attempts and more; what it did not say is absent."),
		"attempts_left":         number("Refused logins that remain before the account locks; where a directory counts."),
		"foreign_failed_logins": number("Refused logins that were not the engine's own, at the last check; where a directory counts."),
		"rules":                 object("The password rules that status goes by: password_max_age, expiry_warning, lock_threshold, and source: policy or directory."),
		"rotation_phase":        text("Where a rotation stands: idle, prepared, sent, unverified or unresolved."),
		"last_rotation_error":   text("Why the last rotation came to nothing: a code from a closed list, and a sentence; absent when it did not."),
		"last_rotation_time":    instant("When the last rotation was promoted."),
		"next_rotation_time":    instant("When the engine rotates next; absent when it does not by itself."),
		"standby":               object("Of a pair, the other account: username and the same fields of its own."),
		"warnings":              {Type: framework.TypeStringSlice, Description: "What stays true of this integration and somebody should know."},
		"usage":                 object("Reads of this credential in the last 24 hours, counted by this process."),
	}
}

// status is an integration's status as an answer.
func (b *backend) status(snapshot rotation.Snapshot, entry integrationEntry, now time.Time) map[string]any {
	shown, verdict := rotation.Advance(snapshot, now)
	data := accountStatus(snapshot, verdict, entry.PasswordSetSource, now)
	data["event_seq"], data["credential_version"] = shown.Seq, snapshot.Integration.CredentialVersion
	data["usage"] = b.usageAnswer(snapshot.Integration.Name, now)
	addTimes(data, map[string]time.Time{"state_since": shown.Since})
	addRotation(data, snapshot, now)
	if snapshot.Standby != nil && entry.Standby != nil {
		other := *snapshot.Standby
		standby := accountStatus(other, rotation.Judge(other, now), entry.Standby.PasswordSetSource, now)
		standby["username"] = other.Integration.Username
		data["standby"] = standby
	}
	return data
}

// accountStatus is the verdict on one account.
func accountStatus(snapshot rotation.Snapshot, verdict rotation.Verdict, source string, now time.Time) map[string]any {
	record := snapshot.Current()
	hold := rotation.HoldOf(snapshot.Ledger, snapshot.Policy, now)
	set, byDirectory := snapshot.PasswordSet()
	if byDirectory {
		source = setByDirectory
	}
	data := map[string]any{
		"state": string(verdict.State), "severity": string(verdict.Severity),
		"reason": string(verdict.Reason), "message": verdict.Message, "confidence": string(verdict.Confidence),
		"password_set_source":  source,
		"consecutive_failures": record.Failures, "modules": modulesAnswer(record.Modules),
		"checklist": checklistAnswer(rotation.ChecklistOf(snapshot)),
		"held":      hold.Held, "refused_logins": hold.Refused,
		"rules": rulesAnswer(snapshot.Rules()),
	}
	addDirectory(data, snapshot)
	if !verdict.Expiry.IsZero() {
		data["days_until_expiry"] = rotation.DaysUntil(verdict.Expiry, now)
	}
	if record.ExcessAsked {
		data["excess_modules"] = moduleCodes(record.Excess)
	}
	addTimes(data, map[string]time.Time{
		"password_set_time": set, "password_expiry_time": verdict.Expiry,
		"last_check_time": record.LastCheck, "last_success_time": record.LastSuccess, "next_check_time": nextCheck(snapshot, now),
		"held_since": hold.Since, "held_until": hold.Until,
	})
	return data
}

// nextCheck is when the engine checks next; zero: not before a person acts, or a rotation is settled.
func nextCheck(s rotation.Snapshot, now time.Time) time.Time {
	if action, at := s.Due(now); action == rotation.ActionCheck {
		return at
	}
	if s.Integration.Rotation.Open() && s.Standby == nil {
		return time.Time{}
	}
	return s.DueAt(now)
}

// addTimes adds the times that are known.
func addTimes(data map[string]any, times map[string]time.Time) {
	for name, at := range times {
		if !at.IsZero() {
			data[name] = stamp(at)
		}
	}
}

// addRotation adds where the rotation stands.
func addRotation(data map[string]any, s rotation.Snapshot, now time.Time) {
	r := s.Integration.Rotation
	data["rotation_phase"] = string(r.Phase)
	if r.Error != rotation.NoFailure {
		data["last_rotation_error"] = string(r.Error) + ": " + rotation.ErrorWords(s.Integration)
	}
	var warnings []string
	if r.Way == rotation.WaySelf {
		warnings = append(warnings, selfManagedWarning)
	}
	if r.Shared && r.Way != rotation.WayNone {
		warnings = append(warnings, "not rotated: "+rotation.RefusedToRotate(s.Integration, rotation.SharedAccount))
	}
	if len(warnings) > 0 {
		data["warnings"] = warnings
	}
	addTimes(data, map[string]time.Time{"last_rotation_time": r.Last, "next_rotation_time": s.NextRotation(now)})
}

func modulesAnswer(findings []oracle.Finding) map[string]any {
	modules := map[string]any{}
	for _, f := range findings {
		modules[string(f.Module)] = map[string]any{"result": string(f.Result), "http_status": f.HTTPStatus, "probe": f.Probe}
	}
	return modules
}

func checklistAnswer(list rotation.Checklist) map[string]any {
	return map[string]any{
		"account_active": string(list.AccountActive), "role_assigned": string(list.RoleAssigned),
		"rest_privilege": string(list.RESTPrivilege), "api_tested": string(list.APITested),
		"modules_accessible": string(list.ModulesAccessible), "base_url_confirmed": string(list.BaseURLConfirmed),
	}
}

func (b *backend) usageAnswer(name string, now time.Time) map[string]any {
	report := b.usage.of(name, now)
	answer := map[string]any{"reads_24h": report.Reads24h, "readers_24h": report.Readers24h, "since": stamp(report.Since)}
	if !report.LastRead.IsZero() {
		answer["last_read_time"] = stamp(report.LastRead)
	}
	return answer
}

// addDirectory adds what the directory said; what it did not say stays absent.
func addDirectory(data map[string]any, s rotation.Snapshot) {
	if left, known := s.AttemptsLeft(); known {
		data["attempts_left"] = left
	}
	if others := s.Current().ForeignFailures; others != nil {
		data["foreign_failed_logins"] = *others
	}
	view, observed, found := s.View()
	if !found {
		return
	}
	said := map[string]any{"observed_time": stamp(observed)}
	for name, fact := range map[string]oracle.Fact{
		"found": view.Found, "active": view.Active, "locked": view.Locked, "expired": view.Expired,
		"must_change": view.MustChange, "cannot_expire": view.CannotExpire,
	} {
		if fact != oracle.NotKnown {
			said[name] = fact == oracle.Yes
		}
	}
	for name, at := range map[string]time.Time{"password_set_time": view.PasswordSet, "locked_since": view.LockedSince} {
		if !at.IsZero() {
			said[name] = stamp(at)
		}
	}
	if view.LockReason != oracle.LockReasonNotKnown {
		said["lock_reason"] = string(view.LockReason)
	}
	if view.LoginAttempts != nil {
		said["login_attempts"] = *view.LoginAttempts
	}
	if view.RolesKnown {
		said["roles"] = view.Roles
	}
	data["directory_view"] = said
}

func rulesAnswer(rules rotation.Rules) map[string]any {
	answer := map[string]any{
		"password_max_age": seconds(rules.MaxAge), "expiry_warning": seconds(rules.Warning), "source": "policy",
	}
	if rules.FromDirectory {
		answer["source"] = setByDirectory
	}
	if rules.LockAfter != nil {
		answer["lock_threshold"] = *rules.LockAfter
	}
	return answer
}

// stamp is a time in an answer.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
