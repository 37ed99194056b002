package oracle_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain plays the part of a process with a proxy in its environment when a test asks it to, and otherwise
// checks that no test leaves a connection behind.
func TestMain(m *testing.M) {
	if place := os.Getenv(askVariable); place != "" {
		askThroughProxy(place)
		return
	}
	goleak.VerifyTestMain(m)
}
