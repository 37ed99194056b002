// Package estate is what the agent knows: every integration of every mount, as the engine last reported it.
//
// It is for reading a report and for what follows from several: merging changes, the worst state, what is shown first.
// It asks nobody and keeps no time of its own. Its one invariant: what the engine did not say stays unsaid, so that a
// time that is not known is absent and never zero.
package estate
