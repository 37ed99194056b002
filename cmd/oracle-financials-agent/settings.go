package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
	"vault-plugin-secrets-oracle-financials/rotation/agent/login"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// settings are the flags of every command, and what the program runs in.
type settings struct {
	around surroundings
	flags  *pflag.FlagSet // of the command that runs: those that were given are looked up here

	config    string
	output    string
	timeout   time.Duration
	mounts    []string
	address   string
	namespace string
}

// plainFlags are the flags that set a plain key of the configuration, and the key.
func plainFlags() map[string]string {
	return map[string]string{
		"log-level": "log_level", "log-format": "log_format", "listen": "listen", "external-url": "external_url", "interval": "interval",
		"state-dir": "state_dir", "web-config-file": "web_config_file",
	}
}

// define declares the flags that every command has.
func (s *settings) define(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&s.config, "config", "", "configuration `FILE`; without one, the environment and flags say everything")
	flags.StringArrayVar(&s.mounts, "mount", nil, "`PATH` of a mount of the engine, instead of those configured; may be repeated (default oracle-financials)")
	flags.StringVarP(&s.output, "output", "o", string(output.Text), "`FORMAT` of the answer: text, json or nagios")
	flags.DurationVar(&s.timeout, "timeout", 0, "how `LONG` the command may take, such as 90s or 15m (default: see each command)")
	flags.StringVar(&s.address, "address", "", "Vault's `URL`, instead of VAULT_ADDR")
	flags.StringVar(&s.namespace, "namespace", "", "`NAMESPACE` of the mounts, instead of VAULT_NAMESPACE (Vault Enterprise)")
	flags.String("log-level", "", "log from this `LEVEL` on: trace, debug, info, warn or error (default info)")
	flags.String("log-format", "", "`FORMAT` of the log: standard or json (default standard)")
	for flag, list := range map[string][]string{
		"output": texts(output.Formats()), "log-level": config.LogLevels(), "log-format": config.LogFormats(),
	} {
		_ = root.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)) // fails for a flag that is not there
	}
}

func texts[T ~string](list []T) []string {
	var texts []string
	for _, item := range list {
		texts = append(texts, string(item))
	}
	return texts
}

// load reads the configuration, with what flags say before what the environment and the file say.
func (s *settings) load() (config.Config, error) {
	loaded, err := config.Load(s.config, s.around.environ)
	if err != nil {
		return config.Config{}, err
	}
	if s.flags.Changed("address") {
		loaded.Vault.Address = s.address
	}
	if s.flags.Changed("namespace") {
		loaded.Vault.Namespace = strings.Trim(s.namespace, "/")
	}
	if s.flags.Changed("mount") {
		if err := loaded.Set("--mount", "mounts", strings.Join(s.mounts, ",")); err != nil {
			return config.Config{}, err
		}
	}
	for flag, key := range plainFlags() {
		if given := s.flags.Lookup(flag); given != nil && given.Changed {
			if err := loaded.Set("--"+flag, key, given.Value.String()); err != nil {
				return config.Config{}, err
			}
		}
	}
	return loaded, loaded.Check()
}

// format is what --output says.
func (s *settings) format() (output.Format, error) { return output.ParseFormat(s.output) }

// logger logs to standard error.
func (s *settings) logger(c config.Config) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{
		Name: program, Level: hclog.LevelFromString(c.LogLevel), Output: s.around.err, JSONFormat: c.LogFormat == "json",
		TimeFn: func() time.Time { return time.Now().UTC() },
	})
}

// asking is a command that has logged in to Vault.
type asking struct {
	*settings
	config config.Config
	engine *engine.Engine
	format output.Format
}

// ask loads, logs in and gives what a command needs to ask the engine, with a context that ends with its time.
func (s *settings) ask(ctx context.Context, limit time.Duration) (*asking, context.Context, context.CancelFunc, error) {
	format, err := s.format()
	if err != nil {
		return nil, nil, nil, err
	}
	loaded, err := s.load()
	if err != nil {
		return nil, nil, nil, err
	}
	session, err := login.New(loaded.Vault, s.logger(loaded))
	if err != nil {
		return nil, nil, nil, err
	}
	if s.timeout < 0 {
		return nil, nil, nil, errors.New("--timeout is a duration that is more than nothing, such as 90s")
	}
	if s.timeout > 0 {
		limit = s.timeout
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	if err := session.Login(bounded); err != nil {
		cancel()
		return nil, nil, nil, err
	}
	leave := func() {
		cancel()
		session.Leave(ctx)
	}
	return &asking{settings: s, config: loaded, engine: engine.New(session), format: format}, bounded, leave, nil
}

// names finds which integrations the arguments mean.
func (a *asking) names(ctx context.Context, texts []string) ([]once.Name, error) {
	return once.Resolve(ctx, a.engine, a.config.Mounts, texts)
}

// warn says something beside the answer, on a line of its own.
func (s *settings) warn(format string, args ...any) {
	fmt.Fprintln(s.around.err, output.Line(fmt.Sprintf(format, args...)))
}

// called is the name by which an integration can be asked for.
func (a *asking) called(name once.Name) string {
	if len(a.config.Mounts) > 1 {
		return name.Mount + "/" + name.Name
	}
	return name.Name
}

// finish writes an answer, and ends the program with its exit code.
func finish(w io.Writer, write func(io.Writer) error, code int) error {
	if err := write(w); err != nil {
		return fmt.Errorf("the answer could not be written: %w", err)
	}
	if code == output.ExitOK {
		return nil
	}
	return exitError(code)
}
