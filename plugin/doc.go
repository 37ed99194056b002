// Package plugin is how Vault starts the engine, and which version it is.
//
// It is not for anything that a mount does: that is package backend.
//
// Invariant: one process serves every mount of the plugin, so nothing here, or below, keeps state outside
// of a backend.
package plugin
