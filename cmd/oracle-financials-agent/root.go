package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

const program = "oracle-financials-agent"

// surroundings are what the program reads and writes.
type surroundings struct {
	environ  func(string) string
	in       *os.File
	out, err io.Writer
}

// exitError ends the program without another word: the answer has said everything.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, around surroundings) int {
	s := &settings{around: around}
	root := rootCommand(s) //nolint:contextcheck // cobra hands the context on to each command
	root.SetArgs(args)
	root.SetIn(around.in)
	root.SetOut(around.out)
	root.SetErr(around.err)
	err := root.ExecuteContext(ctx)
	var code exitError
	switch {
	case err == nil:
		return output.ExitOK
	case errors.As(err, &code):
		return int(code)
	}
	for line := range strings.Lines(err.Error()) { // a configuration may have several faults
		s.warn("%s: %s", program, line)
	}
	if s.output == string(output.Nagios) {
		_ = output.NagiosFault(around.out, strings.ReplaceAll(err.Error(), "\n", "; ")) // a pipe that is gone can't be told so
	}
	return output.ExitUnknown
}

const rootHelp = `Watches the Oracle Fusion integration users that a Vault holds, tells when one needs a hand, and
starts the checks and rotations that are due. It asks the secrets engine for everything: no
password ever reaches it, and the Vault policy it needs could neither read one nor choose one.

Every command works without a file: Vault's own environment (VAULT_ADDR, VAULT_TOKEN, ...) is
enough. The file of --config says more; ORACLE_FINANCIALS_AGENT_MOUNTS, _INTERVAL, _LISTEN and so on
stand in for what it does not say, and flags come before both.

Exit code of status, check, sweep and plan: 2 if anything is critical, else 1 for a warning,
3 if something is not known, 0 if all is well; 3 also when Vault cannot be asked, or the
command or its configuration is wrong.`

func rootCommand(s *settings) *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Watch and rotate the Oracle integration users that Vault holds",
		Long:  rootHelp,
		Example: `  export VAULT_ADDR=https://vault.example.com:8200
  oracle-financials-agent status
  oracle-financials-agent check gl-prod
  oracle-financials-agent run --config /etc/oracle-financials-agent/agent.yaml`,
		Args:              noSuchCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) { s.flags = cmd.Flags() }
	s.define(root)
	root.AddCommand(
		runCommand(s), statusCommand(s), checkCommand(s), sweepCommand(s), planCommand(s), rotateCommand(s),
		validateCommand(s), notifyCommand(s), policyCommand(s), versionCommand(s), docsCommand(),
	)
	return root
}

// word is what a command can look like. What does not is not repeated: it may have been meant for another place.
var word = regexp.MustCompile(`^[a-z]{1,16}$`)

func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !word.MatchString(args[0]) {
		return fmt.Errorf("this is no command: %s --help lists those that there are", program)
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("there is no command %q: did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return fmt.Errorf("there is no command %q: %s --help lists those that there are", args[0], program)
}

// wrongFlag says what is wrong with a flag without repeating its value.
func wrongFlag(cmd *cobra.Command, err error) error {
	var (
		unknown  *pflag.NotExistError
		lacking  *pflag.ValueRequiredError
		invalid  *pflag.InvalidValueError
		sentence = "a flag is not well formed"
	)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		sentence = "there is no flag --" + unknown.GetSpecifiedName()
	case errors.As(err, &unknown):
		sentence = "there is no such short flag"
	case errors.As(err, &lacking):
		sentence = "--" + lacking.GetSpecifiedName() + " needs a value"
	case errors.As(err, &invalid):
		sentence = fmt.Sprintf("--%s does not take this value: it is a %s", invalid.GetFlag().Name, kindOf(invalid.GetFlag()))
	}
	return fmt.Errorf("%s: see %s --help", sentence, cmd.CommandPath())
}

// kindOf is what a flag takes.
func kindOf(flag *pflag.Flag) string {
	if flag.Value.Type() == "duration" {
		return "duration, such as 90s or 15m"
	}
	return "switch, and takes true or false at most"
}

// noArguments is the check of a command that takes none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments: see %s --help", cmd.Name(), cmd.CommandPath())
	}
	return nil
}
