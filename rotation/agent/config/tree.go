package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// tree reads YAML into a configuration by its yaml tags. It goes by the parsed tree, because the library's own decoder
// repeats in its errors what it could not read.
type tree struct {
	origin *origin
	faults []Fault
}

func (c *Config) readTree(node *yaml.Node) []Fault {
	t := &tree{origin: c.origin}
	if t.plain(node); len(t.faults) == 0 {
		t.section("", node, reflect.ValueOf(c).Elem())
	}
	return t.faults
}

// maxFaults is how many faults of a file's form are listed: nobody reads more at a time.
const maxFaults = 200

// maxList is the most that a list may hold.
const maxList = 1000

func (t *tree) fault(node *yaml.Node, key, format string, args ...any) {
	place := fmt.Sprintf("%s:%d", t.origin.file, node.Line)
	t.faults = append(t.faults, Fault{Place: place, Key: key, Text: fmt.Sprintf(format, args...)})
}

// plain refuses what makes a file mean something else than what stands there: anchors, aliases and tags.
func (t *tree) plain(node *yaml.Node) {
	switch {
	case node.Kind == yaml.AliasNode, node.Anchor != "":
		t.fault(node, "", "anchors (&) and aliases (*) are not used here: write the value itself, in quotes if it begins with one of the two")
		return
	case node.Style&yaml.TaggedStyle != 0:
		t.fault(node, "", "tags (!) are not used here: write the value without one, in quotes if it begins with an exclamation mark")
		return
	}
	for _, child := range node.Content {
		if len(t.faults) < maxFaults {
			t.plain(child)
		}
	}
}

// section reads a mapping into a struct.
func (t *tree) section(key string, node *yaml.Node, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		t.fault(node, key, "takes keys of its own, each on a line: %s", strings.Join(keysOf(into.Type()), ", "))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content) && len(t.faults) < maxFaults; i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		field, known := fieldOf(into, name.Value)
		switch before := first[name.Value]; {
		case !known:
			t.unknown(key, name, into.Type())
		case before > 0:
			t.fault(name, join(key, name.Value), "stands here again, first in line %d: keep one of the two", before)
		default:
			first[name.Value] = name.Line
			t.origin.lines[join(key, name.Value)] = name.Line
			t.value(join(key, name.Value), value, field)
		}
	}
}

// value reads one key's value.
func (t *tree) value(key string, node *yaml.Node, into reflect.Value) {
	if node.Kind == yaml.ScalarNode && (node.Tag == "!!null" || node.Value == "") {
		t.fault(node, key, "has no value: give it one, or remove the line")
		return
	}
	kind := into.Kind()
	switch {
	case kind == reflect.Struct:
		t.section(key, node, into)
	case kind == reflect.Slice:
		t.list(key, node, into)
	case node.Kind != yaml.ScalarNode:
		t.fault(node, key, "takes one value, neither a list nor keys: write it on this line, in quotes if it begins with a bracket")
	default:
		t.scalar(key, node, into)
	}
}

func (t *tree) scalar(key string, node *yaml.Node, into reflect.Value) {
	if _, ok := into.Interface().(time.Duration); ok {
		duration, err := readDuration(node.Value)
		if err != nil {
			t.fault(node, key, "%s", err)
		}
		into.SetInt(int64(duration))
		return
	}
	if into.Kind() == reflect.Bool {
		if node.Tag != "!!bool" {
			t.fault(node, key, "must be true or false")
		}
		into.SetBool(strings.EqualFold(node.Value, "true"))
		return
	}
	if node.Tag != "!!str" {
		t.fault(node, key, "must be text: put the value in quotes")
		return
	}
	if reader, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := reader.UnmarshalText([]byte(node.Value)); err != nil {
			t.fault(node, key, "%s", err)
		}
		return
	}
	into.SetString(node.Value)
}

func (t *tree) list(key string, node *yaml.Node, into reflect.Value) {
	if node.Kind != yaml.SequenceNode {
		t.fault(node, key, "must be a list: write each on a line of its own that begins with a hyphen")
		return
	}
	if len(node.Content) > maxList {
		t.fault(node, key, "holds more than %d: keep what is needed", maxList)
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content)))
	for i, child := range node.Content {
		if len(t.faults) >= maxFaults {
			return
		}
		at := fmt.Sprintf("%s[%d]", key, i)
		t.origin.lines[at] = child.Line
		if element, ok := into.Index(i).Addr().Interface().(interface{ setDefaults() }); ok {
			element.setDefaults()
		}
		t.value(at, child, into.Index(i))
	}
}

// durationText is what is taken of time.Duration's text: no sign, no unit that nobody waits in.
var durationText = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)

// readDuration reads 60s, 1h30m and the like, and 0.
func readDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, errors.New("is a number without a unit: write 60s for sixty seconds, or 24h for a day")
	}
	if !durationText.MatchString(text) {
		return 0, errors.New("must be a number with a unit, ms, s, m or h: write 60s, or 24h for a day")
	}
	duration, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("is longer than can be counted: write at most some years in h")
	}
	return duration, nil
}
