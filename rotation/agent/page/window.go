package page

import "slices"

// fewRows is how many are sorted rather than divided once more.
const fewRows = 64

// sortBetween puts those in their places that belong between two, and leaves the rest in any order: of 10,000 rows a page
// shows fifty. No two may be equal. Divisions that turn out badly, as an adversary's would, end in an ordinary sort.
func sortBetween[T any](all []T, from, to int, order func(a, z T) int) {
	for bad := 0; len(all) > fewRows && bad < 8; {
		at := divide(all, order)
		if at < len(all)/16 || at > len(all)-len(all)/16 {
			bad++
		}
		switch {
		case to <= at:
			all = all[:at]
		case from > at:
			all, from, to = all[at+1:], from-at-1, to-at-1
		default: // the window is on both sides
			sortBetween(all[:at], from, min(to, at), order)
			all, from, to = all[at+1:], 0, to-at-1
		}
	}
	if to > 0 && from < len(all) {
		slices.SortFunc(all, order)
	}
}

// divide puts what comes before one of them before it, the rest behind it, and gives its place.
func divide[T any](all []T, order func(a, z T) int) int {
	last := len(all) - 1
	places := []int{last / 4, last / 2, last - last/4}
	slices.SortFunc(places, func(i, k int) int { return order(all[i], all[k]) })
	all[places[1]], all[last] = all[last], all[places[1]] // the middle one of three waits at the end
	at := 0
	for i := range last {
		if order(all[i], all[last]) < 0 {
			all[i], all[at] = all[at], all[i]
			at++
		}
	}
	all[at], all[last] = all[last], all[at]
	return at
}
