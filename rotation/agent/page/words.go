package page

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// tone is how something is coloured, and which icon stands beside it. The list is closed. It never stands alone: a word
// says the same.
type tone string

// The tones.
const (
	toneCritical tone = "critical"
	toneWarning  tone = "warning"
	toneUnknown  tone = "unknown"
	toneOK       tone = "ok"
	tonePaused   tone = "paused"
	toneQuiet    tone = "quiet" // nothing to see
)

// mark is a state as a small sign: an icon by its tone, and a word.
type mark struct {
	Tone tone
	Word string
	Says string // the severity, for those who do not see the icon
}

// toneOf is the tone of an integration.
func toneOf(state rotation.State, severity rotation.Severity) tone {
	if state == rotation.StatePaused {
		return tonePaused
	}
	switch severity {
	case rotation.SeverityCritical:
		return toneCritical
	case rotation.SeverityWarning:
		return toneWarning
	case rotation.SeverityOK:
		return toneOK
	case rotation.SeverityUnknown:
	}
	return toneUnknown
}

func markOf(state rotation.State, severity rotation.Severity) mark {
	m := mark{Tone: toneOf(state, severity), Word: stateWord(state), Says: string(severity)}
	if state == rotation.StateOK && severity == rotation.SeverityWarning {
		m.Word = "OK, warning"
	}
	return m
}

// stateWord is a state in a word or two.
func stateWord(s rotation.State) string {
	switch s {
	case rotation.StateOK:
		return "OK"
	case rotation.StateMustChange:
		return "Must change"
	default:
		return spoken(string(s))
	}
}

// spoken is a code of the contract as people write: account_locked is "Account locked".
func spoken(code string) string {
	if code == "" {
		return ""
	}
	text := strings.ReplaceAll(code, "_", " ")
	first, width := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[width:]
}

// verdictWords is what is the case, in plain words.
func verdictWords(r row) string {
	switch r.State {
	case rotation.StateUnresolved:
		return "Nobody knows which password is live."
	case rotation.StateLocked:
		return "The account is locked."
	case rotation.StateDisabled:
		return "The account is not active."
	case rotation.StateMustChange:
		return "Oracle wants this user to set a new password first."
	case rotation.StateExpired:
		return "The password has expired."
	case rotation.StateRejected:
		return "Oracle refuses the login."
	case rotation.StateUnverified:
		return "A new password was set, and no login has proved it yet."
	case rotation.StateUnreachable:
		return "The pod could not be asked."
	case rotation.StateLimited:
		return "It logs in, but not every selected module answers."
	case rotation.StateExpiring:
		if r.Severity == rotation.SeverityCritical {
			return "The password is past its date, and still works."
		}
		return "The password expires soon."
	case rotation.StateOK:
		if r.Severity != rotation.SeverityOK {
			return "It logs in, but something beside it needs a look."
		}
		return "All is well."
	case rotation.StateUnchecked:
		return "This password has never been proved."
	case rotation.StatePaused:
		return "It is paused."
	}
	return "The engine calls this state " + string(r.State) + ", which this agent is too old to know."
}

// effectWords is what the applications that read the credential feel of a state.
func effectWords(r row) string {
	switch r.State {
	case rotation.StateLocked, rotation.StateDisabled, rotation.StateMustChange, rotation.StateExpired, rotation.StateRejected:
		return "Applications that use it cannot log in."
	case rotation.StateUnresolved:
		return "Applications may not be able to log in."
	case rotation.StateUnreachable:
		return "Nothing is known about the password until the pod answers."
	case rotation.StateUnverified:
		return "Applications may be reading a password that has not been proved."
	case rotation.StateLimited, rotation.StateExpiring, rotation.StateOK:
		return "Applications that use it can log in."
	case rotation.StateUnchecked, rotation.StatePaused:
	}
	return ""
}

// confidenceWords is where the verdict comes from.
func confidenceWords(c rotation.Confidence) string {
	switch c {
	case rotation.Confirmed:
		return "confirmed: Oracle said so"
	case rotation.Inferred:
		return "inferred, from age and history"
	case rotation.NoConfidence:
		return "none: nothing is known yet"
	}
	return string(c)
}

// phaseWords is where a rotation stands.
func phaseWords(p rotation.Phase) string {
	switch p {
	case rotation.PhasePrepared:
		return "Prepared: the new password is stored, and nothing was sent"
	case rotation.PhaseSent:
		return "Sent: Oracle was asked, and its answer is not settled"
	case rotation.PhaseUnverified:
		return "Unverified: Oracle took it, and no login has proved it"
	case rotation.PhaseUnresolved:
		return "Unresolved: which password is live is not known"
	case rotation.PhaseIdle, "":
		return "Idle"
	}
	return spoken(string(p))
}

// kindWords is what an event is about.
func kindWords(k rotation.EventKind) string {
	switch k {
	case rotation.EventWrite:
		return "Written"
	case rotation.EventCheck:
		return "Checked"
	case rotation.EventRotation:
		return "Rotation"
	case rotation.EventHold:
		return "Held back by the guard"
	case rotation.EventRelease:
		return "Hold lifted"
	case rotation.EventReconcile:
		return "Reconciled"
	case rotation.EventPause:
		return "Pause"
	}
	return spoken(string(k))
}

// stateTone is the tone of a state by itself, for a past of which no severity was kept.
func stateTone(s rotation.State) tone {
	switch s {
	case rotation.StateUnresolved, rotation.StateLocked, rotation.StateDisabled, rotation.StateMustChange, rotation.StateExpired, rotation.StateRejected:
		return toneCritical
	case rotation.StateUnverified, rotation.StateUnreachable, rotation.StateLimited, rotation.StateExpiring:
		return toneWarning
	case rotation.StateOK:
		return toneOK
	case rotation.StatePaused:
		return tonePaused
	case rotation.StateUnchecked:
	}
	return toneUnknown
}

// directoryWord is a directory's state in a word or two.
func directoryWord(s rotation.DirectoryState) string {
	if s == rotation.DirectoryOK {
		return "OK"
	}
	return spoken(string(s))
}

// directoryTone is the tone of a directory.
func directoryTone(s rotation.DirectoryState) tone {
	switch s {
	case rotation.DirectoryOK:
		return toneOK
	case rotation.DirectoryHeld, rotation.DirectoryRejected:
		return toneCritical
	case rotation.DirectoryForbidden, rotation.DirectoryUnreachable:
		return toneWarning
	case rotation.DirectoryUnchecked:
	}
	return toneUnknown
}

// directoryTypeWords is what kind of door a directory is.
func directoryTypeWords(kind string) string {
	switch kind {
	case "fusion":
		return "Fusion SCIM"
	case "identity_domain":
		return "Identity domain"
	}
	return kind
}
