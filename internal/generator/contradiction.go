package generator

import "strings"

// contradiction is the error for rules that no password of a length keeps, as far as that can be seen without looking
// for one. The rules are those of builtIn.
func (r Rules) contradiction(length int, a alphabet) error {
	for _, k := range everyKind() {
		if a[k] == "" {
			return impossible("no %s is left that the built-in generator may use", k)
		}
	}
	need, found := r.need(a, length)
	letters := max(min(r.MinAlphas, length+1), need[upper]+need[lower])
	total := max(min(r.MinAlphanumerics, length+1), letters+need[digit]) + need[special]
	size := len(a.all())
	switch {
	case !found:
		return impossible("a character is required that the built-in generator never uses, or may not use here")
	case r.MaxSpecial > 0 && r.MaxSpecial < need[special]:
		return impossible("it would have to have more special characters than the %d it may have", r.MaxSpecial)
	case total > length:
		return impossible("the letters, digits and special characters that are asked for are more than a length of %d has", length)
	case r.MinUnique > min(length, size):
		return impossible("%d characters would have to occur only once, of %d in a length of %d", r.MinUnique, size, length)
	case r.MinNew > 0 && r.MinNew > min(length, unseen(a.all(), r.Previous.Reveal())):
		return impossible("%d of its characters would have to be new, more than can be", r.MinNew)
	case r.MaxRepeated > 0 && size*min(r.MaxRepeated, length) < length:
		return impossible("%d characters may each occur %d times, too seldom for a length of %d", size, r.MaxRepeated, length)
	}
	for _, k := range everyKind() {
		if r.MaxRepeated > 0 && len(a[k])*min(r.MaxRepeated, length) < need[k] {
			return impossible("the kind %s has too few characters (%d) for what is asked for, when each may occur %d times", k, len(a[k]), r.MaxRepeated)
		}
	}
	return nil
}

// need is how many characters of each kind there have to be, and whether the required ones are there to be used. What is
// more than the length by one or by a million is counted as one more, so that no sum overflows.
func (r Rules) need(a alphabet, length int) (need [kinds]int, found bool) {
	least := [kinds]int{upper: r.MinUpper, lower: r.MinLower, digit: r.MinDigits, special: r.MinSpecial}
	for _, k := range everyKind() {
		for _, char := range a[k] {
			if strings.ContainsRune(r.Required, char) {
				need[k]++
			}
		}
		need[k] = max(need[k], min(least[k], length+1))
	}
	all := a.all()
	return need, !strings.ContainsFunc(r.Required, func(char rune) bool { return !strings.ContainsRune(all, char) })
}
