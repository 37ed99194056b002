package page

import (
	"bytes"
	"unicode/utf8"
)

// visible shows a mark in the place of what has no picture and works in secret: control characters, and the marks that
// turn the direction of text round. It reads the finished page, so that no name, message or word of Oracle's is
// forgotten; the page's own text has none of them but the line's end.
func visible(page []byte) []byte {
	if !hides(page) {
		return page
	}
	return bytes.Map(func(r rune) rune {
		if hidden(r) {
			return utf8.RuneError
		}
		return r
	}, page)
}

// hides says whether anything is hidden. Nearly all of a page is plain, and passed over quickly.
func hides(page []byte) bool {
	for i := 0; i < len(page); {
		if plain := page[i]; plain >= ' ' && plain < 0x7f || plain == '\n' {
			i++
			continue
		}
		r, width := utf8.DecodeRune(page[i:])
		if hidden(r) {
			return true
		}
		i += width
	}
	return false
}

// hidden says whether a rune is a control character other than white space, or directs the text around it.
func hidden(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == '\r':
		return false
	case r < ' ', r >= 0x7f && r < 0xa0: // C0, delete, C1
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f: // marks of direction
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
		return true
	}
	return r == 0x2028 || r == 0x2029 || r == 0xfeff
}
