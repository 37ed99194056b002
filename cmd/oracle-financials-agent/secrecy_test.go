package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand calls do for the program and each of its commands, the hidden ones too.
func everyCommand(do func(*cobra.Command)) {
	root := rootCommand(&settings{})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		do(cmd)
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	visit(root)
}

var secretName = regexp.MustCompile(`token|secret|password|passwd|credential|jwt|role-id|api-key`)

// A command line is in the history of the shell and in the list of processes.
func TestNoFlagTakesASecret(t *testing.T) {
	t.Parallel()
	flags := 0
	everyCommand(func(cmd *cobra.Command) {
		for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags(), cmd.InheritedFlags()} {
			set.VisitAll(func(flag *pflag.Flag) {
				flags++
				if secretName.MatchString(flag.Name) {
					t.Errorf("%s has the flag --%s: name a file, or let the environment say it", cmd.CommandPath(), flag.Name)
				}
			})
		}
	})
	if flags < 20 {
		t.Errorf("only %d flags were looked at", flags)
	}
}

// TestHelpOfEveryCommand holds each command to a sentence, an example of itself that is a command line, and flags that are
// described.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	everyCommand(func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		if strings.HasPrefix(path, program+" completion") || strings.HasPrefix(path, program+" help") {
			return // cobra's own
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: %q is no summary", path, cmd.Short)
		}
		if cmd.Runnable() && cmd.Name() != "docs" && !strings.Contains(cmd.Example, path) {
			t.Errorf("%s has no example of itself", path)
		}
		for _, line := range strings.Split(cmd.Long, "\n") {
			if len(line) > 100 {
				t.Errorf("%s: a line of its help is %d columns wide: %s", path, len(line), line)
			}
		}
		for _, example := range strings.Split(cmd.Example, "\n") {
			checkExample(t, path, example)
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Usage == "" {
				t.Errorf("%s: --%s is not described", path, flag.Name)
			}
		})
	})
}

// checkExample reads an example as the program would.
func checkExample(t *testing.T, path, example string) {
	t.Helper()
	_, words, found := strings.Cut(example, program+" ")
	if !found {
		return
	}
	words, _, _ = strings.Cut(words, " |")
	root := rootCommand(&settings{})
	cmd, args, err := root.Find(strings.Fields(words))
	if err != nil || cmd == root {
		t.Errorf("%s: the example %q is of no command: %v", path, example, err)
		return
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%s: the example %q: %v", path, example, err)
		return
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("%s: the example %q: %v", path, example, err)
	}
}
