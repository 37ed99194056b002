package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSize is more than a configuration with hundreds of receivers has, in bytes.
const maxSize = 256 << 10

// Load reads the configuration: the file, then the environment for the plain keys that the file does not have, then the
// defaults. An empty path means no file. Its error holds every Fault of what is said, a line for each; the files that the
// configuration names are not looked at, for a token may come later than the agent does.
func Load(path string, environ func(string) string) (Config, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = read(path); err != nil {
			return Config{}, err
		}
	}
	return parse(path, text, environ)
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, invalid(Fault{Place: path, Text: "there is no such file: correct the path, or name no configuration file to go by the environment alone"})
	case errors.Is(err, fs.ErrPermission):
		return nil, invalid(Fault{Place: path, Text: "may not be read: give the user that the agent runs as the right to read it"})
	case err != nil:
		return nil, fmt.Errorf("open the configuration: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return text, nil
}

// parse is Load after the file was read.
func parse(file string, text []byte, environ func(string) string) (Config, error) {
	c := Defaults()
	c.origin = &origin{file: file, lines: map[string]int{}, sources: map[string]string{}}
	faults := c.readFile(text)
	faults = append(faults, c.readEnvironment(environ)...)
	c.tidy()
	c.settle()
	faults = append(faults, unsaid(faults, c.faults())...)
	if err := invalid(faults...); err != nil {
		return Config{}, err
	}
	c.anchor(filepath.Dir(file))
	return c, nil
}

func (c *Config) readFile(text []byte) []Fault {
	file := c.origin.file
	if len(text) > maxSize {
		return []Fault{{Place: file, Text: fmt.Sprintf("is longer than %d KiB: this is not the agent's configuration", maxSize>>10)}}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil // empty, or nothing but comments
	} else if err != nil {
		return []Fault{notYAML(file, text, err)}
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return []Fault{{Place: fmt.Sprintf("%s:%d", file, second.Line), Text: "a second document begins here: one file is one configuration, so remove the line --- and what is not needed"}}
	case !errors.Is(err, io.EOF):
		return []Fault{notYAML(file, text, err)}
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	return c.readTree(root)
}

var yamlLine = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// notYAML says where a file stops being YAML. The parser's own words are kept only where they can't repeat what is
// written: what it quotes may be a secret that begins with an asterisk.
func notYAML(file string, text []byte, err error) Fault {
	said, place := strings.TrimPrefix(err.Error(), "yaml: "), file
	if found := yamlLine.FindStringSubmatch(err.Error()); found != nil {
		said, place = strings.TrimPrefix(said, "line "+found[1]+": "), file+":"+found[1]
	}
	if name, found := strings.CutPrefix(said, "unknown anchor '"); found {
		name = strings.TrimSuffix(name, "' referenced")
		before, _, _ := bytes.Cut(text, []byte("*"+name))
		place = fmt.Sprintf("%s:%d", file, bytes.Count(before, []byte("\n"))+1)
		return Fault{Place: place, Text: "a value begins with an asterisk, which means something else in YAML: put it in quotes"}
	}
	return Fault{Place: place, Text: "is not YAML here or in a line before (" + said + "): look at the indentation, the quotes, and for tabs"}
}
