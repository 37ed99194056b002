// Command bench measures the engine and its peers on this machine, and writes docs/performance.md with its plots. It is
// started by `make bench`, from the root of the source tree.
//
// Every figure is a ratio or a bound: what is compared meets the same machine in the same minutes, in interleaved rounds,
// by the same client. Nothing here is a test: a busy machine makes figures wide, and never red. Its own arithmetic is
// tested (go test ./...).
//
// One file measures one thing: creds.go reads of a credential, calm.go the same while checks run, sweep.go what is due,
// idle.go what is not due, unseal.go a start, memory.go memory, minute.go an agent's minute, growth.go growth, rotate.go a
// rotation, ceiling.go what the machine can do at most. The others are what these stand on: a Vault (stage.go), pods
// (pods.go), an estate of integrations (estate.go), the engine without Vault (inside.go), a client (client.go), arithmetic
// (figure.go), the table (table.go), the document (document.go) and its plots (plot.go).
package main
