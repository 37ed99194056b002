package rotation

import (
	"fmt"
	"strings"
	"time"
)

// rotationWords is the message for a rotation that needs a hand, or an eye.
func rotationWords(s Snapshot, reason Reason, now time.Time) string {
	name, r := s.Integration.Name, s.Integration.Rotation
	target := s.rotating().Integration
	account := ""
	if r.Pair {
		account = " account=standby"
	}
	switch reason {
	case ReasonUnresolved:
		return fmt.Sprintf("A rotation of %s begun on %s is not settled: %s. Every password that may be live is kept. Look at the account in Fusion, then say which one is live: reconcile/%s%s action=use_pending (the new one), use_current (the one before), %sor set one by hand and adopt it with action=adopt; each spends one login.",
			target.Username, stamp(r.Begun), settleWords(s, now), name, account, previousWords(target.Rotation))
	case ReasonUnverified:
		serves := "applications read the one before, which was proved"
		if r.Served {
			serves = "applications read the new one"
		}
		return fmt.Sprintf("Oracle said that it set a new password for %s, and no login has proved it yet: %s. %s, or write reconcile/%s%s action=release to try now.",
			target.Username, serves, tryWords(s, now), name, account)
	case ReasonRotationStopped:
		return fmt.Sprintf("Logs in, but %d rotations in a row came to nothing, so none is tried by itself any more: %s. Then write rotate/%s.",
			r.Retry.Failures, ErrorWords(s.Integration), name)
	case ReasonStandby:
		return fmt.Sprintf("Logs in, but the standby account of the pair needs a hand before the next rotation: read standby in status/%s.", name)
	default:
		return ""
	}
}

// renewWords says how a password that expires gets a successor.
func renewWords(s Snapshot, now time.Time) string {
	name, r := s.Integration.Name, s.Integration.Rotation
	switch next := s.NextRotation(now); {
	case r.Way == WayNone:
		return fmt.Sprintf("Set a new one for %s in Fusion, then write it to integrations/%s.", s.Integration.Username, name)
	case !next.IsZero() && next.Before(s.Expiry()):
		return fmt.Sprintf("The engine rotates it at %s; write rotate/%s to do it now.", stamp(next), name)
	}
	return fmt.Sprintf("Write rotate/%s, or have the policy rotate it in time with rotate_before_expiry.", name)
}

// keptWords names what a person can state when the stored password is refused and others are kept.
func keptWords(s Snapshot, v Verdict) string {
	r := s.Integration.Rotation
	if v.State != StateRejected && v.Reason != ReasonRefusedPastAge || r.Kept == 0 && !r.Previous {
		return ""
	}
	words := fmt.Sprintf(" Or, if you know which one is live, say so with reconcile/%s:", reconciled(s))
	if r.Kept > 0 {
		words += " action=use_pending (the last one that Oracle was asked to set)"
	}
	if r.Kept > 0 && r.Previous {
		words += ", or"
	}
	if r.Previous {
		words += " action=use_previous (the last other one that logged in)"
	}
	return words + "."
}

func previousWords(r Standing) string {
	if !r.Previous {
		return ""
	}
	return "use_previous (the last one before that which logged in), "
}

func settleWords(s Snapshot, now time.Time) string {
	switch Allow(s.rotating().Ledger, s.Policy, BySettling, now).Denial {
	case DenyWaits, DenyUnanswered:
		return "login_failure_budget is spent, so the engine tries no further"
	case DenyLocked:
		return "the directory says that the account is locked"
	case DenyLastAttempt:
		return "the directory says that one more refused login locks the account"
	case Allowed, DenyHeld, DenyPeopleBudget, DenyRejected, DenyRotating:
		return "neither the new password nor the one before logs in"
	default:
		return "no login can be spent on it now"
	}
}

func tryWords(s Snapshot, now time.Time) string {
	at := s.ResumeAt(now)
	switch {
	case at.IsZero():
		return "The engine spends no login by itself"
	case at.After(now):
		return "The engine tries it at " + stamp(at)
	}
	return "The engine tries it now"
}

// ErrorWords is the sentence for why the last rotation came to nothing; empty when it did not.
func ErrorWords(i Integration) string {
	r := i.Rotation
	words := errorWords(r.Error, i.Directory)
	if words != "" && r.Detail != "" {
		words += " (" + strings.TrimRight(r.Detail, ".") + ")"
	}
	return words
}

// RefusedToRotate is the sentence for a person whose rotation did not begin.
func RefusedToRotate(i Integration, why Failure) string { return errorWords(why, i.Directory) }

func errorWords(why Failure, directory string) string {
	switch why {
	case NoWay:
		return "nobody can set this password: name a directory on the integration, or let the user set its own with self_managed"
	case NeverLoggedIn:
		return "no stored password has logged in as this user on this server yet: check it first, so that no account can be taken over through a directory"
	case LoginsCharged:
		return "a refused or unanswered login stands against the account: see why in status, and settle that first (over a directory a person's rotate heals it)"
	case LoginHeldBack:
		return "the lockout guard allows no login now: read status"
	case TooManyCandidates:
		return fmt.Sprintf("the answers of %d requests to set a password were lost within a day, and each may still be carried out: wait until the oldest is a day old", maxCandidates)
	case GeneratorFailed:
		return "no password could be made: see the policy's password_policy and password_length"
	case DirectorySilent:
		if directory == "" {
			return "the pod could not be asked about the user: see the network and whether the pod is up"
		}
		return fmt.Sprintf("the directory %s could not be asked: read directories/%s", directory, directory)
	case DirectoryRefused:
		return "whoever sets the password may not: see the login and the role (Use REST Service - Identity Integration) of the directory, or of a user that sets its own"
	case DirectoryForbids:
		return fmt.Sprintf("the directory %s does not permit this user or host: correct its allowed_usernames or allowed_server_hosts", directory)
	case NoSuchUser:
		return "the directory does not know the user: correct username, spelled as in Fusion"
	case PolicyRefused:
		return "Oracle's password rules refused what was generated: set the policy's password_policy or password_length to fit them"
	case NotDone:
		return "Oracle said that it did nothing, or nothing could be sent"
	case AnswerLost:
		return "the answer to the request that sets the password was lost; which one is live is settled soon"
	case NotApplied:
		return "the answer was lost, and the password before is the live one"
	case NotProved:
		return "Oracle said that it set the password, and the new one does not log in"
	case CurrentRefused:
		return "Oracle refused the stored password, with which the user was to set the new one"
	case OutcomeUnknown:
		return "which password is live is not known: read status"
	case StoppedByPerson:
		return "a person settled it with reconcile"
	case RotationPaused:
		return "a pause began before anything was sent"
	case SharedAccount:
		return "a directory logs in as this user, too, and would lose its password: give the directory a user of its own"
	case NoFailure:
	}
	return ""
}
