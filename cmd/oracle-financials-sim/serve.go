package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// Fixed default ports, so that the steering commands find the pod without a flag.
const (
	defaultListen  = "127.0.0.1:8443"
	defaultControl = "127.0.0.1:8444"
)

func serveCommand() command {
	return command{
		name:    "serve",
		summary: "serve a pod until it is interrupted",
		details: "The pod speaks HTTPS with a certificate for localhost, 127.0.0.1 and ::1, from an authority made at\n" +
			"each start; so does the identity domain, when it has an address. The control port speaks plain HTTP\n" +
			"without authentication, on the loopback interface only. Port 0 takes a free port.",
		example: "serve --ca-file ca.pem --user INT_GL --password-file password.txt",
		define: func(flags *flag.FlagSet) action {
			var o serveOptions
			flags.StringVar(&o.listen, "listen", defaultListen, "`ADDRESS` of the pod")
			flags.StringVar(&o.domain, "domain", "", "`ADDRESS` of an identity domain, such as 127.0.0.1:8445; without it there is none")
			flags.StringVar(&o.control, "control", defaultControl, "`ADDRESS` of the control port")
			flags.StringVar(&o.caFile, "ca-file", "", "`PATH` to write the authority's certificate to, as PEM")
			flags.StringVar(&o.user, "user", "", "`NAME` of a user to start with, granted all modules")
			flags.StringVar(&o.passwordFile, "password-file", "", "`PATH` of that user's password, - for standard input")
			flags.BoolVar(&o.identityAdmin, "identity-admin", false, "give that user the right to SCIM and userAccounts")
			flags.StringVar(&o.client, "client", "", "`ID` of a client of the domain to start with, with all rights")
			flags.StringVar(&o.secretFile, "client-secret-file", "", "`PATH` of that client's secret, - for standard input")
			flags.StringVar(&o.readyFile, "ready-file", "", "`PATH` of a file that exists while the pod is served, with its addresses")
			return func(ctx context.Context, s streams, _ []string) error { return o.serve(ctx, s) }
		},
	}
}

type serveOptions struct {
	listen, domain, control, caFile, user, passwordFile, client, secretFile, readyFile string

	identityAdmin bool
}

func (o serveOptions) serve(ctx context.Context, s streams) (err error) {
	users, err := o.users(s.in)
	if err != nil {
		return err
	}
	clients, err := o.clients(s.in)
	if err != nil {
		return err
	}
	if err := o.removeReady(); err != nil { // one left by a killed process would lie
		return err
	}
	//nolint:contextcheck // Start returns at once, and the pod ends with Close.
	sim, err := oraclesim.Start(oraclesim.Config{
		Listen: o.listen, Control: o.control, Users: users,
		Domain: o.domain != "", DomainListen: o.domain, Clients: clients,
	})
	if err != nil {
		return err
	}
	defer sim.Close()
	if err := o.writeFiles(sim); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.removeReady()) }()
	o.announce(s.out, sim)
	<-ctx.Done()
	return nil
}

func (o serveOptions) users(stdin io.Reader) ([]oraclesim.User, error) {
	if (o.user == "") != (o.passwordFile == "") {
		return nil, usagef("--user and --password-file go together")
	}
	if o.user == "" {
		if o.identityAdmin {
			return nil, usagef("--identity-admin needs --user")
		}
		return nil, nil
	}
	password, err := readPassword(o.passwordFile, stdin)
	if err != nil {
		return nil, err
	}
	return []oraclesim.User{{Name: o.user, Password: password, IdentityAdmin: o.identityAdmin}}, nil
}

func (o serveOptions) clients(stdin io.Reader) ([]oraclesim.Client, error) {
	switch {
	case (o.client == "") != (o.secretFile == ""):
		return nil, usagef("--client and --client-secret-file go together")
	case o.client == "":
		return nil, nil
	case o.domain == "":
		return nil, usagef("--client needs --domain")
	case o.secretFile == "-" && o.passwordFile == "-":
		return nil, usagef("standard input holds the password or the client's secret, not both")
	}
	secret, err := readSecret("client secret", o.secretFile, stdin)
	if err != nil {
		return nil, err
	}
	return []oraclesim.Client{{ID: o.client, Secret: secret}}, nil
}

// writeFiles writes the ready file last: who sees it finds the other.
func (o serveOptions) writeFiles(sim *oraclesim.Server) error {
	if o.caFile != "" {
		if err := replaceFile(o.caFile, sim.CACertPEM()); err != nil {
			return fmt.Errorf("write the authority's certificate: %w", err)
		}
	}
	if o.readyFile != "" {
		addresses := fmt.Sprintf("url=%s\ncontrol=%s\n", sim.URL(), sim.ControlURL())
		if sim.DomainURL() != "" {
			addresses += fmt.Sprintf("domain=%s\n", sim.DomainURL())
		}
		if err := replaceFile(o.readyFile, []byte(addresses)); err != nil {
			return fmt.Errorf("write the ready file: %w", err)
		}
	}
	return nil
}

func (o serveOptions) removeReady() error {
	if o.readyFile == "" {
		return nil
	}
	if err := os.Remove(o.readyFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the ready file: %w", err)
	}
	return nil
}

func (o serveOptions) announce(w io.Writer, sim *oraclesim.Server) {
	fmt.Fprintf(w, "pod      %s/fscmRestApi/resources/latest/\n", sim.URL())
	if sim.DomainURL() != "" {
		fmt.Fprintf(w, "domain   %s\n", sim.DomainURL())
	}
	fmt.Fprintf(w, "control  %s\n", sim.ControlURL())
	if o.caFile != "" {
		fmt.Fprintf(w, "ca       %s\n", o.caFile)
	}
	if o.user != "" {
		fmt.Fprintf(w, "user     %s\n", o.user)
	}
	if o.client != "" {
		fmt.Fprintf(w, "client   %s\n", o.client)
	}
	fmt.Fprintln(w, "serving until interrupted")
}

// replaceFile writes a file that appears in full or not at all.
func replaceFile(path string, content []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name())
		}
	}()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
