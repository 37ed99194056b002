// Package output writes what the agent's commands answer: tables for people, JSON for programs, Nagios text for monitoring,
// and the exit code that goes with it.
//
// It asks nobody and decides nothing about an integration: it shows what the engine said. Its one invariant: what others
// wrote reaches a terminal or a monitoring system only as plain text, without control characters.
package output
