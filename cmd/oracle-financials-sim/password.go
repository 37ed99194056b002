package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxPassword is more than any password or secret; a file beyond it is the wrong file.
const maxPassword = 4096

// readPassword reads the first line of a file, or of standard input when the path is "-". The command line is no
// place for a password: every user of the machine can read it.
func readPassword(path string, stdin io.Reader) (string, error) {
	return readSecret("password", path, stdin)
}

// readSecret does so for anything that nobody may see; what names it in errors.
func readSecret(what, path string, stdin io.Reader) (string, error) {
	source := stdin
	if path != "-" {
		file, err := os.Open(path) //nolint:gosec // G304: the path is the caller's own, on his own machine.
		if err != nil {
			return "", fmt.Errorf("read the %s: %w", what, err)
		}
		defer func() { _ = file.Close() }()
		source = file
	}
	line, err := bufio.NewReader(io.LimitReader(source, maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the %s: %w", what, err)
	}
	secret := strings.TrimRight(line, "\r\n")
	if secret == "" {
		return "", fmt.Errorf("the %s is empty: put it on the first line of the file or of standard input", what)
	}
	return secret, nil
}
