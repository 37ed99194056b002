// Package vaultdev starts a real Vault for tests and the demo, and puts the plugin into it.
//
// Two kinds of server: StartDev is quick, unsealed and forgets everything; StartRaft keeps its state on disk and can be
// killed, restarted, sealed and unsealed. StartCluster makes a raft cluster of several, whose nodes can also hand over,
// be stopped and go on, and be cut off from one another. All listen on free loopback ports, log into a file of their
// own, and live in a process group of their own that dies with the process that started it, so that nothing is left
// behind.
//
// The package talks to Vault's API only and never imports Vault itself. It does not read the caller's VAULT_* variables,
// except that VAULT_BIN names the binary: a developer's own Vault is never touched.
//
//	server, err := vaultdev.StartDev(ctx, vaultdev.Options{Dir: t.TempDir()})
//	...
//	defer server.Close()
//	binary, err := vaultdev.BuildPlugin(ctx, server.PluginDir(), "v0.1.0")
//	err = vaultdev.RegisterPlugin(ctx, server.Client(), vaultdev.Plugin{Name: "oracle-financials", Binary: binary, Version: "v0.1.0"})
//	err = vaultdev.Mount(ctx, server.Client(), "oracle", "oracle-financials", "v0.1.0")
package vaultdev
