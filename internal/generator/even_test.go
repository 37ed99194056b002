package generator_test

import (
	"bytes"
	"crypto/rand"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/generator"
)

// oneIn is the significance of a chi-square test here: even counts are taken for uneven about once in a thousand
// million runs. It is the 1e-9 quantile of the normal distribution.
const oneIn = 5.9978

// tallied is how many passwords are drawn to see whether they are even, with the race detector too: fewer would not show
// what the uneven generators below do wrong.
const tallied = 100_000

// uneven says whether counts differ from what is expected by more than chance explains (Pearson's chi-square, with the
// quantile after Wilson and Hilferty). What is expected less than five times is counted together, as is usual. A count of
// what cannot be is always too much.
func uneven(counts, expected []float64) bool {
	statistic, free := 0.0, -1.0
	add := func(n, want float64) {
		if want > 0 {
			statistic += (n - want) * (n - want) / want
			free++
		}
	}
	rare, wantRare := 0.0, 0.0
	for i, n := range counts {
		switch want := expected[i]; {
		case want == 0 && n > 0:
			return true
		case want < 5:
			rare, wantRare = rare+n, wantRare+want
		default:
			add(n, want)
		}
	}
	add(rare, wantRare)
	root := 1 - 2/(9*free) + oneIn*math.Sqrt(2/(9*free))
	return statistic > free*root*root*root
}

// Of rules that so few passwords keep that all can be written down, each comes as often as any other.
func TestEachAllowedPasswordIsAsLikely(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		r   rules
		all int // worked out by hand: 8!/2!⁴ orders of the first, half of which begin with a letter, and so on
	}{
		"each character twice":     {rules{Length: 16, MaxLength: 8, Allowed: "aB1#", MaxRepeated: 2}, 1260},
		"three digits, two others": {rules{Length: 16, MaxLength: 8, Allowed: "aB1#", MinDigits: 3, MinSpecial: 2}, 1750},
		"with a name to avoid":     {rules{Length: 16, MaxLength: 8, Allowed: "aB1#", MaxRepeated: 2, Username: "Ba"}, 750},
		"with one required":        {rules{Length: 16, MaxLength: 8, Allowed: "aBc1#", MaxRepeated: 2, MinUnique: 2, Required: "c", MaxSpecial: 1, MinAlphas: 6}, 3780},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index := map[string]int{}
			for _, word := range everyWord(test.r.Allowed, 8) {
				if broken(word, test.r) == "" {
					index[word] = len(index)
				}
			}
			if len(index) != test.all {
				t.Fatalf("%d passwords keep the rules, want %d", len(index), test.all)
			}
			counts, expected := make([]float64, len(index)), make([]float64, len(index))
			const each = 10 // times, on the average
			for range each * test.all {
				i, found := index[drawn(t, test.r)]
				if !found {
					t.Fatal("a password that does not keep the rules")
				}
				counts[i]++
			}
			for i := range expected {
				expected[i] = each
			}
			if uneven(counts, expected) {
				t.Error("some passwords come more often than others")
			}
		})
	}
}

// everyWord lists the words of a length over an alphabet.
func everyWord(alphabet string, length int) []string {
	words := []string{""}
	for range length {
		var longer []string
		for _, word := range words {
			for _, char := range alphabet {
				longer = append(longer, word+string(char))
			}
		}
		words = longer
	}
	return words
}

// The alphabet by kinds, for the positions below.
var byKind = []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", specials}

// In each place of a password, each character is as likely as the count of all passwords that have it there says.
func TestEachPlaceIsEven(t *testing.T) {
	t.Parallel()
	if place := unevenPlace(t, func() string { return drawn(t, rules{Length: 16, MaxLength: 8}) }); place >= 0 {
		t.Errorf("place %d is uneven", place)
	}
}

