// Package once is what a person or a scheduler asks of the engine once: the whole estate, one sweep to its end, a check of
// several integrations, a rotation and what came of it.
//
// It writes nothing and keeps nothing; the daemon's loop is not here. Its one invariant: what could not be asked is a Fault
// beside what could, so that one mount or integration never hides the others.
package once
