//go:build !race

package generator_test

// draws is how many passwords are drawn of each rule set.
const draws = 100_000
