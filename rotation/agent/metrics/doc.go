// Package metrics shows what the agent knows to Prometheus.
//
// Every scrape is made from one snapshot, so that what is gone has no series. It asks nobody and counts nothing of its own.
// Its one invariant: a time that is not known has no series, and is never zero.
package metrics
