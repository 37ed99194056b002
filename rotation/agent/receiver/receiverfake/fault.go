package receiverfake

import "time"

// Fault is what goes wrong with one request.
type Fault struct {
	kind       faultKind
	status     int
	retryAfter string
	wait       time.Duration
}

type faultKind int

const (
	drop faultKind = iota
	lose
	delay
	duplicate
	status
)

// Drop closes the connection before the message is taken.
func Drop() Fault { return Fault{kind: drop} }

// Lose takes the message, and closes the connection instead of answering.
func Lose() Fault { return Fault{kind: lose} }

// Delay takes the message after so long, and then answers. Who gives up earlier has not told it.
func Delay(wait time.Duration) Fault { return Fault{kind: delay, wait: wait} }

// Duplicate takes the message twice, as when something between repeats it.
func Duplicate() Fault { return Fault{kind: duplicate} }

// Status answers with a status and takes nothing.
func Status(code int) Fault { return Fault{kind: status, status: code} }

// Throttle answers 429 with a Retry-After, in seconds or as a date.
func Throttle(retryAfter string) Fault {
	return Fault{kind: status, status: 429, retryAfter: retryAfter}
}
