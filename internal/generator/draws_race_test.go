//go:build race

package generator_test

// draws is how many passwords are drawn of each rule set. What is drawn does not depend on the race detector, only how
// long it takes.
const draws = 10_000
