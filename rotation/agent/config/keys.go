package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keyOf is a field's name in the file; empty of one that is not there.
func keyOf(field reflect.StructField) string { return field.Tag.Get("yaml") }

// keysOf lists the keys of a section, in their order.
func keysOf(section reflect.Type) []string {
	var keys []string
	for field := range section.Fields() {
		if key := keyOf(field); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

func fieldOf(section reflect.Value, key string) (reflect.Value, bool) {
	at := slices.IndexFunc(reflect.VisibleFields(section.Type()), func(f reflect.StructField) bool { return key != "" && keyOf(f) == key })
	if at < 0 {
		return reflect.Value{}, false
	}
	return section.Field(at), true
}

func join(section, key string) string {
	if section == "" {
		return key
	}
	return section + "." + key
}

// keyText is what is shown of a key that is not known: what looks like one. Anything else may be a secret that slipped
// out of its line.
var keyText = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,29}$`)

// unknown says of a key that is not known what was probably meant.
func (t *tree) unknown(section string, name *yaml.Node, of reflect.Type) {
	if !keyText.MatchString(name.Value) {
		t.fault(name, section, "a key that is not known: here belong %s", strings.Join(keysOf(of), ", "))
		return
	}
	key, written := join(section, name.Value), plainName(name.Value)
	if sentence := inline(section, written); sentence != "" {
		t.fault(name, key, "%s", sentence)
		return
	}
	if meant := nearest(written, keysOf(of)); meant != "" {
		t.fault(name, key, "is not known: did you mean %s?", meant)
		return
	}
	if slices.Contains(keysOfType[Config](), written) {
		t.fault(name, key, "is not known here: it belongs to the top, without indentation")
		return
	}
	if home := homeOf(written, reflect.TypeFor[Config](), ""); home != "" {
		t.fault(name, key, "is not known here: it belongs under %s", home)
		return
	}
	t.fault(name, key, "is not known: here belong %s", strings.Join(keysOf(of), ", "))
}

// inline is the sentence for a key that would hold a secret itself; empty for any other.
func inline(section, name string) string {
	const never = "a secret is never written into this file: "
	receiver := strings.HasPrefix(section, "receivers[")
	switch {
	case receiver && slices.Contains([]string{"routing_key", "integration_key", "service_key"}, name):
		return never + "put it into a file that only the agent may read, and name that file in routing_key_file"
	case receiver && slices.Contains([]string{"secret", "signing_secret"}, name):
		return never + "put it into a file that only the agent may read, and name that file in secret_file"
	case receiver && slices.Contains([]string{"password", "token", "bearer_token", "api_key"}, name):
		return never + "put the whole address with it into a file that only the agent may read, and name that file in url_file"
	case name == "token":
		return never + "name the file that holds it in vault.auth.token_file, with method token_file, or give it as VAULT_TOKEN"
	case name == "secret_id", name == "secret":
		return never + "put it into a file that only the agent may read, and name that file in vault.auth.secret_id_file"
	case name == "jwt":
		return never + "name the file that holds it in vault.auth.jwt_file"
	case name == "password":
		return never + "the agent logs in to Vault without a password, so choose one of the methods of vault.auth.method"
	case name == "basic_auth_users", name == "tls_server_config":
		return "belongs into a file of its own, as every Prometheus exporter takes it: name that file in web_config_file"
	}
	return ""
}

// plainName forgives how a name is written.
func plainName(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

// homeOf is the first section below that has a key; empty when none has.
func homeOf(key string, section reflect.Type, path string) string {
	for field := range section.Fields() {
		below, at := field.Type, join(path, keyOf(field))
		if keyOf(field) == "" {
			continue
		}
		if below.Kind() == reflect.Slice {
			below, at = below.Elem(), at+"[]"
		}
		if below.Kind() != reflect.Struct {
			continue
		}
		if slices.Contains(keysOf(below), key) {
			return strings.ReplaceAll(at, "[]", "")
		}
		if home := homeOf(key, below, at); home != "" {
			return home
		}
	}
	return ""
}

// nearest is the one that a word was probably meant to be: at most two letters away, and a third of the word; empty
// when there is none.
func nearest(word string, of []string) string {
	best, least := "", min(2, len(word)/3)+1
	for _, candidate := range of {
		if away := distance(word, candidate); away < least {
			best, least = candidate, away
		}
	}
	return best
}

// distance counts the letters to add, drop or change on the way from one word to another.
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			change := diagonal
			if from[i] != to[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

func keysOfType[T any]() []string { return keysOf(reflect.TypeFor[T]()) }
