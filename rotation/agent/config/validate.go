package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
)

// Validate lists every fault, a line for each: what Check finds, and what is wrong with the files that are named. It is
// for the command validate, run as the agent's user; a daemon goes by Check, for a token may come later than it does.
func (c Config) Validate() error {
	faults := c.faults()
	var ofFiles []Fault
	for _, path := range c.paths() {
		if *path.at == "" {
			continue
		}
		if wrong := c.wrongFile(path.key, *path.at); wrong != "" {
			ofFiles = append(ofFiles, Fault{Place: c.origin.place(path.key), Key: path.key, Text: wrong})
		}
	}
	// A path that is none is not missing as well.
	return invalid(append(faults, without(ofFiles, faults)...)...)
}

// without is the faults of the first list whose key has none in the second.
func without(faults, known []Fault) []Fault {
	return slices.DeleteFunc(faults, func(f Fault) bool {
		return slices.ContainsFunc(known, func(k Fault) bool { return k.Key == f.Key })
	})
}

// wrongFile says what is wrong with a file, if anything. It never shows the path: it may be a secret that was pasted.
func (c Config) wrongFile(key, path string) string {
	if key == "state_dir" {
		return wrongFolder(path)
	}
	content, wrong := readSome(path)
	if content == nil {
		return wrong
	}
	switch key {
	case "vault.ca_cert":
		if !x509.NewCertPool().AppendCertsFromPEM(content) {
			return "holds no certificate in PEM: name the file with the authority that signed Vault's"
		}
	case "vault.auth.client_key":
		certificate, _ := readSome(c.Vault.Auth.ClientCert) // what is wrong with that is said of its own key
		if _, err := tls.X509KeyPair(certificate, content); err != nil && certificate != nil {
			return "is not the key of vault.auth.client_cert, or one of the two is not PEM: name the pair that belongs together"
		}
	case "web_config_file":
		if err := web.Validate(path); err != nil {
			return "is not a web configuration of Prometheus exporters: " + masked(err)
		}
	}
	return ""
}

// maxFile is as much of a file as is looked at, in bytes: more than any list of authorities has.
const maxFile = 4 << 20

// readSome reads a file, or says what is wrong with it. What is neither file nor folder, such as a pipe, is not read, for
// it could be read once only: then there is neither content nor fault.
func readSome(path string) (content []byte, wrong string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, "is a folder: name a file in it"
	case !info.Mode().IsRegular():
		return nil, ""
	}
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	content, err = io.ReadAll(io.LimitReader(file, maxFile))
	switch {
	case err != nil:
		return nil, cause(err)
	case len(content) == 0:
		return nil, "is an empty file: write into it what belongs there"
	}
	return content, ""
}

// wrongFolder judges the folder for what is kept. The agent makes it where only the last name is missing.
func wrongFolder(path string) string {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Dir(path))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "the folder is not there, nor the one it would be in: make it, or correct the path"
	case err != nil:
		return cause(err)
	case !info.IsDir():
		return "is not a folder: name one that only the agent writes to"
	}
	return ""
}

// cause is why a file can't be had, without its path.
func cause(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file: make it, or correct the path"
	case errors.Is(err, fs.ErrPermission):
		return "the file may not be read: give the user that the agent runs as the right to read it"
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return "the file can't be read, because of " + err.Error() + ": correct the path"
}

var quotedText = regexp.MustCompile("`[^`]*`|'[^']*'|\"[^\"]*\"")

// masked is somebody else's error on one line, without what it quotes: that may be a password's hash or a key.
func masked(err error) string {
	return strings.Join(strings.Fields(quotedText.ReplaceAllString(err.Error(), "(not shown)")), " ")
}
