package agent

import "time"

const (
	// healthyTicks intervals may pass without a tick, and healthyGrace on top for a machine that is busy or just woke.
	healthyTicks = 3
	healthyGrace = 30 * time.Second

	// spread is the part of an interval over which the agents of a fleet are spread.
	spread = 0.1

	// shortestInterval is the configuration's least; below it a loop would do nothing but ask.
	shortestInterval = time.Second
)

// healthy says whether the loop ticks: the last tick began a few intervals ago at most.
func healthy(ticked time.Time, interval time.Duration, now time.Time) bool {
	return now.Sub(ticked) <= healthyTicks*interval+healthyGrace
}

// nextTick is when the tick after now begins. The first one was at once, the later ones stand at whole intervals from it,
// put off by this process's phase (0 to 1). What was missed is not made up for.
func nextTick(first time.Time, interval time.Duration, phase float64, now time.Time) time.Time {
	interval = max(interval, shortestInterval)
	start := first.Add(time.Duration(phase * spread * float64(interval)))
	passed := now.Sub(start) / interval // zero before the start, too
	return start.Add((passed + 1) * interval)
}
