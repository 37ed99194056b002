// Package agent is the daemon: a second clock beside the engine's own, and the last known truth of every mount.
//
// Every interval it starts a sweep of each mount and reads what changed since the last report. It neither checks nor
// rotates anything itself, and it never holds a password. Its one invariant: a mount that cannot be read keeps what was
// known of it, and is shown as not up; half of a report is never taken over.
package agent
