package rotation

import (
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// message is one sentence or two for a person: what is the case, and what to do next.
func message(s Snapshot, r Record, v Verdict, now time.Time) string {
	name, user := s.Integration.Name, s.Integration.Username
	switch v.Reason {
	case ReasonLoggedIn:
		return "Logs in, and every selected module answers."
	case ReasonNoRows:
		return "Logs in, but no selected module shows a row: if applications miss data, give the user data access (data security) in Fusion."
	case ReasonNeverChecked:
		if s.DueAt(now).IsZero() {
			return fmt.Sprintf("This password has not been proved yet, and the engine spends no login by itself after the last ones were refused: write check/%s with force=true.", name)
		}
		return fmt.Sprintf("This password has not been proved yet: the next scheduled check does it, or write check/%s.", name)
	case ReasonPaused:
		return fmt.Sprintf("Paused until %s: %s. Patch paused_until to null to end it.", stamp(s.Integration.PausedUntil), s.Integration.PauseReason)
	case ReasonExpiring:
		return fmt.Sprintf("Logs in; by its age the password expires on %s. Set a new one for %s in Fusion, then write it to integrations/%s.", stamp(v.Expiry), user, name)
	case ReasonPastExpiry:
		return fmt.Sprintf("Still logs in, although by its age the password expired on %s; Oracle's expiry report may replace it any day. Set a new one for %s in Fusion now, then write it to integrations/%s, or correct password_set_time or the policy's password_max_age.", stamp(v.Expiry), user, name)
	case ReasonRefusedPastAge:
		return fmt.Sprintf("Oracle refused the login on %s, and by its age the password expired on %s. Set a new one for %s in Fusion, then write it to integrations/%s.%s", refusedOn(s, r), stamp(v.Expiry), user, name, holdWords(s, now))
	case ReasonRefused:
		return fmt.Sprintf("Oracle refused the login on %s and does not say why: the password may be wrong, or the account %s locked, expired or disabled. Look at the account in Fusion's Security Console, then write the right password to integrations/%s, or, if the account only had to be unlocked, write check/%s with force=true.%s", refusedOn(s, r), user, name, name, holdWords(s, now))
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
		return fmt.Sprintf("Logins left and were not answered, so Oracle may have counted them as refused; the engine waits for a person. When the pod is up, write check/%s with force=true.", name)
	case ReasonNoOracleAPI, ReasonNoConnection, ReasonTLSFailure, ReasonTimeout, ReasonThrottled, ReasonUnavailable, ReasonUnexpected:
		return notAsked(v.Reason, s.Integration.ServerURL, r.CauseDetail)
	}
	return ""
}

// notAsked says why a pod could not be asked, and what to do about it. Writing an integration uses the
// same sentences.
func notAsked(reason Reason, serverURL, detail string) string {
	cause, next := "", ""
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
		ReasonLoginUnanswered, ReasonPaused:
	}
	if detail != "" {
		cause += " (" + detail + ")"
	}
	return fmt.Sprintf("%s %s; nothing is known about the password: %s.", oracle.Host(serverURL), cause, next)
}

// CouldNotAsk is the sentence for a survey that learned nothing about the login.
func CouldNotAsk(answer oracle.Answer, serverURL string) string {
	return notAsked(reasonOf(answer.Outcome), serverURL, answerWords(answer))
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
	if at, found := s.Ledger.refusedSince(s.Integration.Subject(), time.Time{}); found {
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
		return "Oracle refused the last logins, so the engine waits for another password, or for check with force=true"
	case DenyUnanswered:
		return "the last logins were not answered and may have been counted as refused, so the engine waits for check with force=true"
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
