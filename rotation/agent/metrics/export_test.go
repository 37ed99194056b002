package metrics

// What the tests of this package reach inside.
var (
	SweepLag = sweepLag
	Held     = held
	Valid    = valid
)
