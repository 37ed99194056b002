package config

import (
	"reflect"
	"time"
)

// Config is everything the agent is told. A key's name in the file is its yaml tag; the schema in deploy/agent has the
// same, and a test compares them.
type Config struct {
	Vault Vault `yaml:"vault"`
	// Mounts are the engine's, without a slash at either end. On Vault Enterprise a namespace may stand before one.
	Mounts []string `yaml:"mounts"`
	// Interval is the time between two looks at the mounts; at least MinInterval.
	Interval time.Duration `yaml:"interval"`
	// Listen is host:port; Serves says whether there is HTTP at all.
	Listen        string     `yaml:"listen"`
	ExternalURL   string     `yaml:"external_url"`    // where people reach the page, for links in messages; empty: no links
	WebConfigFile string     `yaml:"web_config_file"` // as every Prometheus exporter takes it; empty: neither TLS nor passwords
	StateDir      string     `yaml:"state_dir"`       // where it is kept what receivers were told; empty: nowhere
	LogLevel      string     `yaml:"log_level"`       // of LogLevels
	LogFormat     string     `yaml:"log_format"`      // of LogFormats
	Receivers     []Receiver `yaml:"receivers"`

	origin *origin
}

// Vault is how Vault is reached. What is empty here is left to Vault's own environment, VAULT_ADDR and its family.
type Vault struct {
	Address   string `yaml:"address"`
	Namespace string `yaml:"namespace"` // without a slash at either end; before every mount
	CACert    string `yaml:"ca_cert"`
	Auth      Auth   `yaml:"auth"`
}

// Auth is how the agent logs in. Which of its keys a method takes, and which it needs, is in method.go.
type Auth struct {
	Method Method `yaml:"method"`
	// Mount is where the auth method is mounted, without auth/ and without slashes; Load fills in the method's own name.
	Mount           string `yaml:"mount"`
	TokenFile       string `yaml:"token_file"`
	RoleID          string `yaml:"role_id"`
	RoleIDFile      string `yaml:"role_id_file"`
	SecretIDFile    string `yaml:"secret_id_file"`
	SecretIDWrapped bool   `yaml:"secret_id_wrapped"` // the file holds a response-wrapping token, not the SecretID
	Role            string `yaml:"role"`
	JWTFile         string `yaml:"jwt_file"` // Load fills in the pod's own for the method kubernetes
	ClientCert      string `yaml:"client_cert"`
	ClientKey       string `yaml:"client_key"`
	CertName        string `yaml:"cert_name"` // empty: whichever role of the cert method fits
}

// ListenNone as listen means that no HTTP is served.
const ListenNone = "none"

// MinInterval is the shortest interval: the engine answers a report in milliseconds, but not for free.
const MinInterval = time.Second

// LogLevels lists the levels, the most talkative first.
func LogLevels() []string { return []string{"trace", "debug", "info", "warn", "error"} }

// LogFormats lists the formats.
func LogFormats() []string { return []string{"standard", "json"} }

// Defaults is what holds where nobody said anything: Vault as its environment has it, one mount, HTTP for this machine.
func Defaults() Config {
	return Config{
		Vault:     Vault{Auth: Auth{Method: MethodToken}},
		Mounts:    []string{"oracle-financials"},
		Interval:  time.Minute,
		Listen:    "127.0.0.1:9720",
		LogLevel:  "info",
		LogFormat: "standard",
	}
}

// Serves says whether HTTP is served. Load turns none into an empty Listen; a flag may still say none.
func (c Config) Serves() bool { return c.Listen != "" && c.Listen != ListenNone }

// Equal says whether two configurations say the same, wherever they say it.
func (c Config) Equal(other Config) bool {
	c.origin, other.origin = nil, nil
	return reflect.DeepEqual(c, other)
}
