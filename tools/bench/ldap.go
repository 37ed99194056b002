package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The directory's own accounts. They open a server on this machine for as long as a part runs.
const (
	ldapSuffix   = "dc=bench,dc=local"
	ldapAdmin    = "cn=admin," + ldapSuffix
	ldapPassword = "Bench-Horse-9" //nolint:gosec // G101: opens a server on this machine only, for minutes
	ldapPatience = 20 * time.Second
)

// ldapServer is a slapd of this run's own.
type ldapServer struct {
	url string
	cmd *exec.Cmd
	dir string
}

// startLDAP starts slapd with so many users, named user-0 and so on.
func startLDAP(ctx context.Context, users int) (*ldapServer, error) {
	root, err := slapdRoot(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-slapd-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for slapd: %w", err)
	}
	s := &ldapServer{dir: dir}
	if err := s.start(ctx, root, users); err != nil {
		return nil, errors.Join(fmt.Errorf("start slapd: %w", err), s.close())
	}
	return s, nil
}

// slapdRoot asks the script that finds or unpacks slapd.
func slapdRoot(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "scripts/slapd.sh")
	cmd.Stderr = os.Stderr
	said, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find slapd: %w", err)
	}
	return strings.TrimSpace(string(said)), nil
}

func (s *ldapServer) start(ctx context.Context, root string, users int) error {
	config := filepath.Join(s.dir, "slapd.conf")
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("make its directory: %w", err)
	}
	if err := os.WriteFile(config, []byte(slapdConfig(root, data)), 0o600); err != nil {
		return fmt.Errorf("write its configuration: %w", err)
	}
	env := append(os.Environ(), "LD_LIBRARY_PATH="+libraries(root))
	add := exec.CommandContext(ctx, filepath.Join(root, "usr/sbin/slapd"), "-Tadd", "-f", config)
	add.Env, add.Stdin = env, strings.NewReader(people(users))
	if said, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("add its users: %w: %s", err, said)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	s.url = "ldap://" + address
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(root, "usr/sbin/slapd"), "-d", "0", "-f", config, "-h", s.url)
	s.cmd.Env = env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("run it: %w", err)
	}
	return awaitAddress(ctx, address)
}

func (s *ldapServer) close() error {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill() // its data is thrown away
		_ = s.cmd.Wait()
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove slapd's directory: %w", err)
	}
	return nil
}

// libraries are those that were unpacked beside slapd; for the system's own there are none.
func libraries(root string) string {
	if root == "/" {
		return ""
	}
	found, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu")) // the pattern is well-formed
	return strings.Join(append(found, filepath.Join(root, "usr/lib")), ":")
}

func slapdConfig(root, data string) string {
	var b bytes.Buffer
	for _, schema := range []string{"core", "cosine", "inetorgperson"} {
		fmt.Fprintf(&b, "include %s\n", filepath.Join(root, "etc/ldap/schema", schema+".schema"))
	}
	fmt.Fprintf(&b, "modulepath %s\nmoduleload back_mdb\n", filepath.Join(root, "usr/lib/ldap"))
	fmt.Fprintf(&b, "database mdb\nsuffix %q\nrootdn %q\nrootpw %s\ndirectory %s\nmaxsize 67108864\nindex objectClass,cn eq\n",
		ldapSuffix, ldapAdmin, ldapPassword, data)
	return b.String()
}

func people(users int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: bench\no: bench\n\n", ldapSuffix)
	for n := range users {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: inetOrgPerson\ncn: user-%d\nsn: %d\nuserPassword: %s\n\n", ldapUser(n), n, n, ldapPassword)
	}
	return b.String()
}

func ldapUser(n int) string { return fmt.Sprintf("cn=user-%d,%s", n, ldapSuffix) }

// freeAddress is a loopback address that nobody listened on a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close() //nolint:errcheck // nothing was ever sent through it
	return listener.Addr().String(), nil
}

// awaitAddress waits until somebody listens.
func awaitAddress(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, ldapPatience)
	defer cancel()
	for {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close() //nolint:wrapcheck // nothing was sent
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens on %s: %w", address, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
