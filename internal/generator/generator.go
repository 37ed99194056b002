package generator

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// maxTries bounds how many passwords are drawn to find one that keeps the rules. Of 16 characters or more, four in five
// keep the built-in rules; with four of each kind in 16 it is one in 200. Where it is one in 10,000, so many tries find
// none once in 200 thousand million times. Rules that leave far fewer are an error, after a second at 64 characters.
const maxTries = 1 << 18

// Password draws a password. The error says in one sentence which rules contradict each other, or that randomness
// failed, and what to do.
func Password(rules Rules) (secret.Value, error) { return draw(rand.Reader, rules) }

// draw draws whole passwords, each character evenly from all that may stand in its place, and takes the first that
// keeps the rules. One that does not is thrown away whole: mending it would make some passwords likelier than others,
// while so each that keeps the rules is as likely as any other.
func draw(random io.Reader, rules Rules) (secret.Value, error) {
	rules = rules.builtIn()
	length, err := rules.length()
	if err != nil {
		return secret.Value{}, err
	}
	alphabet := rules.alphabet()
	if err := rules.contradiction(length, alphabet); err != nil {
		return secret.Value{}, err
	}
	first, other, words := alphabet.letters(), alphabet.all(), rules.words()
	source := bufio.NewReaderSize(random, 4*maxChoice)
	password := make([]byte, length)
	for range maxTries {
		for i := range password {
			from := other
			if i == 0 {
				from = first
			}
			if password[i], err = pick(source, from); err != nil {
				return secret.Value{}, fmt.Errorf("read random bytes for a password: %w: try again, and look after the machine if it comes again", err)
			}
		}
		if text := string(password); rules.fault(text, words) == "" {
			return secret.New(text), nil
		}
	}
	return secret.Value{}, impossible("hardly one of length %d keeps all the rules, and none was found in %d tries", length, maxTries)
}

// errStuck is randomness that cannot be random.
var errStuck = errors.New("the source gives no byte that can be used")

// maxBytes bounds how many bytes are read for one character. More than half of all bytes can be used, so that this many
// in a row cannot be found useless but by a broken source.
const maxBytes = 256

// pick draws one of at most 128 characters, each as likely as any other: bytes beyond the last whole multiple of how
// many there are would favour the first ones, and are not used.
func pick(source io.ByteReader, from string) (byte, error) {
	usable := 256 - 256%len(from)
	for range maxBytes {
		b, err := source.ReadByte()
		if err != nil {
			return 0, err
		}
		if int(b) < usable {
			return from[int(b)%len(from)], nil
		}
	}
	return 0, errStuck
}
