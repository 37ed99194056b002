package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// rotateTime is how long rotate may take by itself.
const rotateTime = 5 * time.Minute

func rotateCommand(s *settings) *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Give one integration a new password now, and wait for the outcome",
		Long: `Has the engine generate a password, set it in Oracle, prove it and serve it; nobody sees it.
Applications read the working password throughout. The phases are told as they pass.

It asks before it does anything; without a terminal it needs --yes. The policy of the agent does
not permit it: use an operator's token (deploy/policies/operator.hcl).

Exit code: that of the integration's status when the password was rotated (0 if all is well);
1 or worse when nothing was rotated, 2 when a person must settle which password is live, 3 when
it is not settled within the time. Waits 5 minutes, unless --timeout says otherwise; a rotation
that has begun goes on without it.`,
		Example: `  oracle-financials-agent rotate gl-prod
  oracle-financials-agent rotate gl-prod --yes --output json`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("rotate takes the name of one integration: see oracle-financials-agent rotate --help")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := s.confirm(args[0], yes); err != nil {
				return err
			}
			a, ctx, cancel, err := s.ask(cmd.Context(), rotateTime)
			if err != nil {
				return err
			}
			defer cancel()
			return a.rotate(ctx, args)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// confirm asks a person, where there is one.
func (s *settings) confirm(name string, yes bool) error {
	if yes {
		return nil
	}
	if !term.IsTerminal(int(s.around.in.Fd())) {
		return errors.New("nothing was rotated, because there is no terminal to ask on: --yes says that it is meant")
	}
	fmt.Fprintf(s.around.err, "Rotate the password of %s now? Only yes does it: ", output.Line(name))
	answer, err := bufio.NewReader(s.around.in).ReadString('\n')
	if err != nil || strings.TrimSpace(strings.ToLower(answer)) != "yes" {
		s.warn("Nothing was rotated.")
		return exitError(output.ExitWarning)
	}
	return nil
}

func (a *asking) rotate(ctx context.Context, args []string) error {
	names, err := a.names(ctx, args)
	if err != nil {
		return err
	}
	name := names[0]
	result, err := once.Rotate(ctx, a.engine, name, func(told once.Told) {
		if words := output.PhaseWords(told.Phase); words != "" { // else it has ended, and its outcome follows
			a.warn("%s: %s", a.called(name), words)
		}
		for _, warning := range told.Warnings {
			a.warn("%s: %s", a.called(name), warning)
		}
	})
	if err != nil {
		return notTold(name, err)
	}
	a.warn("%s: %s", a.called(name), outcomeWords(result))
	shown := output.Estate{Mounts: a.config.Mounts, Now: time.Now(), Statuses: []estate.Status{result.Status}}
	return a.showWith(shown, rotateCode(result))
}

// notTold says of a lost answer that the rotation may have begun.
func notTold(name once.Name, err error) error {
	var fault *engine.Fault
	if errors.As(err, &fault) && fault.Kind == engine.Unreachable {
		return fmt.Errorf("whether a rotation has begun is not known (%w): %s status %s/%s tells when Vault answers", err, program, name.Mount, name.Name)
	}
	return err
}

// outcomeWords tells an outcome to a person.
func outcomeWords(result once.Rotation) string {
	switch result.Outcome {
	case once.Rotated:
		return fmt.Sprintf("rotated; version %d is served", result.Status.Version)
	case once.Nothing:
		if result.Status.RotationError != "" {
			return "not rotated, the old password is served on: " + result.Status.RotationError
		}
		return "not rotated, the old password is served on"
	case once.Unresolved:
		return "which password is live is not known: the message says how a person settles it"
	case once.GoesOn:
	}
	return "not settled yet; it goes on by itself, and status shows when it is"
}

// rotateCode is the exit code of a rotation.
func rotateCode(result once.Rotation) int {
	code := output.ExitCode([]estate.Status{result.Status})
	switch result.Outcome {
	case once.Rotated:
		return code
	case once.Nothing:
		return max(code, output.ExitWarning)
	case once.Unresolved:
		return output.ExitCritical
	case once.GoesOn:
		if code == output.ExitCritical {
			return code
		}
	}
	return output.ExitUnknown
}
