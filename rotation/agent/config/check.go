package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Check lists every fault of what is said, a line for each. The files that are named are not looked at.
func (c Config) Check() error { return invalid(c.faults()...) }

func (c Config) faults() []Fault {
	faults := slices.Concat(c.Vault.faults(), c.mountFaults(), c.plainFaults(), c.pathFaults())
	for i, receiver := range c.Receivers {
		key := fmt.Sprintf("receivers[%d]", i)
		faults = append(faults, receiver.faults(key)...)
		named := func(r Receiver) bool { return r.Name != "" && r.Name == receiver.Name }
		if slices.ContainsFunc(c.Receivers[:i], named) {
			faults = append(faults, Fault{Key: key + ".name", Text: "is the name of a receiver above: give each its own"})
		}
	}
	for i := range faults {
		faults[i].Place = c.origin.place(faults[i].Key)
	}
	return faults
}

func (v Vault) faults() []Fault {
	var faults []Fault
	if wrong := wrongAddress(v.Address, "unix"); v.Address != "" && wrong != "" {
		faults = append(faults, Fault{Key: "vault.address", Text: wrong})
	}
	if v.Namespace != "" && !isPath(v.Namespace) {
		faults = append(faults, Fault{Key: "vault.namespace", Text: wrongPath})
	}
	return append(faults, v.Auth.faults()...)
}

// faults of a login are what its method lacks and what belongs to another one.
func (a Auth) faults() []Fault {
	const section = "vault.auth"
	said := a.said()
	if !slices.Contains(Methods(), a.Method) {
		return []Fault{{Key: section + ".method", Text: oneOf(a.Method, Methods())}}
	}
	var faults []Fault
	for _, key := range keysOfType[Auth]() {
		if said[key] && !slices.Contains(a.Method.takes(), key) {
			faults = append(faults, Fault{Key: join(section, key), follows: true, Text: fmt.Sprintf("does not belong to the method %s: remove it, or set vault.auth.method to %s", a.Method, words(takers(key)))})
		}
	}
	for _, key := range a.Method.needs() {
		if !said[key] {
			faults = append(faults, Fault{Key: join(section, key), follows: true, Text: fmt.Sprintf("is missing, and the method %s can't log in without it: add it", a.Method)})
		}
	}
	if a.Method == MethodAppRole && said["role_id"] == said["role_id_file"] {
		faults = append(faults, Fault{Key: section, follows: true, Text: "the method approle takes one of role_id and role_id_file: give exactly one"})
	}
	if a.Mount != "" && !isPath(a.Mount) {
		faults = append(faults, Fault{Key: section + ".mount", Text: wrongPath})
	}
	return faults
}

// takers lists the methods that a key belongs to.
func takers(key string) []Method {
	return slices.DeleteFunc(Methods(), func(m Method) bool { return !slices.Contains(m.takes(), key) })
}

func (c Config) mountFaults() []Fault {
	if len(c.Mounts) == 0 {
		return []Fault{{Key: "mounts", Text: "is empty: name at least one mount of the engine, such as oracle-financials"}}
	}
	var faults []Fault
	for i, mount := range c.Mounts {
		key := fmt.Sprintf("mounts[%d]", i)
		switch {
		case !isPath(mount):
			faults = append(faults, Fault{Key: key, Text: wrongPath})
		case slices.Contains(c.Mounts[:i], mount):
			faults = append(faults, Fault{Key: key, Text: "is a mount that stands above already: name each once"})
		}
	}
	return faults
}

func (c Config) plainFaults() []Fault {
	var faults []Fault
	if c.Interval < MinInterval {
		faults = append(faults, Fault{Key: "interval", Text: "is too short: write at least " + MinInterval.String()})
	}
	if c.Serves() && !isHostPort(c.Listen) {
		faults = append(faults, Fault{Key: "listen", Text: "must be host:port, such as 127.0.0.1:9720, :9720 for every address of this machine, or none for no HTTP"})
	}
	if wrong := wrongAddress(c.ExternalURL); c.ExternalURL != "" && wrong != "" {
		faults = append(faults, Fault{Key: "external_url", Text: wrong})
	}
	if !slices.Contains(LogLevels(), c.LogLevel) {
		faults = append(faults, Fault{Key: "log_level", Text: oneOf(c.LogLevel, LogLevels())})
	}
	if !slices.Contains(LogFormats(), c.LogFormat) {
		faults = append(faults, Fault{Key: "log_format", Text: oneOf(c.LogFormat, LogFormats())})
	}
	if len(c.Receivers) > 0 && c.StateDir == "" {
		faults = append(faults, Fault{Key: "receivers", Text: "need state_dir, or every start of the agent would tell them again what they know: name there a folder that outlives the agent"})
	}
	return faults
}

const wrongPath = "is not a path in Vault: write names of letters, digits and . _ ~ @ : = + - with single slashes between them"

var pathText = regexp.MustCompile(`^[A-Za-z0-9._~@:=+-]+(/[A-Za-z0-9._~@:=+-]+)*$`)

// isPath says whether a text may be a mount or a namespace, without slashes at its ends.
func isPath(text string) bool {
	segments := strings.Split(text, "/")
	return pathText.MatchString(text) && !slices.Contains(segments, ".") && !slices.Contains(segments, "..")
}

var hostText = regexp.MustCompile(`^[A-Za-z0-9._-]*$`)

func isHostPort(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil || !hostText.MatchString(host) && net.ParseIP(host) == nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

const bareAddress = "may hold no user, password, query or fragment, for they are often secrets"

// wrongAddress says what is wrong with an address that may be written into the file, if anything. One of the schemes in
// also is that of a socket, which has a path and no host.
func wrongAddress(text string, also ...string) string {
	address, err := url.Parse(text)
	switch {
	case err != nil:
		return "is not an address: write it like https://host.example.com:8200"
	case address.User != nil, address.RawQuery != "", address.Fragment != "":
		return bareAddress
	case slices.Contains(also, address.Scheme) && address.Host == "" && address.Path != "":
		return ""
	case address.Scheme != "https" && address.Scheme != "http", address.Hostname() == "":
		return "is not an address: it begins with https:// or http:// and has a host, such as https://host.example.com:8200"
	}
	return ""
}

// oneOf is the sentence for a word that is none of a list.
func oneOf[T ~string](word T, list []T) string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = string(item)
	}
	if meant := nearest(plainName(string(word)), texts); meant != "" {
		return "must be " + words(list) + ": did you mean " + meant + "?"
	}
	return "must be " + words(list)
}

// words lists what may be written, as a sentence does.
func words[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = string(item)
	}
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}
