// Package login keeps the agent's session with Vault: it logs in by the configured method, renews the token for as long
// as Vault lets it, and logs in again when it ends.
//
// It reads no path but those of the login itself, and never judges what the engine answers. Its one invariant: logins are
// rare. A 403 on a path leads to a look at the token first, and a token that lives is kept, whatever it may not do.
package login
