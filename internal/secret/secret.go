// Package secret holds a value that cannot be printed.
//
// It is for passwords on their way from storage to a request or to an answer that is meant to carry
// them. It is not for storing: a Value refuses to be turned into JSON text that holds the secret, so a
// stored struct has to call Reveal, which makes the word Reveal the one thing to search for when asking
// where a secret goes.
//
// Invariant: no verb of package fmt, no encoder and no logger ever sees the characters of a Value.
package secret

import (
	"crypto/subtle"
	"fmt"
)

// redacted is what every print form of a Value shows.
const redacted = "[redacted]"

// Value is a secret string. Its zero value is the empty secret.
//
// The characters sit behind a pointer: printing a struct with %+v reaches unexported fields without
// asking for their methods, and then shows an address instead of the secret.
type Value struct {
	text *string
}

// New wraps text.
func New(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{text: &text}
}

// Reveal gives the characters. Only a request to Oracle, a storage entry and the answers of creds/ and
// connector/ have a reason to call it.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero says whether the secret is empty.
func (v Value) IsZero() bool { return v.text == nil }

// Equal compares two secrets in a time that does not depend on where they differ.
func (v Value) Equal(other Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(other.Reveal())) == 1
}

// String implements fmt.Stringer.
func (Value) String() string { return redacted }

// GoString implements fmt.GoStringer, for %#v.
func (Value) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb (%x, %d, %q) reaches the pointer.
func (Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText implements encoding.TextMarshaler, which hclog, slog and encoding/json ask for.
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
