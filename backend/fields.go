package backend

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
)

// aliases are the connector's own field names, accepted wherever ours are.
var aliases = map[string]string{ //nolint:gochecknoglobals // a constant table; Go has no constant maps
	"oracle-financials-server-url":     "server_url",
	"oracle-financials-username":       "username",
	"oracle-financials-password":       "password",
	"oracle-financials-timeout":        "timeout",
	"oracle-financials-retry-attempts": "retry_attempts",
}

// fields are the values of a request, typed by the path's schema. A nil value is JSON's null.
type fields map[string]any

// readFields types what was sent. Unknown names are refused when strict is set. No error repeats a value,
// or a name that the path does not have: either may be a secret that slipped.
func readFields(schema map[string]*framework.FieldSchema, sent map[string]any, strict bool) (fields, error) {
	read := fields{}
	for name, raw := range sent {
		definition, known := schema[name]
		if !known || name == "name" { // the name stands in the path
			if strict {
				return nil, unknownField(schema, name)
			}
			continue
		}
		value, err := typed(definition.Type, raw)
		if err != nil {
			return nil, badRequest("%s must be %v", name, err)
		}
		target := name
		if original, isAlias := aliases[name]; isAlias {
			target = original
		}
		if other, twice := read[target]; twice && !sameValue(other, value) {
			return nil, badRequest("%s was sent under two names with different values: send it once", target)
		}
		read[target] = value
	}
	return read, nil
}

func sameValue(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func unknownField(schema map[string]*framework.FieldSchema, name string) error {
	known := make([]string, 0, len(schema))
	for candidate := range schema {
		if aliases[candidate] == "" && candidate != "name" {
			known = append(known, candidate)
		}
	}
	sort.Strings(known)
	for _, candidate := range known {
		if similar(strings.ToLower(name), candidate) {
			return badRequest("a field is not known here; did you mean %s? This path takes %s", candidate, strings.Join(known, ", "))
		}
	}
	if len(known) == 0 {
		return badRequest("this path takes no fields")
	}
	return badRequest("a field is not known here; this path takes %s", strings.Join(known, ", "))
}

// similar finds a slip of the keyboard: a dash for an underscore, one letter too many, too few, or wrong.
func similar(name, candidate string) bool {
	name = strings.ReplaceAll(name, "-", "_")
	if name == candidate {
		return true
	}
	start := 0
	for start < len(name) && start < len(candidate) && name[start] == candidate[start] {
		start++
	}
	a, b := name[start:], candidate[start:]
	rest := func(text string) string {
		if text == "" {
			return text
		}
		return text[1:]
	}
	return rest(a) == b || a == rest(b) || rest(a) == rest(b)
}

// typed reads one value strictly; its error completes the sentence "x must be …".
func typed(kind framework.FieldType, raw any) (any, error) {
	if raw == nil {
		return nil, nil //nolint:nilnil // null is a value here: patch restores the default
	}
	switch kind { //nolint:exhaustive // the schema uses these; the others are refused below
	case framework.TypeString:
		if text, ok := raw.(string); ok {
			return text, nil
		}
		return nil, fmt.Errorf("a string")
	case framework.TypeInt, framework.TypeInt64:
		return wholeNumber(raw)
	case framework.TypeBool:
		return trueOrFalse(raw)
	case framework.TypeDurationSecond:
		return duration(raw)
	case framework.TypeTime:
		return instant(raw)
	case framework.TypeCommaStringSlice:
		return stringList(raw)
	case framework.TypeKVPairs:
		return stringMap(raw)
	}
	return nil, fmt.Errorf("left out")
}

func wholeNumber(raw any) (any, error) {
	text := ""
	switch number := raw.(type) {
	case string:
		text = number
	case json.Number:
		text = number.String()
	case int, int64:
		text = fmt.Sprint(number)
	case float64:
		text = strconv.FormatFloat(number, 'f', -1, 64)
	}
	if value, err := strconv.Atoi(text); err == nil {
		return value, nil
	}
	return nil, fmt.Errorf("a whole number")
}

func trueOrFalse(raw any) (any, error) {
	switch value := raw.(type) {
	case bool:
		return value, nil
	case string:
		if parsed, err := strconv.ParseBool(value); err == nil {
			return parsed, nil
		}
	}
	return nil, fmt.Errorf("true or false")
}

// maxSeconds is what a time.Duration can hold, rounded down.
const maxSeconds = 9_000_000_000

// duration reads whole seconds, Go's own form, or days, without the overflow that multiplying invites.
func duration(raw any) (any, error) {
	refused := fmt.Errorf("a number of seconds or a duration such as 90s, 24h or 30d")
	text, isText := raw.(string)
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.ParseUint(days, 10, 64); err == nil && n <= maxSeconds/86400 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
		return nil, refused
	}
	if number, err := wholeNumber(raw); err == nil {
		if seconds, ok := number.(int); ok && seconds >= 0 && seconds <= maxSeconds {
			return time.Duration(seconds) * time.Second, nil
		}
		return nil, refused
	}
	if value, err := time.ParseDuration(text); isText && err == nil && value >= 0 {
		return value, nil
	}
	return nil, refused
}

// instant reads RFC 3339; the empty string is the zero time.
func instant(raw any) (any, error) {
	text, ok := raw.(string)
	if ok && text == "" {
		return time.Time{}, nil
	}
	if value, err := time.Parse(time.RFC3339, text); ok && err == nil {
		return value.UTC(), nil
	}
	return nil, fmt.Errorf("a time in RFC 3339, such as 2026-01-31T06:00:00Z")
}

func stringList(raw any) (any, error) {
	refused := fmt.Errorf("a list of strings, or one string with commas")
	list := []string{}
	switch value := raw.(type) {
	case string:
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list, nil
	case []string:
		return value, nil
	case []any:
		for _, element := range value {
			text, ok := element.(string)
			if !ok {
				return nil, refused
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, refused
}

// stringMap reads an object of strings, or, from the command line, one or more "key=value".
func stringMap(raw any) (any, error) {
	refused := fmt.Errorf("an object of strings, or key=value")
	pairs := map[string]string{}
	add := func(key string, value any) bool {
		text, ok := value.(string)
		pairs[strings.TrimSpace(key)] = strings.TrimSpace(text)
		return ok
	}
	switch value := raw.(type) {
	case map[string]string:
		return value, nil
	case map[string]any:
		for key, element := range value {
			if !add(key, element) {
				return nil, refused
			}
		}
		return pairs, nil
	case string:
		raw = []any{value}
	}
	list, ok := raw.([]any)
	if !ok {
		return nil, refused
	}
	for _, element := range list {
		text, isText := element.(string)
		key, value, found := strings.Cut(text, "=")
		if !isText || !found || !add(key, value) {
			return nil, refused
		}
	}
	return pairs, nil
}

// set writes a sent value into target: null restores the default, what was not sent is kept.
func set[T any](f fields, name string, target *T, byDefault T) {
	value, sent := f[name]
	if !sent {
		return
	}
	if typedValue, ok := value.(T); ok {
		*target = typedValue
	} else {
		*target = byDefault
	}
}

// get gives a sent value, or the default.
func get[T any](f fields, name string, byDefault T) T {
	value := byDefault
	set(f, name, &value, byDefault)
	return value
}
