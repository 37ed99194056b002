// Package e2e proves what is only true with a real Vault: the plugin runs as a process of its own, is asked over Vault's
// API, and speaks to the simulated pod over TLS.
//
// It is for what crosses a boundary: registration, audit, tokens, kills, reloads, restarts, schedules that Vault's tick
// keeps alive. It is not for what one request and one decision come to; those tests lie beside the packages backend,
// rotation and oracle, and are quicker.
//
// Most tests share one Vault and have a mount and a pod of their own; those that kill or reload something start a Vault
// of their own. All run at once, because most of their time is waiting. Every password in here carries the same mark,
// and after the tests every log and audit file of every Vault is searched for it.
package e2e
