package rotation

import "vault-plugin-secrets-oracle-financials/oracle"

// State is what an integration is shown as. The list is closed; the first that applies is shown.
type State string

// The states, the gravest first.
const (
	StateUnresolved  State = "unresolved"  // a rotation's outcome is not known, and a person has to say which password is live
	StateLocked      State = "locked"      // the directory says so
	StateDisabled    State = "disabled"    // the directory says so
	StateMustChange  State = "must_change" // the directory says that the password has to be changed before the next login
	StateExpired     State = "expired"     // the directory says so, or the login is refused and the password is past its age
	StateRejected    State = "rejected"    // Oracle refuses the login
	StateUnverified  State = "unverified"  // Oracle said that it set the new password, and no login has proved it yet
	StateUnreachable State = "unreachable" // Oracle could not be asked, which says nothing about the password
	StateLimited     State = "limited"     // logs in, and a selected module is forbidden, missing or in error
	StateExpiring    State = "expiring"    // logs in, and by its age the password expires soon, or should have
	StateOK          State = "ok"          // logs in, and every selected module answers
	StateUnchecked   State = "unchecked"   // this password was never proved
	StatePaused      State = "paused"      // an operator paused it until a date; what is critical is shown all the same
)

// States lists every state.
func States() []State {
	return []State{
		StateUnresolved, StateLocked, StateDisabled, StateMustChange, StateExpired, StateRejected, StateUnverified,
		StateUnreachable, StateLimited,
		StateExpiring, StateOK, StateUnchecked, StatePaused,
	}
}

// Severity is how much a state matters. The list is closed.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical" // applications cannot log in, or soon cannot: somebody is needed now
	SeverityWarning  Severity = "warning"  // somebody should look today
	SeverityUnknown  Severity = "unknown"  // nothing was proved
	SeverityOK       Severity = "ok"       // nothing to do
)

// Confidence is where a verdict comes from. The list is closed.
type Confidence string

// The confidences.
const (
	Confirmed    Confidence = "confirmed" // Oracle said so
	Inferred     Confidence = "inferred"  // from age and history
	NoConfidence Confidence = "none"      // nothing is known
)

// Reason is why a state is shown: what people alert on. The list is closed; messages are for people.
type Reason string

// The reasons.
const (
	ReasonLoggedIn            Reason = "logged_in"              // every selected module answered with rows
	ReasonNoRows              Reason = "no_rows"                // logs in, no selected module shows a row
	ReasonNeverChecked        Reason = "never_checked"          // this password was never proved
	ReasonExpiring            Reason = "password_expiring"      // within expiry_warning
	ReasonPastExpiry          Reason = "password_past_expiry"   // past the date, and still logs in
	ReasonRefusedPastAge      Reason = "login_refused_past_age" // 401, and older than password_max_age
	ReasonRefused             Reason = "login_refused"          // 401, cause not established
	ReasonModuleForbidden     Reason = "module_forbidden"       // a selected module answers 403
	ReasonAllModulesForbidden Reason = "all_modules_forbidden"  // all do: roles, or location-based access
	ReasonModuleMissing       Reason = "module_not_found"       // a selected module answers 404
	ReasonModuleError         Reason = "module_error"           // a selected module could not be asked
	ReasonNoOracleAPI         Reason = "no_oracle_api"          // every selected module answers 404
	ReasonHostNotAllowed      Reason = "host_not_allowed"       // allowed_hosts changed
	ReasonLoginUnanswered     Reason = "login_unanswered"       // logins went unanswered until the budget was spent
	ReasonNoConnection        Reason = "no_connection"          // name, connection
	ReasonTLSFailure          Reason = "tls_failure"            // certificate or protocol
	ReasonTimeout             Reason = "timeout"                // no whole answer in time
	ReasonThrottled           Reason = "throttled"              // 429
	ReasonUnavailable         Reason = "unavailable"            // 5xx
	ReasonUnexpected          Reason = "unexpected_content"     // HTML, a redirect, foreign JSON
	ReasonPaused              Reason = "paused"                 // by an operator, until a date
	ReasonLocked              Reason = "account_locked"         // the directory says so
	ReasonInactive            Reason = "inactive"               // the directory says so: suspended; on some Fusion pods also locked
	ReasonMustChange          Reason = "password_must_change"   // the directory says so
	ReasonExpired             Reason = "password_expired"       // the directory says so
	ReasonUnlockedWaiting     Reason = "unlocked_waiting"       // unlocked or active again; the API may lag behind for unlock_delay
	ReasonNoSuchUser          Reason = "no_such_user"           // 401, and the directory does not know the user
	ReasonSetElsewhere        Reason = "password_set_elsewhere" // 401, and somebody set a password after the stored one was right
	ReasonWrongPassword       Reason = "wrong_password"         // 401, and the directory shows nothing else that is wrong
	ReasonForeignFailures     Reason = "foreign_failed_logins"  // logs in, and somebody else's logins with this user are refused
	ReasonUnresolved          Reason = "rotation_unresolved"    // no password logs in, or the budget is spent
	ReasonUnverified          Reason = "rotation_unverified"    // Oracle said that it set the password, and no login has proved it
	ReasonRotationStopped     Reason = "rotation_stopped"       // logs in, and no rotation is tried any more after many failures
	ReasonStandby             Reason = "standby_trouble"        // logs in, and the standby account of the pair does not
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{
		ReasonLoggedIn, ReasonNoRows, ReasonNeverChecked, ReasonExpiring, ReasonPastExpiry,
		ReasonRefusedPastAge, ReasonRefused, ReasonModuleForbidden, ReasonAllModulesForbidden,
		ReasonModuleMissing, ReasonModuleError, ReasonNoOracleAPI, ReasonHostNotAllowed,
		ReasonLoginUnanswered, ReasonNoConnection, ReasonTLSFailure, ReasonTimeout, ReasonThrottled,
		ReasonUnavailable, ReasonUnexpected, ReasonPaused,
		ReasonLocked, ReasonInactive, ReasonMustChange, ReasonExpired, ReasonUnlockedWaiting,
		ReasonNoSuchUser, ReasonSetElsewhere, ReasonWrongPassword, ReasonForeignFailures,
		ReasonUnresolved, ReasonUnverified, ReasonRotationStopped, ReasonStandby,
	}
}

