package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// namedPath is a key that names a file or, as state_dir, a folder.
type namedPath struct {
	key string
	at  *string
}

// paths lists every key of a configuration that names one, and the receivers' own.
func (c *Config) paths() []namedPath {
	auth := &c.Vault.Auth
	paths := []namedPath{
		{"vault.ca_cert", &c.Vault.CACert},
		{"vault.auth.token_file", &auth.TokenFile},
		{"vault.auth.role_id_file", &auth.RoleIDFile},
		{"vault.auth.secret_id_file", &auth.SecretIDFile},
		{"vault.auth.jwt_file", &auth.JWTFile},
		{"vault.auth.client_cert", &auth.ClientCert},
		{"vault.auth.client_key", &auth.ClientKey},
		{"web_config_file", &c.WebConfigFile},
		{"state_dir", &c.StateDir},
	}
	for i := range c.Receivers {
		r, key := &c.Receivers[i], fmt.Sprintf("receivers[%d].", i)
		paths = append(paths, namedPath{key + "url_file", &r.URLFile},
			namedPath{key + "secret_file", &r.SecretFile}, namedPath{key + "routing_key_file", &r.RoutingKeyFile})
	}
	return paths
}

// isFile says whether a text is meant as a path: it begins with a slash or with dots and a slash. So a token or an address
// that was pasted instead of a path is seen before anybody opens it, and before its name is in an error.
func isFile(text string) bool {
	begins := strings.HasPrefix(text, "/") || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../")
	return begins && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (c Config) pathFaults() []Fault {
	var faults []Fault
	for _, path := range c.paths() {
		if *path.at != "" && !isFile(*path.at) {
			faults = append(faults, Fault{Key: path.key, Text: "must be a path that begins with /, ./ or ../; if a secret itself stands here, put it into a file and name that"})
		}
	}
	return faults
}

// anchor makes the paths that the file wrote with dots begin at its own folder.
func (c *Config) anchor(folder string) {
	for _, path := range c.paths() {
		_, elsewhere := c.origin.sources[path.key]
		if strings.HasPrefix(*path.at, ".") && !elsewhere {
			if whole, err := filepath.Abs(filepath.Join(folder, *path.at)); err == nil {
				*path.at = whole
			}
		}
	}
}
