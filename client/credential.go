package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// Credential is what creds/ answered.
type Credential struct {
	// ServerURL is the pod's address, without a path; RESTAPIURL is where its REST resources begin, with a slash at
	// its end.
	ServerURL, RESTAPIURL string
	Username              string
	Password              Password
	// Timeout bounds one request, its answer's body included. The Client keeps it.
	Timeout time.Duration
	// RetryAttempts is how often to try a transient failure again, never a 401 or 403. The Client leaves that to the
	// application.
	RetryAttempts int
	// Modules are the codes of the selected finance modules, such as GL.
	Modules []string
	// Version is 1 at create, and one more with every new password.
	Version int
	// LastVaultRotation is when this user name and password became current, by any way.
	LastVaultRotation time.Time
	// TTL is how long it was to the next rotation when this was read, within a minute and an hour; 0: none is
	// scheduled.
	TTL time.Duration
}

// same says whether a credential would be the same login again: nothing changed since, or only the version.
func (c Credential) same(other Credential) bool {
	return c.Version == other.Version && c.LastVaultRotation.Equal(other.LastVaultRotation) ||
		c.Username == other.Username && c.Password.Equal(other.Password)
}

// olderThan says whether this was read from a Vault that lags behind. Both signs are asked for: an integration that was
// deleted and made again begins at version 1, and clocks of servers differ.
func (c Credential) olderThan(other Credential) bool {
	return c.Version < other.Version && c.LastVaultRotation.Before(other.LastVaultRotation)
}

// serves says whether an address is of the server that this credential is for.
func (c Credential) serves(address *url.URL) bool {
	server, err := url.Parse(c.ServerURL)
	return err == nil && strings.EqualFold(address.Scheme, server.Scheme) && strings.EqualFold(address.Hostname(), server.Hostname()) &&
		port(address) == port(server)
}

func port(address *url.URL) string {
	if address.Port() == "" {
		return "443" // only https is spoken here
	}
	return address.Port()
}

// parse reads Vault's answer. Its errors name fields and never a value: any of them may be a secret in a wrong place.
func parse(answer *api.Secret) (Credential, error) {
	if answer == nil || answer.Data == nil {
		return Credential{}, errors.New("it holds no credential: check the path and the integration's name")
	}
	f := fields{data: answer.Data}
	c := Credential{
		ServerURL: f.text("server_url"), RESTAPIURL: f.text("rest_api_url"), Username: f.text("username"),
		Password: NewPassword(f.text("password")), Timeout: f.seconds("timeout"), RetryAttempts: int(f.number("retry_attempts")),
		Modules: f.list("modules"), Version: int(f.number("credential_version")), LastVaultRotation: f.instant("last_vault_rotation"),
	}
	if _, scheduled := answer.Data["ttl"]; scheduled {
		c.TTL = f.seconds("ttl")
	}
	if f.fault != nil {
		return Credential{}, f.fault
	}
	server, err := url.Parse(c.ServerURL)
	switch {
	case err != nil || server.Scheme != "https" || server.Host == "":
		return Credential{}, errors.New("its server_url is not an https address: write the integration's server_url again")
	case c.Username == "" || c.Password.Reveal() == "":
		return Credential{}, errors.New("it has no user name or no password: the path must be that of creds/")
	}
	return c, nil
}

// fields reads typed values out of an answer, and keeps the first fault.
type fields struct {
	data  map[string]any
	fault error
}

func (f *fields) wrong(name, want string) {
	if f.fault == nil {
		f.fault = fmt.Errorf("its %s is not %s: the path must be that of creds/", name, want)
	}
}

func (f *fields) text(name string) string {
	value, ok := f.data[name].(string)
	if !ok {
		f.wrong(name, "a text")
	}
	return value
}

// number takes what Vault's client makes of a JSON number, and what a fake would write.
func (f *fields) number(name string) int64 {
	switch value := f.data[name].(type) {
	case json.Number:
		if n, err := value.Int64(); err == nil && n >= 0 {
			return n
		}
	case int:
		if value >= 0 {
			return int64(value)
		}
	}
	f.wrong(name, "a whole number")
	return 0
}

func (f *fields) seconds(name string) time.Duration {
	const most = int64(1<<63-1) / int64(time.Second)
	return time.Duration(min(f.number(name), most)) * time.Second
}

func (f *fields) instant(name string) time.Time {
	value, err := time.Parse(time.RFC3339, f.text(name))
	if err != nil {
		f.wrong(name, "a time in RFC 3339")
	}
	return value
}

func (f *fields) list(name string) []string {
	switch values := f.data[name].(type) {
	case []string:
		return values
	case []any:
		texts := make([]string, 0, len(values))
		for _, value := range values {
			if text, ok := value.(string); ok {
				texts = append(texts, text)
			}
		}
		if len(texts) == len(values) {
			return texts
		}
	}
	f.wrong(name, "a list of texts")
	return nil
}
