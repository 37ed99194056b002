// Command dev starts what `make demo` plays on, a real Vault with the engine mounted and a simulated Oracle pod behind
// it, stores one integration, prints commands to try, and waits until it is interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

func main() {
	ctx, stop := stage.UntilInterrupted(context.Background())
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run serves until the context ends, which is no error.
func run(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "Building what is missing, and starting Vault and the simulated Oracle ...")
	if err := openAndServe(ctx, out); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Fprintln(out, "\nVault, the plugin and the simulator are stopped, and their files are deleted.")
	return nil
}

func openAndServe(ctx context.Context, out io.Writer) (err error) {
	s, err := stage.Open(ctx, "dev")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return serve(ctx, out, s)
}

// serve prepares the mount and waits.
func serve(ctx context.Context, out io.Writer, s *stage.Stage) error {
	if err := prepare(ctx, s); err != nil {
		return err
	}
	guide(out, s)
	select {
	case <-ctx.Done():
		return nil
	case <-s.VaultEnded():
		return fmt.Errorf("vault has ended; the end of its log:\n%s", s.VaultLog(15))
	case <-s.OracleEnded():
		return errors.New("the simulator has ended")
	}
}

// prepare mounts the engine, and stores the integration gl-prod of a user who can do a little too much.
func prepare(ctx context.Context, s *stage.Stage) error {
	if err := s.Mount(ctx); err != nil {
		return err
	}
	for _, line := range []string{
		s.Oracle("user add API_USER --access GL=granted,AP=granted,AR=granted --password-file " + stage.PasswordFile),
		"vault write oracle-financials/config allowed_hosts=localhost",
		"vault write oracle-financials/integrations/gl-prod server_url=" + s.OracleURL() + " username=API_USER password=@" +
			stage.PasswordFile + " ca_cert=@" + stage.CAFile + " modules=GL,AP",
	} {
		result, err := s.Run(ctx, line)
		if err != nil {
			return err
		}
		if result.Code != 0 {
			return fmt.Errorf("%s: exit code %d\n%s", line, result.Code, strings.TrimSpace(result.Stderr))
		}
	}
	return nil
}