// ShownAs gives the one state and severity that a reason is shown with, so that who alerts on a reason knows both.
func (r Reason) ShownAs() (State, Severity) {
	switch r {
	case ReasonLoggedIn, ReasonNoRows:
		return StateOK, SeverityOK
	case ReasonForeignFailures, ReasonRotationStopped, ReasonStandby:
		return StateOK, SeverityWarning
	case ReasonNeverChecked:
		return StateUnchecked, SeverityUnknown
	case ReasonPaused:
		return StatePaused, SeverityOK
	case ReasonExpiring:
		return StateExpiring, SeverityWarning
	case ReasonPastExpiry:
		return StateExpiring, SeverityCritical
	case ReasonExpired, ReasonRefusedPastAge:
		return StateExpired, SeverityCritical
	case ReasonRefused, ReasonUnlockedWaiting, ReasonNoSuchUser, ReasonSetElsewhere, ReasonWrongPassword:
		return StateRejected, SeverityCritical
	case ReasonLocked:
		return StateLocked, SeverityCritical
	case ReasonInactive:
		return StateDisabled, SeverityCritical
	case ReasonMustChange:
		return StateMustChange, SeverityCritical
	case ReasonUnresolved:
		return StateUnresolved, SeverityCritical
	case ReasonUnverified:
		return StateUnverified, SeverityWarning
	case ReasonModuleForbidden, ReasonAllModulesForbidden, ReasonModuleMissing, ReasonModuleError:
		return StateLimited, SeverityWarning
	case ReasonNoOracleAPI, ReasonHostNotAllowed, ReasonLoginUnanswered, ReasonNoConnection, ReasonTLSFailure, ReasonTimeout,
		ReasonThrottled, ReasonUnavailable, ReasonUnexpected:
		return StateUnreachable, SeverityWarning
	}
	return "", ""
}

// reasonOf names why a pod could not be asked.
func reasonOf(o oracle.Outcome) Reason {
	switch o {
	case oracle.NoConnection:
		return ReasonNoConnection
	case oracle.TLSFailure:
		return ReasonTLSFailure
	case oracle.Timeout:
		return ReasonTimeout
	case oracle.Throttled:
		return ReasonThrottled
	case oracle.Unavailable:
		return ReasonUnavailable
	case oracle.NotFound:
		return ReasonNoOracleAPI
	case oracle.HostNotAllowed:
		return ReasonHostNotAllowed
	case oracle.UnexpectedContent, oracle.Rows, oracle.NoRows, oracle.Refused, oracle.Forbidden:
	}
	return ReasonUnexpected
}
