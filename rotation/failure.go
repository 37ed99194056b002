package rotation

import "time"

// Failure is why a rotation did not begin, or came to nothing. The list is closed.
type Failure string

// The reasons. None of them leaves a password unknown: what may be live is stored.
const (
	NoFailure         Failure = ""
	NoWay             Failure = "no_way"               // neither a directory nor self_managed
	NeverLoggedIn     Failure = "never_logged_in"      // no stored password has logged in as this user on this server
	LoginsCharged     Failure = "logins_refused"       // a refused or unanswered login stands against the account
	LoginHeldBack     Failure = "login_held_back"      // the guard allows no login
	TooManyCandidates Failure = "too_many_candidates"  // answers of too many requests were lost
	GeneratorFailed   Failure = "generator_failed"     // no password could be made
	DirectorySilent   Failure = "directory_unanswered" // the directory could not be asked
	DirectoryRefused  Failure = "directory_refused"    // 401 or 403: whoever sets the password may not
	DirectoryForbids  Failure = "directory_forbids"    // allowed_usernames or its host does not permit this user
	NoSuchUser        Failure = "no_such_user"         // the directory does not know the user
	PolicyRefused     Failure = "policy_refused"       // Oracle's password rules refused what was generated
	NotDone           Failure = "not_done"             // nothing was sent, or Oracle said that it did nothing
	AnswerLost        Failure = "answer_lost"          // the answer was lost; what is live has to be settled
	NotApplied        Failure = "not_applied"          // the answer was lost, and the stored password is the live one
	NotProved         Failure = "not_proved"           // Oracle said that it set it, and the new one does not log in
	CurrentRefused    Failure = "current_refused"      // self_managed: the stored password was refused
	OutcomeUnknown    Failure = "outcome_unknown"      // no password logs in, or the guard's budget is spent
	StoppedByPerson   Failure = "stopped_by_person"    // reconcile ended it
	RotationPaused    Failure = "paused"               // a pause began before anything was sent
	SharedAccount     Failure = "shared_account"       // an integration and a directory, or two directories, log in as this user
)

// Failures lists every reason.
func Failures() []Failure {
	return []Failure{
		NoWay, NeverLoggedIn, LoginsCharged, LoginHeldBack, TooManyCandidates, GeneratorFailed, DirectorySilent, DirectoryRefused,
		DirectoryForbids, NoSuchUser, PolicyRefused, NotDone, AnswerLost, NotApplied, NotProved, CurrentRefused, OutcomeUnknown,
		StoppedByPerson, RotationPaused, SharedAccount,
	}
}

// MayBegin says why a rotation may not begin, by what is stored (protocol B1). A person's rotation through a
// directory heals an account whose login was refused, as long as no login may still arrive.
func (h Holding) MayBegin(l Ledger, by Initiator, now time.Time) Failure {
	keys := *h.target()
	switch {
	case h.Way == WayNone:
		return NoWay
	case h.Shared:
		return SharedAccount
	case !keys.KnownUser:
		return NeverLoggedIn
	case keys.full(now):
		return TooManyCandidates
	case now.Before(l.inFlightUntil(now)):
		return LoginHeldBack
	case by == ByPerson && h.Way == WayDirectory:
		return NoFailure
	case len(l.Charges) > 0:
		return LoginsCharged
	case l.shown() != Allowed:
		return LoginHeldBack
	}
	return NoFailure
}
