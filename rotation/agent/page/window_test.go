package page

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever stands between two is what a sort of everything would put there, and nothing is lost.
func TestOnlyWhatIsShownIsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Int(), 0, 600, rapid.ID).Draw(t, "all")
		switch rapid.SampledFrom([]string{"as they are", "sorted", "backwards"}).Draw(t, "order") {
		case "sorted":
			slices.Sort(all)
		case "backwards":
			slices.Sort(all)
			slices.Reverse(all)
		}
		from := rapid.IntRange(0, len(all)).Draw(t, "from")
		to := rapid.IntRange(from, len(all)).Draw(t, "to")
		want, got := slices.Sorted(slices.Values(all)), slices.Clone(all)
		sortBetween(got, from, to, cmp.Compare)
		if !slices.Equal(got[from:to], want[from:to]) {
			t.Fatalf("between %d and %d stand %v, not %v", from, to, got[from:to], want[from:to])
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Fatal("something was lost")
		}
	})
}

// A page of fifty must not cost a comparison of everything with everything, in whatever order they come.
func TestAPageCostsFewComparisons(t *testing.T) {
	const n = 10_000
	for name, of := range map[string]func(i int) int{
		"sorted": func(i int) int { return i }, "backwards": func(i int) int { return -i }, "shuffled": func(i int) int { return i * 7919 % n },
		"to the middle and back": func(i int) int { return max(i*2, (n-i)*2+1) },
	} {
		all := make([]int, n)
		for i := range all {
			all[i] = of(i)
		}
		compared := 0
		sortBetween(all, 7450, 7500, func(a, z int) int { compared++; return cmp.Compare(a, z) })
		if compared > 12*n {
			t.Errorf("%s: it takes %d comparisons", name, compared)
		}
	}
}
