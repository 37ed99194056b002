package rotation

import (
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// message is a few sentences for a person: what is the case, and what to do next.
func message(s Snapshot, r Record, v Verdict, now time.Time) string {
	return sentence(s, r, v, now) + keptWords(s, v) + aboutDirectory(s, r, v, now)
}

func sentence(s Snapshot, r Record, v Verdict, now time.Time) string {
	name, user := s.Integration.Name, s.Integration.Username
	switch v.Reason {
	case ReasonLoggedIn:
		return "Logs in, and every selected module answers."
	case ReasonNoRows:
		return "Logs in, but no selected module shows a row: if applications miss data, give the user data access (data security) in Fusion."
	case ReasonNeverChecked:
		return neverChecked(s, now)
	case ReasonPaused:
		return fmt.Sprintf("Paused until %s: %s. Patch paused_until to null to end it.", stamp(s.Integration.PausedUntil), s.Integration.PauseReason)
	case ReasonExpiring:
		return fmt.Sprintf("Logs in; by its age the password expires on %s. %s", stamp(v.Expiry), renewWords(s, now))
	case ReasonPastExpiry:
		return fmt.Sprintf("Still logs in, although by its age the password expired on %s; Oracle's expiry report may replace it any day. Set a new one for %s in Fusion now, then write it to integrations/%s, or correct password_set_time or the policy's password_max_age.", stamp(v.Expiry), user, name)
	case ReasonRefusedPastAge:
		return fmt.Sprintf("Oracle refused the login on %s, and by its age the password expired on %s. Set a new one for %s in Fusion, then write it to integrations/%s, or, if the stored one is right again, write reconcile/%s action=release.%s", refusedOn(s, r), stamp(v.Expiry), user, name, reconciled(s), holdWords(s, now))
	case ReasonRefused:
		return fmt.Sprintf("Oracle refused the login on %s and does not say why: the password may be wrong, or the account %s locked, expired or disabled. Look at the account in Fusion's Security Console, then write the right password to integrations/%s, or, if the account only had to be unlocked, write reconcile/%s action=release.%s", refusedOn(s, r), user, name, reconciled(s), holdWords(s, now))
	case ReasonModuleForbidden:
		return fmt.Sprintf("Logs in, but has no privilege for %s: grant %s a role that has it, such as Financial Integration Specialist.", modulesIn(r, oracle.NoPrivilege), user)
	case ReasonAllModulesForbidden:
		return fmt.Sprintf("Logs in, but every selected module answers 403: grant %s its roles, or, where location-based access is on, list Vault's outgoing address in Fusion.", user)
	case ReasonModuleMissing:
		return fmt.Sprintf("Logs in, but this pod has no resource for %s: deselect the module, or name a resource that the pod has in probes.", modulesIn(r, oracle.Missing))
	case ReasonModuleError:
		return fmt.Sprintf("Logs in, but %s could not be asked; the next check asks again.", modulesIn(r, oracle.ModuleInError))
	case ReasonHostNotAllowed:
		return "The mount's allowed_hosts does not permit this host any more, so nothing is sent to it: correct config, or server_url."
	case ReasonLoginUnanswered:
		return fmt.Sprintf("Logins left and were not answered, so Oracle may have counted them as refused; the engine waits for a person. When the pod is up, write reconcile/%s action=release, which spends one login.", name)
	case ReasonLocked, ReasonInactive, ReasonMustChange, ReasonExpired, ReasonUnlockedWaiting,
		ReasonNoSuchUser, ReasonSetElsewhere, ReasonWrongPassword, ReasonForeignFailures:
		return sighted(s, r, v.Reason, now)
	case ReasonUnresolved, ReasonUnverified, ReasonRotationStopped, ReasonStandby:
		return rotationWords(s, v.Reason, now)
	case ReasonNoOracleAPI, ReasonNoConnection, ReasonTLSFailure, ReasonTimeout, ReasonThrottled, ReasonUnavailable, ReasonUnexpected:
		return notAsked(v.Reason, s.Integration.ServerURL, r.CauseDetail) + waitsWords(s, now)
	}
	return ""
}

// waitsWords tells that nothing asks again by itself, and what does.
func waitsWords(s Snapshot, now time.Time) string {
	switch Allow(s.Ledger, s.Policy, ByEngine, now).Denial {
	case DenyWaits, DenyUnanswered:
		return fmt.Sprintf(" The engine spends no further login by itself: when the pod is up, write reconcile/%s action=release, which spends one.", s.Integration.Name)
	case Allowed, DenyInFlight, DenyHeld, DenyPeopleBudget, DenyRejected, DenyLocked, DenyLastAttempt, DenyUnable, DenyUnlocked, DenyRotating:
	}
	return ""
}

// neverChecked says what it takes for a stored password to be proved.
func neverChecked(s Snapshot, now time.Time) string {
	name, not := s.Integration.Name, "This password has not been proved yet"
	decision := Allow(s.Ledger, s.Policy, ByEngine, now)
	switch {
	case decision.Denial == Allowed || !decision.Until.IsZero():
		return fmt.Sprintf("%s: the next scheduled check does it, or write check/%s.", not, name)
	case decision.Denial == DenyUnable:
		return fmt.Sprintf("%s, and the engine spends no login on it: the directory %s does not know the user %s. Correct username, spelled as in Fusion.", not, s.Integration.Directory, s.Integration.Username)
	case decision.Denial == DenyLastAttempt:
		return fmt.Sprintf("%s, and nothing tries it: %s.", not, Denied(decision))
	}
	return fmt.Sprintf("%s, and the engine spends no login by itself after the last ones were refused: write reconcile/%s action=release, which spends one.", not, name)
}

// notAsked says why a pod could not be asked, and what to do about it. Writing an integration uses the
// same sentences.
func notAsked(reason Reason, serverURL, detail string) string {
	cause, next := whyNotAsked(reason)
	if detail != "" {
		cause += " (" + detail + ")"
	}
	return fmt.Sprintf("%s %s; nothing is known about the password: %s.", oracle.Host(serverURL), cause, next)
}

// LearnedNothing says why the last check learned nothing, while the state stands on what was known before: a pod counts as
// unreachable only when as many checks as failure_threshold did not reach it. Empty: it learned something, or the state says so.
func LearnedNothing(s Snapshot, now time.Time) string {
	r := s.Current()
	if _, verdict := Advance(s, now); r.Failures == 0 || r.Cause == "" || verdict.State == StateUnreachable {
		return ""
	}
	return "the check learned nothing, and the state stands on what was known before: " + notAsked(r.Cause, s.Integration.ServerURL, r.CauseDetail)
}

// whyNotAsked is what a pod did, and what to do next.
func whyNotAsked(reason Reason) (cause, next string) {
	switch reason {
	case ReasonNoOracleAPI:
		cause, next = "answers 404 to every probe", "check that server_url is the Fusion application's own address, or name probes that the pod has"
	case ReasonNoConnection:
		cause, next = "cannot be reached", "check server_url, the network and the egress proxy between Vault and the pod"
	case ReasonTLSFailure:
		cause, next = "failed TLS", "check server_url, or give the authority that signed the pod's certificate in ca_cert"
	case ReasonTimeout:
		cause, next = "did not answer in time", "see whether the pod is in maintenance, or raise timeout (a check as a whole ends after 36 seconds)"
	case ReasonThrottled:
		cause, next = "answered 429, too many requests", "lengthen check_period, or lower max_concurrent_checks_per_host"
	case ReasonUnavailable:
		cause, next = "is unavailable", "see whether the pod is in maintenance"
	case ReasonHostNotAllowed:
		cause, next = "is not permitted by the mount's allowed_hosts", "add the host to allowed_hosts in config"
	case ReasonUnexpected:
		cause, next = "gave an answer that is not Oracle's REST API", "check that server_url is the Fusion application's own address, not a sign-on page or a proxy"
	case ReasonLoggedIn, ReasonNoRows, ReasonNeverChecked, ReasonExpiring, ReasonPastExpiry, ReasonRefusedPastAge,
		ReasonRefused, ReasonModuleForbidden, ReasonAllModulesForbidden, ReasonModuleMissing, ReasonModuleError,
		ReasonLoginUnanswered, ReasonPaused, ReasonLocked, ReasonInactive, ReasonMustChange, ReasonExpired,
		ReasonUnlockedWaiting, ReasonNoSuchUser, ReasonSetElsewhere, ReasonWrongPassword, ReasonForeignFailures,
		ReasonUnresolved, ReasonUnverified, ReasonRotationStopped, ReasonStandby:
	}
	return cause, next
}

// CouldNotAsk is the sentence for a survey that learned nothing about the login.
func CouldNotAsk(answer oracle.Answer, serverURL string) string {
	return notAsked(reasonOf(answer.Outcome), serverURL, answerWords(answer))
}

// DirectoryCouldNotAsk is the sentence for a directory that was to be proved, and did not say whether its login is good.
func DirectoryCouldNotAsk(answer oracle.Answer, url string) string {
	cause, _ := whyNotAsked(reasonOf(answer.Outcome))
	if words := answerWords(answer); words != "" {
		cause += " (" + words + ")"
	}
	return fmt.Sprintf("%s %s: check url, ca_cert and the network between Vault and it.", oracle.Host(url), cause)
}

// answerWords is Oracle's status and own words, as far as there are any.
func answerWords(answer oracle.Answer) string {
	if answer.HTTPStatus == 0 {
		return answer.Detail
	}
	words := fmt.Sprintf("HTTP %d", answer.HTTPStatus)
	if answer.Detail != "" {
		words += ": " + answer.Detail
	}
	return words
}

// refusedOn is when Oracle last refused the password, which a later check that could not ask does not move.
func refusedOn(s Snapshot, r Record) string {
	if at, found := s.Ledger.refusalOf(s.Integration.Subject()); found {
		return stamp(at)
	}
	return stamp(r.LastCheck)
}

func holdWords(s Snapshot, now time.Time) string {
	hold := HoldOf(s.Ledger, s.Policy, now)
	switch {
	case !hold.Held:
		return ""
	case hold.Until.IsZero():
		return " The engine spends no further login by itself."
	}
	return fmt.Sprintf(" The engine spends no further login before %s.", stamp(hold.Until))
}

// Denied is the sentence for a login that the guard does not allow.
func Denied(d Decision) string {
	switch d.Denial {
	case DenyInFlight:
		return fmt.Sprintf("another login of this user may still be under way until %s, and logins of one user run one at a time", stamp(d.Until))
	case DenyHeld:
		return fmt.Sprintf("Oracle refused the last login, so the engine holds back until %s, or until another password is written", stamp(d.Until))
	case DenyWaits:
		return "Oracle refused the last logins, so the engine waits for another password, or for reconcile with action=release"
	case DenyUnanswered:
		return "the last logins were not answered and may have been counted as refused, so the engine waits for reconcile with action=release"
	case DenyRejected:
		return fmt.Sprintf("Oracle refused this very password, and it is known as such until %s: find the right one; if this is the right one and the account was unlocked meanwhile, store it with verify_connection=false and write reconcile with action=release", stamp(d.Until))
	case DenyLocked:
		return "the directory says that the account is locked: unlock it in Fusion's Security Console (or in the identity domain) first; the next look at the directory then lets the engine log in again; if the directory is wrong, take it off the integration"
	case DenyLastAttempt:
		return "the directory says that one more refused login locks the account: find out who else fails logins with this user, and unlock it or sign in once with the right password; if the directory is wrong, take it off the integration"
	case DenyUnable:
		return "the directory says why a login would be refused: read status"
	case DenyUnlocked:
		return fmt.Sprintf("the account was unlocked or activated lately and Oracle's API may still refuse it, so the engine waits until %s (unlock_delay)", stamp(d.Until))
	case DenyRotating:
		if d.Until.IsZero() {
			return "a rotation is under way, and which password is live has to be settled first: read status"
		}
		return fmt.Sprintf("a rotation is under way, and which password is live is settled from %s on", stamp(d.Until))
	case DenyPeopleBudget:
		return fmt.Sprintf("operator_login_budget is spent: one more refused login could lock the account in Oracle; try again after %s", stamp(d.Until))
	case Allowed:
	}
	return ""
}

func modulesIn(r Record, result oracle.ModuleResult) string {
	var names []string
	for _, f := range r.Modules {
		if f.Result == result {
			names = append(names, string(f.Module)+" ("+f.Module.Title()+")")
		}
	}
	return strings.Join(names, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
