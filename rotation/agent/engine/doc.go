// Package engine asks the engine's paths over Vault's API and says what came of it.
//
// It never logs in and decides nothing about an integration. Its one invariant: every failure is a Fault whose text is one
// sentence that says what to do next, and whose kind is of a closed list.
package engine
