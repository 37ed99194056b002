package main

import (
	"math"
	"testing"
	"time"
)

func TestPercentileIsARequestThatTookPlace(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i) // in no order that helps
	}
	for _, row := range []struct {
		name string
		all  []time.Duration
		p    float64
		want time.Duration
	}{
		{"of none", nil, 0.5, 0},
		{"of one", []time.Duration{7}, 0.99, 7},
		{"half of two is the first", []time.Duration{9, 1}, 0.5, 1},
		{"half of a hundred", hundred, 0.5, 50},
		{"99 of a hundred", hundred, 0.99, 99},
		{"all", hundred, 1, 100},
		{"none", hundred, 0, 1},
	} {
		if got := percentile(row.all, row.p); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("what was given was sorted")
	}
}

func TestFigureIsMedianAndQuarters(t *testing.T) {
	t.Parallel()
	if got := figureOf([]float64{5, 1, 3, 2, 4}); got != (figure{3, 2, 4}) {
		t.Errorf("of 1 to 5: %v", got)
	}
	if got := figureOf([]float64{1, 2}); got != (figure{1.5, 1.25, 1.75}) {
		t.Errorf("of 1 and 2: %v", got)
	}
	if got := figureOf(nil); !math.IsNaN(got.median) {
		t.Errorf("of none: %v", got)
	}
}

func TestRatiosAreTakenWithinARound(t *testing.T) {
	t.Parallel()
	if got := figureOf(ratios([]float64{10, 100, 30}, []float64{20, 200, 60})); got != (figure{0.5, 0.5, 0.5}) {
		t.Errorf("a machine that is ten times as fast in one round gives %v, want one half", got)
	}
}

func TestSlopeIsTheLineThroughThePoints(t *testing.T) {
	t.Parallel()
	if start, each := slope([]float64{1, 10, 100}, []float64{5, 23, 203}); math.Abs(start-3) > 1e-9 || math.Abs(each-2) > 1e-9 {
		t.Errorf("the line begins at %v and rises by %v, want 3 and 2", start, each)
	}
}

func TestNumbersAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	for number, want := range map[float64]string{
		0: "0", 1: "1", 1.15: "1.15", 0.951: "0.95", 12.34: "12.3", 1234.5: "1234", 0.0123: "0.012", -3: "-3", 128: "128",
	} {
		if got := written(number); got != want {
			t.Errorf("%v is written %q, want %q", number, got, want)
		}
	}
}

func TestABoundHoldsAtItself(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		bound bound
		value float64
		want  bool
	}{
		{bound{1.6, true}, 1.6, true},
		{bound{1.6, true}, 1.59, false},
		{bound{value: 1.1}, 1.1, true},
		{bound{value: 1.1}, 1.11, false},
		{bound{value: 1.1}, math.NaN(), false},
		{bound{1.6, true}, math.NaN(), false},
	} {
		if got := row.bound.met(row.value); got != row.want {
			t.Errorf("%v holds %v: %t", row.bound, row.value, got)
		}
	}
}
