// Package stage is what `make demo` and `make dev` play on: a real Vault in dev mode with the plugin in its plugin
// directory, a simulated Oracle pod in a process of its own, and a working directory with the files that the commands
// name, so that a command line is short.
//
// Commands are given as a person would type them and run as they are given. Nothing outlives Close, nor the process
// that opened the stage.
//
//	s, err := stage.Open(ctx, "demo")
//	...
//	defer s.Close()
//	result, err := s.Run(ctx, "vault read oracle-financials/status/gl-prod")
package stage
