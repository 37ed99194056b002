// Package config is what an operator tells the agent: one YAML file, the environment, and what holds when neither speaks.
//
// It reads and judges; it opens no connection, and no file but the configuration itself until Validate is asked. Its two
// invariants: no secret is ever part of a configuration, only the place where one is read; and no fault repeats a value,
// because a secret pasted into the wrong line is the fault that most needs a message.
//
//	c, err := config.Load("/etc/oracle-financials-agent/agent.yaml", os.Getenv)
//	if err != nil { … } // every fault on a line of its own: file:line: key: what to do
//	err = c.Set("--interval", "interval", "30s") // a flag wins over both
//	err = c.Check()                              // with the flags; Validate looks at the files as well
package config
