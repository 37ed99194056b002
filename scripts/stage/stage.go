package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// EngineName is the plugin's name in Vault's catalog, and where it is mounted.
const EngineName = "oracle-financials"

// The files in the working directory, none of whose passwords ends with a line break.
const (
	PasswordFile      = "password.txt"
	WrongPasswordFile = "wrong-password.txt"
	NewPasswordFile   = "new-password.txt"
	ClientSecretFile  = "client-secret.txt"
	CAFile            = "pod-ca.pem"
)

// The passwords in those files. They open a simulator on this machine and nothing else.
const (
	Password      = "Summer-Ledger-26"
	WrongPassword = "Sumer-Ledger-26"  //nolint:gosec // G101: opens nothing at all
	NewPassword   = "Autumn-Ledger-26" //nolint:gosec // G101: opens a simulator only
	ClientSecret  = "Winter-Ledger-26" //nolint:gosec // G101: opens a simulator only
)

// Stage is a Vault, a simulated pod, and a directory to work in.
type Stage struct {
	dir    string // everything is below it
	work   string
	bin    string
	plugin vaultdev.Plugin
	vault  *vaultdev.Server
	oracle *oracle
}

// Open builds the plugin and the simulator, and starts Vault and the simulator. The plugin is not registered yet. The
// name becomes part of the directory's.
func Open(ctx context.Context, name string) (*Stage, error) {
	s := &Stage{}
	if err := s.open(ctx, name); err != nil {
		if ctx.Err() != nil { // a command that was killed does not say why
			err = ctx.Err()
		}
		return nil, errors.Join(fmt.Errorf("set the stage: %w", err), s.Close())
	}
	return s, nil
}

func (s *Stage) open(ctx context.Context, name string) error {
	if err := s.makeDirectories(name); err != nil {
		return err
	}
	if err := s.writePasswords(); err != nil {
		return err
	}
	binary, err := s.installTools(ctx)
	if err != nil {
		return err
	}
	if s.vault, err = vaultdev.StartDev(ctx, vaultdev.Options{Binary: binary, Dir: filepath.Join(s.dir, "vault")}); err != nil {
		return fmt.Errorf("start vault: %w", err)
	}
	if err := s.buildPlugin(ctx); err != nil {
		return err
	}
	s.oracle, err = startOracle(ctx, s.work, filepath.Join(s.bin, simulatorName), filepath.Join(s.dir, "oracle.log"))
	return err
}

// Close ends every process and removes every file of the stage.
func (s *Stage) Close() error {
	var errs []error
	if s.oracle != nil {
		errs = append(errs, s.oracle.stop())
	}
	if s.vault != nil {
		errs = append(errs, s.vault.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

func (s *Stage) makeDirectories(name string) error {
	made, err := os.MkdirTemp("", EngineName+"-"+name+"-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	s.dir, s.work, s.bin = made, filepath.Join(made, "work"), filepath.Join(made, "bin")
	for _, dir := range []string{s.work, s.bin} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return fmt.Errorf("make a directory: %w", err)
		}
	}
	return nil
}

func (s *Stage) writePasswords() error {
	for name, password := range map[string]string{
		PasswordFile: Password, WrongPasswordFile: WrongPassword, NewPasswordFile: NewPassword, ClientSecretFile: ClientSecret,
	} {
		if err := os.WriteFile(filepath.Join(s.work, name), []byte(password), 0o600); err != nil {
			return fmt.Errorf("write a password file: %w", err)
		}
	}
	return nil
}

// Mount registers the plugin with Vault and mounts it. The demo does the same by commands.
func (s *Stage) Mount(ctx context.Context) error {
	if err := vaultdev.RegisterPlugin(ctx, s.vault.Client(), s.plugin); err != nil {
		return err
	}
	return vaultdev.Mount(ctx, s.vault.Client(), EngineName, EngineName, s.plugin.Version)
}

// WorkDir is where the commands run.
func (s *Stage) WorkDir() string { return s.work }

// BinDir holds vault and the simulator's program, for a PATH.
func (s *Stage) BinDir() string { return s.bin }

// VaultAddress is the address of Vault's API.
func (s *Stage) VaultAddress() string { return s.vault.Address() }

// RootToken is the token of the one who may do everything.
func (s *Stage) RootToken() string { return s.vault.RootToken() }

// VaultEnded is closed when Vault has ended, for whatever reason.
func (s *Stage) VaultEnded() <-chan struct{} { return s.vault.Exited() }

// VaultLog returns the last lines of what Vault and the plugin logged, without the banner of the dev mode.
func (s *Stage) VaultLog(lines int) string {
	raw, err := os.ReadFile(s.vault.LogPath())
	if err != nil {
		return err.Error()
	}
	before, rest, _ := strings.Cut(string(raw), "WARNING! dev mode is enabled!")
	_, after, _ := strings.Cut(rest, "should NOT be used in production installations!")
	all := strings.Split(strings.TrimSpace(strings.TrimSpace(before)+"\n"+strings.TrimSpace(after)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
