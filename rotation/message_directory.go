package rotation

import (
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// sighted is the message for what a directory showed.
func sighted(s Snapshot, r Record, reason Reason, now time.Time) string {
	name, user := s.Integration.Name, s.Integration.Username
	view, observed, _ := s.View()
	says := fmt.Sprintf("The directory %s says (%s) that", s.Integration.Directory, stamp(observed))
	switch reason {
	case ReasonLocked:
		return fmt.Sprintf("%s %s is locked%s. Stop what sends the wrong password, then unlock the user; the engine notices by itself and logs in %s later.", says, user, lockWords(s, view), words(s.Policy.UnlockDelay))
	case ReasonInactive:
		return fmt.Sprintf("%s %s is not active: suspended, or, on some pods, locked. Activate or unlock the user in Fusion's Security Console; the engine notices by itself and logs in %s later.", says, user, words(s.Policy.UnlockDelay))
	case ReasonMustChange:
		return fmt.Sprintf("%s %s must change the password before anything else. Sign in as that user once and set a new one, then write it to integrations/%s.", says, user, name)
	case ReasonExpired:
		return fmt.Sprintf("%s the password of %s has expired. Set a new one, then write it to integrations/%s.", says, user, name)
	case ReasonUnlockedWaiting:
		try := "with the next check"
		if at := s.Ledger.Lifted.Add(s.Policy.UnlockDelay); now.Before(at) {
			try = "at " + stamp(at)
		}
		return fmt.Sprintf("%s %s is unlocked and active again. Oracle's API may go on refusing for a while, so the engine logs in %s; write reconcile/%s action=release to try now, at the price of the hold if it is too early.", says, user, try, name)
	case ReasonNoSuchUser:
		return fmt.Sprintf("Oracle refused the login on %s, and the directory %s does not know the user %s: correct username, spelled as in Fusion.", refusedOn(s, r), s.Integration.Directory, user)
	case ReasonSetElsewhere:
		return fmt.Sprintf("Oracle refused the login on %s, and the password of %s was set on %s, after the stored one: %s. Write the new one to integrations/%s, or, if the stored one is right again, write reconcile/%s action=release.", refusedOn(s, r), user, stamp(view.PasswordSet), setBy(s), name, reconciled(s))
	case ReasonWrongPassword:
		return fmt.Sprintf("Oracle refused the login on %s; the directory shows nothing else that is wrong with %s, so the password is wrong. Write the right one to integrations/%s, or, if the stored one is right again, write reconcile/%s action=release.%s%s", refusedOn(s, r), user, name, reconciled(s), holdWords(s, now), leftWords(s))
	case ReasonForeignFailures:
		if s.Ledger.stopped(now) {
			return fmt.Sprintf("The last login worked, and nothing logs in any more: %s.", Denied(Decision{Denial: DenyLastAttempt}))
		}
		return fmt.Sprintf("Logs in, but Oracle refused %s with the user %s that the engine did not send: find the client that uses another password before it locks the account.%s", refusedLogins(others(r)), user, leftWords(s))
	default:
		return ""
	}
}

// reconciled is the name, and of a pair the account, that reconcile takes for this account.
func reconciled(s Snapshot) string {
	if s.Integration.Rotation.Standby {
		return s.Integration.Name + " account=standby"
	}
	return s.Integration.Name
}

// setBy says who may have set a password after the stored one.
func setBy(s Snapshot) string {
	if s.Integration.Rotation.Kept > 0 {
		return "by a rotation whose outcome was lost, or by somebody else"
	}
	return "somebody else set it"
}

// aboutDirectory tells when the directory is of no use just now, or lets nobody log in.
func aboutDirectory(s Snapshot, r Record, v Verdict, now time.Time) string {
	directory := s.Integration.Directory
	if directory == "" || v.State == StatePaused {
		return ""
	}
	view, fresh := s.Ledger.evidence()
	switch {
	case s.Ledger.stopped(now) && v.Reason != ReasonNeverChecked && v.Reason != ReasonForeignFailures: // those say it themselves
		return fmt.Sprintf(" Nothing logs in any more: %s.", Denied(Decision{Denial: DenyLastAttempt}))
	case s.Integration.NotServed != nil:
		return fmt.Sprintf(" The directory %s is not asked: %v.", directory, s.Integration.NotServed)
	case r.DirectorySilent:
		return fmt.Sprintf(" The directory could not be asked at the last check: read directories/%s.", directory)
	case fresh && view.Found == oracle.No && r.Login == LoginAccepted:
		return fmt.Sprintf(" The directory %s does not know this user, so it is of no use here: name the one that does.", directory)
	}
	return ""
}

// DirectoryWords says, to somebody whose login was refused or not sent, what the directory shows that is
// wrong with the account; empty when it shows nothing.
func DirectoryWords(l Ledger) string {
	view, fresh := l.evidence()
	if !fresh {
		return ""
	}
	switch {
	case view.Found == oracle.No:
		return " the directory does not know this user;"
	case view.Locked == oracle.Yes:
		return " the directory says that the account is locked;"
	case view.Active == oracle.No:
		return " the directory says that the account is not active;"
	case view.MustChange == oracle.Yes:
		return " the directory says that the password must be changed first;"
	case view.Expired == oracle.Yes:
		return " the directory says that the password has expired;"
	case blamesPassword(view):
		return " the directory shows nothing else that is wrong, so the password is wrong;"
	}
	return ""
}

func others(r Record) int {
	if r.ForeignFailures == nil {
		return 0
	}
	return *r.ForeignFailures
}

func lockWords(s Snapshot, view oracle.View) string {
	var b strings.Builder
	if !view.LockedSince.IsZero() {
		fmt.Fprintf(&b, " since %s", stamp(view.LockedSince))
	}
	switch view.LockReason {
	case oracle.LockedByPassword:
		b.WriteString(", by refused logins")
		if own := s.Ledger.refusals(); own > 0 {
			fmt.Fprintf(&b, " (%d of them the engine's own)", own)
		}
	case oracle.LockedByAdministrator:
		b.WriteString(", by an administrator")
	case oracle.LockedByReset, oracle.LockedByMFA, oracle.LockedByFederatedMFA, oracle.LockedByDatabaseLogin:
		fmt.Fprintf(&b, " (%s)", view.LockReason)
	case oracle.LockReasonNotKnown:
	}
	return b.String()
}

func leftWords(s Snapshot) string {
	left, known := s.Ledger.attemptsLeft()
	if !known {
		return ""
	}
	return fmt.Sprintf(" %d more refused would lock it.", left)
}

func refusedLogins(n int) string {
	if n == 1 {
		return "1 login"
	}
	return fmt.Sprintf("%d logins", n)
}

// words is a duration for people: whole hours or minutes where it is that.
func words(d time.Duration) string {
	switch {
	case d == 0:
		return "no time"
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

// directoryMessage is one sentence for a person about a directory itself.
func directoryMessage(d Directory, h Health, status DirectoryStatus, until time.Time) string {
	detail := ""
	if h.Detail != "" && h.Basis == d.Basis {
		detail = " (" + h.Detail + ")"
	}
	switch status.State {
	case DirectoryOK:
		return "Answers."
	case DirectoryUnchecked:
		return "Not asked yet: the next check of an integration that uses it does."
	case DirectoryHeld:
		if d.Rotating {
			return fmt.Sprintf("The password of %s is being rotated (rotation_phase %s), and until it is settled which one is live, nothing is asked through this directory. If that does not end by itself, look at the user in Fusion, then say which password is live with directories/%s/reconcile: action=use_pending (the new one), use_current (the one before), use_previous, or adopt with one that was set by hand.", d.User, d.Phase, d.Name)
		}
		wait := "the engine spends no further login by itself"
		if !until.IsZero() {
			wait = "the engine spends no further login before " + stamp(until)
		}
		return fmt.Sprintf("Logins of %s were refused or not answered, so %s: write the right secret to directories/%s, which proves it.", d.User, wait, d.Name)
	case DirectoryRejected:
		return fmt.Sprintf("The login of %s was refused%s: write the right secret to directories/%s.", d.User, detail, d.Name)
	case DirectoryForbidden:
		if d.Kind == oracle.FusionDirectory {
			return fmt.Sprintf("%s logs in, but may not look users up%s: grant a role with the privilege Use REST Service - Identity Integration (ASE_REST_SERVICE_ACCESS_IDENTITY_INTEGRATION_PRIV).", d.User, detail)
		}
		return fmt.Sprintf("The client %s may not look users up%s: grant it the app role User Administrator or Identity Domain Administrator.", d.User, detail)
	case DirectoryUnreachable:
		return fmt.Sprintf("Could not be asked%s: check url, ca_cert and the network between Vault and %s.", detail, oracle.Host(d.URL))
	}
	return ""
}
