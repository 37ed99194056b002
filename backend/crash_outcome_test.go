package backend_test

import (
	"fmt"
	"testing"
	"time"
)

// outcome is what one trial came to.
type outcome struct {
	reached bool // the instant at which something was to happen
	rest    time.Duration
	excuse  string // why it needed a person
	lost    string // the first promise that was broken
}

// outcomes sums up what trials came to.
type outcomes struct {
	points, losses, people int
	latest                 time.Duration
}

// maxShown is how many losses are shown; the others are counted.
const maxShown = 3

// add takes a trial over, and shows its loss.
func (o *outcomes) add(t *testing.T, of string, tried outcome) {
	t.Helper()
	if tried.reached {
		o.points++
	}
	o.latest = max(o.latest, tried.rest)
	if tried.excuse != "" {
		o.people++
	}
	if tried.lost == "" {
		return
	}
	if o.losses++; o.losses <= maxShown {
		t.Errorf("%s: %.600s", of, tried.lost)
	}
}

// String implements fmt.Stringer.
func (o *outcomes) String() string {
	return fmt.Sprintf("%4d points, %d losses, %2d needed a person, at rest after %v at the latest", o.points, o.losses, o.people, o.latest)
}
