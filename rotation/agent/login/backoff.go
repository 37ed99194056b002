package login

import "time"

// How long the session waits before it tries to log in again.
const (
	// firstWait outlasts a Vault that hands over to another node.
	firstWait = time.Second
	// maxWait bounds the wait for a Vault that cannot be asked. It is the agent's usual interval, so that a Vault that comes
	// back after an hour is found at the next turn.
	maxWait = time.Minute
	// firstRefusedWait and maxRefusedWait are for a login that Vault refuses. By default Vault locks a role of AppRole after
	// five refusals within fifteen minutes (user_lockout); these waits make four at most. They cost little: what is mended
	// in a file is tried at once.
	firstRefusedWait = 2 * time.Minute
	maxRefusedWait   = 10 * time.Minute
	// spread is the part of a wait that is drawn, so that the agents of a house do not come back together.
	spread = 0.25
	// settled is how long a token has to last before its end counts as the usual one. Tokens that end sooner are waited
	// for like failures, or a role with a lifetime of a second would log in every second.
	settled = 5 * time.Second
)

// wait is how long to wait after so many failures in a row. Draw is from 0 to 1.
func wait(reason Reason, failures int, draw float64) time.Duration {
	delay, longest := firstWait, maxWait
	if reason == Refused || reason == Unready {
		delay, longest = firstRefusedWait, maxRefusedWait
	}
	for n := 1; n < failures && delay < longest; n++ { // no shift: the failures of a week would overflow it
		delay *= 2
	}
	return time.Duration(float64(min(delay, longest)) * (1 - spread*draw))
}
