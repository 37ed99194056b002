// Package web is what the agent answers over HTTP: metrics, health, readiness, the report as JSON, and reload.
//
// It shows what the agent knows and asks nobody itself. TLS and passwords are the web config file's, as with every
// Prometheus exporter.
package web
