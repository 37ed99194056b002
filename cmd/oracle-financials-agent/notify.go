package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// testTime is how long trying all receivers may take by itself: all are tried at once.
const testTime = 30 * time.Second

func notifyCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "Try whether messages arrive",
		Long: `Messages go out from the daemon, by itself: see run, and receivers in its configuration. This
command tries whether they arrive.`,
		Example: `  oracle-financials-agent notify test --config /etc/oracle-financials-agent/agent.yaml`,
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "test [RECEIVER...]",
		Short: "Send each configured receiver a test message",
		Long: `Sends the named receivers of the configuration, or all of them, one message that says that it is
a test, at once and whatever the hour. Run it as the agent's user, which can read the secrets.
Vault is not asked, and nothing is remembered of it.

Exit code: 0 if every receiver took its message, else 3.`,
		Example: `  oracle-financials-agent notify test --config /etc/oracle-financials-agent/agent.yaml
  oracle-financials-agent notify test on-call --config /etc/oracle-financials-agent/agent.yaml`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return s.notifyTest(cmd.Context(), args) },
	})
	return cmd
}

func (s *settings) notifyTest(ctx context.Context, names []string) error {
	format, err := s.format()
	if err != nil {
		return err
	}
	loaded, err := s.load()
	if err != nil {
		return err
	}
	chosen, err := chosenReceivers(loaded.Receivers, names)
	if err != nil {
		return err
	}
	limit := testTime
	if s.timeout > 0 {
		limit = s.timeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tried := output.Deliveries{All: make([]output.Delivery, len(chosen)), Now: time.Now()}
	message := notify.TestMessage(tried.Now)
	var all sync.WaitGroup
	for i, to := range chosen {
		all.Go(func() { tried.All[i] = tryReceiver(ctx, to, message) })
	}
	all.Wait()
	return finish(s.around.out, func(w io.Writer) error { return tried.Write(w, format) }, tried.ExitCode())
}

// chosenReceivers are the named receivers, or without names all of them.
func chosenReceivers(all []config.Receiver, names []string) ([]config.Receiver, error) {
	if len(all) == 0 {
		return nil, errors.New("no receivers are configured: add them to the file that --config names (docs/receivers.md says how)")
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []config.Receiver
	for _, name := range names {
		at := slices.IndexFunc(all, func(r config.Receiver) bool { return r.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no receiver of this name: the configuration has %s", strings.Join(receiverNames(all), ", "))
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

func receiverNames(all []config.Receiver) []string {
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
	}
	return names
}

// tryReceiver sends one message once.
func tryReceiver(ctx context.Context, to config.Receiver, message receiver.Message) output.Delivery {
	tried := output.Delivery{Receiver: to.Name, Type: string(to.Type), Taken: true}
	made, err := receiver.New(to, receiver.NewClient())
	if err == nil {
		err = made.Send(ctx, message)
	}
	if err != nil {
		tried.Taken, tried.Message = false, err.Error()
	}
	return tried
}