// The test above sees generators that are not even.
func TestUnevenGeneratorsAreSeen(t *testing.T) {
	t.Parallel()
	all := strings.Join(byKind, "")
	letters := byKind[0] + byKind[1]
	one := func(from string) byte { return from[mathrand.IntN(len(from))] }
	keeps := func(word []byte) bool { return broken(string(word), rules{Length: 16, MaxLength: 8}) == "" }
	for name, generate := range map[string]func(word []byte){
		"bytes are taken modulo the alphabet": func(word []byte) {
			for first := true; first || !keeps(word); first = false {
				_, _ = rand.Read(word)
				word[0] = letters[int(word[0])%len(letters)]
				for i := 1; i < len(word); i++ {
					word[i] = all[int(word[i])%len(all)]
				}
			}
		},
		"a missing kind is put in afterwards": func(word []byte) {
			for {
				word[0] = one(letters)
				for i := 1; i < len(word); i++ {
					word[i] = one(all)
				}
				for _, kind := range byKind {
					if !bytes.ContainsAny(word, kind) {
						word[1+mathrand.IntN(len(word)-1)] = one(kind)
					}
				}
				if keeps(word) {
					return
				}
			}
		},
		"one of each kind, the rest from all, then mixed": func(word []byte) {
			for first := true; first || !keeps(word); first = false {
				for i := range word {
					word[i] = one(all)
					if i < len(byKind) {
						word[i] = one(byKind[i])
					}
				}
				mathrand.Shuffle(len(word), func(i, j int) { word[i], word[j] = word[j], word[i] })
			}
		},
		"the last character of a kind is left out": func(word []byte) {
			for first := true; first || !keeps(word); first = false {
				word[0] = one(letters[:len(letters)-1])
				for i := 1; i < len(word); i++ {
					word[i] = one(all)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			word := make([]byte, 8)
			if unevenPlace(t, func() string { generate(word); return string(word) }) < 0 {
				t.Error("it passes for even")
			}
		})
	}
	even := func() string {
		word := make([]byte, 8)
		for first := true; first || !keeps(word); first = false {
			word[0] = one(letters)
			for i := 1; i < len(word); i++ {
				word[i] = one(all)
			}
		}
		return string(word)
	}
	if unevenPlace(t, even) >= 0 {
		t.Error("an even one passes for uneven")
	}
}

// unevenPlace draws passwords of 8 characters and gives the first place whose characters do not come as often as they
// should, 8 when it is the numbers of characters of each kind that do not, or -1.
func unevenPlace(t *testing.T, generate func() string) int {
	t.Helper()
	const length, size = 8, 128
	var counts, expected [length][size]float64
	mixes, expectedMixes := make([]float64, 1<<16), make([]float64, 1<<16)
	for range tallied {
		password := generate()
		for place, char := range []byte(password) {
			counts[place][char]++
		}
		mixes[mixOf(password)]++
	}
	// Every order of kinds stands for as many passwords as the sizes of its kinds make.
	total, passwords := 0.0, map[string]float64{}
	for _, order := range everyWord("Aa1#", length) {
		if broken(order, rules{Length: 16, MaxLength: length}) != "" {
			continue
		}
		passwords[order] = 1
		for _, kind := range order {
			passwords[order] *= float64(len(byKind[kindAt(kind)]))
		}
		total += passwords[order]
	}
	for order, n := range passwords {
		share := tallied * n / total
		expectedMixes[mixOf(order)] += share
		for place, kind := range order {
			for _, char := range byKind[kindAt(kind)] {
				expected[place][char] += share / float64(len(byKind[kindAt(kind)]))
			}
		}
	}
	for place := range length {
		if uneven(counts[place][:], expected[place][:]) {
			return place
		}
	}
	if uneven(mixes, expectedMixes) {
		return length
	}
	return -1
}

func kindAt(char rune) int {
	return slices.IndexFunc(byKind, func(kind string) bool { return strings.ContainsRune(kind, char) })
}

// mixOf makes one number of how many characters of each kind there are.
func mixOf(password string) int {
	mix := 0
	for _, char := range password {
		mix += 1 << (4 * kindAt(char))
	}
	return mix
}

// Each of an alphabet's characters stands for as many bytes as any other, for every size of an alphabet.
func TestEveryCharacterHasAsManyBytes(t *testing.T) {
	t.Parallel()
	var bytesOnce [256]byte
	for i := range bytesOnce {
		bytesOnce[i] = byte(i)
	}
	for size := 1; size <= 128; size++ {
		alphabet := string(bytesOnce[:size])
		source := bytes.NewReader(bytesOnce[:])
		times := map[byte]int{}
		for {
			char, err := generator.Pick(source, alphabet)
			if err != nil {
				break
			}
			times[char]++
		}
		for i := range size {
			if times[byte(i)] != 256/size {
				t.Fatalf("of %d characters the one at %d stands for %d bytes, want %d", size, i, times[byte(i)], 256/size)
			}
		}
	}
}
