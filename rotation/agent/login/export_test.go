package login

import (
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// NewOver is New over a transport of the test's.
func NewOver(cfg config.Vault, logger hclog.Logger, transport http.RoundTripper) (*Session, error) {
	return newSession(cfg, logger, func(http.RoundTripper) http.RoundTripper { return transport })
}

// MaxAnswer is the bound of an answer.
const MaxAnswer = maxAnswer

// Wait is how long a login waits after failures.
var Wait = wait

// The named times.
const (
	MaxWait        = maxWait
	MaxRefusedWait = maxRefusedWait
	PollEvery      = pollEvery
	LookEvery      = lookEvery
	BlindEvery     = blindEvery
)

// Facts are what is known of a token and of how it came.
type Facts struct {
	Left                   time.Duration // until its end; 0: it has none
	Lifetime               int           // in seconds, at its login
	Renewable, Given, Kept bool
}

func (f Facts) token(now time.Time) (token, method) {
	held := token{renewable: f.Renewable, lifetime: f.Lifetime}
	if f.Left != 0 {
		held.end, held.ends = now.Add(f.Left), true
	}
	return held, method{given: f.Given, kept: f.Kept}
}

// Next is what is to be done about a token, and in how long.
func Next(now time.Time, facts Facts, draw float64) (todo string, in time.Duration) {
	held, way := facts.token(now)
	step, at := held.next(now, way, draw)
	if step == stepNone {
		return string(step), 0
	}
	return string(step), at.Sub(now)
}

// Renewed is the token after a renewal that gave it so many seconds.
func Renewed(now time.Time, facts Facts, seconds int) Facts {
	held, _ := facts.token(now)
	held = held.renewed(now, seconds)
	facts.Left, facts.Renewable = held.end.Sub(now), held.renewable
	return facts
}

// Looked is the token after a look at it that gave it so many seconds.
func Looked(now time.Time, facts Facts, seconds int) Facts {
	held, _ := facts.token(now)
	facts.Left = 0
	if held = held.looked(now, seconds); held.ends {
		facts.Left = held.end.Sub(now)
	}
	return facts
}
