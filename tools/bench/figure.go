package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// figure is one quantity over all rounds: its median, and the quarter and three quarters between which half of the
// rounds lie.
type figure struct{ median, low, high float64 }

// figureOf summarizes rounds; of none it is all NaN.
func figureOf(rounds []float64) figure {
	return figure{median: quantile(rounds, 0.5), low: quantile(rounds, 0.25), high: quantile(rounds, 0.75)}
}

// quantile interpolates between the two nearest of the values; of none it is NaN.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// percentile is the smallest duration that at least p of all do not exceed: a request that took place, not a mean of two.
// Of none it is 0.
func percentile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// ratios divides rounds pairwise: both of a pair met the same state of the machine.
func ratios(above, below []float64) []float64 {
	quotients := make([]float64, 0, min(len(above), len(below)))
	for i := range min(len(above), len(below)) {
		quotients = append(quotients, above[i]/below[i])
	}
	return quotients
}

// slope is the least-squares line through points: what y begins with, and what each x adds.
func slope(x, y []float64) (start, each float64) {
	n := float64(len(x))
	var sumX, sumY, sumXX, sumXY float64
	for i := range x {
		sumX, sumY = sumX+x[i], sumY+y[i]
		sumXX, sumXY = sumXX+x[i]*x[i], sumXY+x[i]*y[i]
	}
	each = (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
	return (sumY - each*sumX) / n, each
}

// written is a number with as many digits as it can be read by.
func written(value float64) string {
	switch size := math.Abs(value); {
	case math.IsNaN(value):
		return "–"
	case size >= 100 || value == math.Trunc(value):
		return fmt.Sprintf("%.0f", value)
	case size >= 10:
		return fmt.Sprintf("%.1f", value)
	case size >= 0.095:
		return fmt.Sprintf("%.2f", value)
	}
	return fmt.Sprintf("%.2g", value)
}

// in gives durations as numbers of a unit.
func in(unit time.Duration, all ...time.Duration) []float64 {
	numbers := make([]float64, len(all))
	for i, d := range all {
		numbers[i] = float64(d) / float64(unit)
	}
	return numbers
}

// bound is what a figure is held to.
type bound struct {
	value float64
	least bool // the figure must reach it; else it must not pass it
}

func (b bound) met(value float64) bool {
	if b.least {
		return value >= b.value
	}
	return value <= b.value
}
