package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

const program = "oracle-financials-sim"

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command may read and write.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// action runs a command whose flags have been parsed; args are as many as the command names.
type action func(ctx context.Context, s streams, args []string) error

// command is one command of the program.
type command struct {
	name    string // one or two words
	args    string // the arguments, one word each
	summary string // for the list of commands
	details string // for the command's own help; may be empty
	example string
	define  func(*flag.FlagSet) action
}

// usageError is a mistake on the command line.
type usageError struct{ sentence string }

func (u usageError) Error() string { return u.sentence }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, streams{in: stdin, out: stdout, err: stderr})
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v\n", program, err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	return exitFailed
}

func dispatch(ctx context.Context, args []string, s streams) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		printCommands(s.out)
		return nil
	}
	cmd, rest, err := find(args)
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // its errors are printed once, by run
	act := cmd.define(flags)
	positional, err := parse(flags, rest)
	if errors.Is(err, flag.ErrHelp) {
		cmd.printHelp(s.out, flags)
		return nil
	}
	if err != nil {
		return usagef("%v: see %s %s --help", err, program, cmd.name)
	}
	if want := len(strings.Fields(cmd.args)); !cmd.variadic() && len(positional) != want || len(positional) < want {
		return usagef("usage: %s", cmd.usage())
	}
	return act(ctx, s, positional)
}

// find splits a command line into its command and the rest.
func find(args []string) (command, []string, error) {
	var group []string
	for _, cmd := range commands() {
		words := strings.Fields(cmd.name)
		if words[0] != args[0] {
			continue
		}
		if len(words) == 1 {
			return cmd, args[1:], nil
		}
		if len(args) > 1 && words[1] == args[1] {
			return cmd, args[2:], nil
		}
		group = append(group, words[1])
	}
	if group != nil {
		return command{}, nil, usagef("%q needs one of: %s", args[0], strings.Join(group, ", "))
	}
	return command{}, nil, usagef("unknown command %q: %s --help lists the commands", args[0], program)
}

// parse reads flags before, between and after the arguments; after "--" everything is an argument.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var positional []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		rest := flags.Args()
		if len(rest) == 0 {
			return positional, nil
		}
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(positional, rest...), nil
		}
		positional = append(positional, rest[0])
		args = rest[1:]
	}
}

// variadic commands end their arguments with dots.
func (c command) variadic() bool { return strings.HasSuffix(c.args, "...") }

func (c command) usage() string {
	return strings.Join(strings.Fields(program+" "+c.name+" "+c.args+" [FLAGS]"), " ")
}

func (c command) printHelp(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", c.summary, c.usage())
	if c.details != "" {
		fmt.Fprintf(w, "\n%s\n", c.details)
	}
	fmt.Fprintf(w, "\nExample: %s %s\n\nFlags:\n", program, c.example)
	flags.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(w, "  %-30s %s\n", strings.TrimSpace("--"+f.Name+" "+value), usage)
	})
}

func printCommands(w io.Writer) {
	fmt.Fprintf(w, `A simulated Oracle Fusion pod for tests and demonstrations.

Usage: %s COMMAND [ARGUMENTS] [FLAGS]

serve runs a pod; every other command steers a running one through its control port.

`, program)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-38s %s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	fmt.Fprintf(w, `
Durations are such as 90m, 2h30m or, in whole days, 80d. Passwords and client secrets are read
from a file or from standard input.
Exit code: 0 done, 1 failed, 2 wrong usage. See %s COMMAND --help for flags and an example.
`, program)
}
