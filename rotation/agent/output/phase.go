package output

import "vault-plugin-secrets-oracle-financials/rotation"

// PhaseWords tells a person where a rotation stands, and nothing when none is under way.
func PhaseWords(phase rotation.Phase) string {
	switch phase {
	case rotation.PhaseIdle, "":
		return ""
	case rotation.PhasePrepared:
		return "the new password is stored, and not sent yet (prepared)"
	case rotation.PhaseSent:
		return "the new password was sent to Oracle (sent)"
	case rotation.PhaseUnverified:
		return "Oracle took the new password, and it is not proved yet (unverified)"
	case rotation.PhaseUnresolved:
		return "which password is live is not known, and a person has to say it (unresolved)"
	}
	return plain(string(phase))
}
