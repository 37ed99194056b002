// Command podtest asks a real Oracle Fusion pod what docs/oracle.md only assumes, and says where the pod differs.
//
// It reads and changes nothing. It asks one thing at a time, sends a password over TLS to the addresses it was given and
// nowhere else, and never sends one again. Its invariant: after a login that was refused, or that got no answer, no
// password leaves any more, so that a run costs at most one refused login; and none at all on purpose, unless its user
// was named for it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Exit codes.
const (
	exitAgrees  = 0 // nothing that was asked differs from the page
	exitDiffers = 1
	exitUsage   = 2 // nothing was asked
	exitEnded   = 3 // ended early: a login was refused, or the pod could not be asked
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run reads flags and environment, asks, and returns the exit code.
func run(ctx context.Context, arguments []string, getenv func(string) string, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("podtest", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the flag package would print its own form of help
	list := flags.Bool("list", false, "")
	path := flags.String("o", "", "")
	err := flags.Parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, help())
		return exitAgrees
	case err != nil || flags.NArg() > 0:
		fmt.Fprintln(complaints, "podtest: it takes -list, -o FILE and -h, and everything else from the environment")
		return exitUsage
	case *list:
		fmt.Fprint(out, listing())
		return exitAgrees
	}
	set, err := readSettings(getenv)
	if err != nil {
		fmt.Fprintln(complaints, "podtest:", err)
		return exitUsage
	}
	if err := ask(ctx, set, *path, out); err != nil {
		fmt.Fprintln(complaints, "podtest:", err)
		return codeOf(err)
	}
	return exitAgrees
}

var (
	errDiffers = errors.New("the pod differs from docs/oracle.md: see the rows marked DIFFERS")
	errEnded   = errors.New("not everything was asked")
	errFile    = errors.New("write the table")
)

func codeOf(err error) int {
	switch {
	case errors.Is(err, errEnded):
		return exitEnded
	case errors.Is(err, errDiffers):
		return exitDiffers
	}
	return exitUsage
}

// ask runs the checks, shows each row as it is found, and writes the file, which is opened first: a table that cannot be
// kept is not worth a login.
func ask(ctx context.Context, set settings, path string, out io.Writer) (err error) {
	var file *os.File
	if path != "" {
		if file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
			return fmt.Errorf("%w: %w", errFile, err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	s, err := newSession(set, time.Now)
	if err != nil {
		return err
	}
	defer s.close()
	began := time.Now()
	rows := s.run(ctx, newTable(out))
	fmt.Fprintf(out, "\n%s\n", summary(rows, s))
	if s.refused > 0 && s.over == "" {
		fmt.Fprintln(out, "Log in once with the right password: that clears the pod's count of refused logins.")
	}
	if file != nil {
		if _, err := io.WriteString(file, markdown(began, rows, s)); err != nil {
			return fmt.Errorf("%w: %w", errFile, err)
		}
		fmt.Fprintf(out, "Written to %s, with the answers' headers; it names neither the pod nor its users.\n", path)
	}
	return outcome(rows, s)
}

func outcome(rows []row, s *session) error {
	if s.over != "" {
		return fmt.Errorf("%w: %s", errEnded, s.over)
	}
	for _, r := range rows {
		if r.verdict == differs {
			return errDiffers
		}
	}
	return nil
}
