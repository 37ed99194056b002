package e2e_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// rounds is how often a test does what it repeats: as often as an environment variable says, which make soak sets, else
// what an ordinary run has time for.
func rounds(t *testing.T, variable string, ordinary int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return ordinary
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number of rounds", variable, text)
	}
	return n
}

// seed begins what is left to chance in a test. It is printed, and SOAK_SEED gives it back.
func seed(t *testing.T) uint64 {
	t.Helper()
	begin := rand.Uint64()
	if text := os.Getenv("SOAK_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("SOAK_SEED is %q, want a number", text)
		}
		begin = given
	}
	t.Logf("SOAK_SEED=%d", begin)
	return begin
}
