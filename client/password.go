package client

import (
	"crypto/subtle"
	"fmt"
)

// redacted is what every print form of a Password shows.
const redacted = "[redacted]"

// Password is a text that cannot be printed: no verb of fmt, no encoder and no logger shows it. Its zero value is the
// empty password.
//
// The characters sit behind a pointer: printing a struct with %+v reaches unexported fields without asking for their
// methods, and then shows an address.
type Password struct {
	text *string
}

// NewPassword wraps text; tests and fakes need it.
func NewPassword(text string) Password { return Password{text: &text} }

// Reveal gives the characters, for the one request that needs them.
func (p Password) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// Equal compares two passwords in a time that does not depend on where they differ.
func (p Password) Equal(other Password) bool {
	return subtle.ConstantTimeCompare([]byte(p.Reveal()), []byte(other.Reveal())) == 1
}

// String implements fmt.Stringer.
func (Password) String() string { return redacted }

// GoString implements fmt.GoStringer, for %#v.
func (Password) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb (%x, %d, %q) reaches the pointer.
func (Password) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText implements encoding.TextMarshaler, which slog, hclog and encoding/json ask for.
func (Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }
