// Package generator draws new passwords for Oracle users, and says what is wrong with one that was made elsewhere.
//
// It is for the built-in generator of a rotation, and for checking what a Vault password policy made. It is not for
// asking a directory which rules are in force, for running Vault's password policies, for storing a password, or for
// secrets that Oracle does not judge, such as tokens.
//
// Invariant: a password comes from the operating system's randomness alone, each that keeps the rules is as likely as
// any other, and Check finds nothing wrong with it under the same rules.
//
//	password, err := generator.Password(generator.Rules{Length: 24, Username: "INT_GL", MinDigits: 4})
package generator
