package generator

import (
	"io"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// What only tests of this folder may reach: the drawing with another randomness, and of one character.

const (
	MaxBytes = maxBytes
	MaxTries = maxTries
)

func PasswordFrom(random io.Reader, rules Rules) (secret.Value, error) { return draw(random, rules) }

func Pick(source io.ByteReader, from string) (byte, error) { return pick(source, from) }
