package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	classifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

// sure is from which likeness on a text is a licence: what projects change is the year, the name and the line breaks.
const sure = 0.85

// licenceFile is what projects call the file that says under which terms they are given.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright)([.-].*)?$`)

// compatible are the licences that may be built into a program that is given away under ours. Whoever adds one has read it.
var compatible = []string{"Apache-2.0", "BSD-2-Clause", "BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "MPL-2.0-no-copyleft-exception", "Unlicense", "0BSD", "CC0-1.0"}

// licensed says of each module under which licence it is given, with the files that say so. One that has none, or none of
// those that may be built in, is an error: it is found here, and not by somebody's lawyer.
func licensed(all []dependency) ([]dependency, error) {
	known, err := assets.DefaultClassifier()
	if err != nil {
		return nil, fmt.Errorf("load the licences that are known: %w", err)
	}
	found := slices.Clone(all)
	for i := range found {
		if err := found[i].classify(known); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (d *dependency) classify(known *classifier.Classifier) error {
	files, err := os.ReadDir(d.Dir)
	if err != nil {
		return fmt.Errorf("look for the licence of %s: %w", d.Path, err)
	}
	for _, file := range files {
		if file.IsDir() || !licenceFile.MatchString(file.Name()) {
			continue
		}
		path := filepath.Join(d.Dir, file.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read the licence of %s: %w", d.Path, err)
		}
		d.Texts = append(d.Texts, path)
		for _, match := range known.Match(text).Matches {
			if match.MatchType == "License" && match.Confidence >= sure && !slices.Contains(d.Licence, match.Name) {
				d.Licence = append(d.Licence, match.Name)
			}
		}
	}
	slices.Sort(d.Licence)
	if !slices.ContainsFunc(d.Licence, func(name string) bool { return slices.Contains(compatible, name) }) {
		return fmt.Errorf("%s %s is given under %q (%d files): read it, and decide whether it may be built in", d.Path, d.Version, d.Licence, len(d.Texts))
	}
	return nil
}

// notices is every licence's text with the modules that are given under it, as their terms want it to go with the programs.
func notices(all []dependency) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "What is built into these programs, and under which terms. %d modules.\n", len(all))
	for _, d := range all {
		fmt.Fprintf(&text, "\n%s\n%s %s (%s)\n%s\n", strings.Repeat("=", 80), d.Path, d.Version, strings.Join(d.Licence, ", "), strings.Repeat("=", 80))
		for _, path := range d.Texts {
			said, err := os.ReadFile(path)
			if err != nil {
				return "", fmt.Errorf("copy the licence of %s: %w", d.Path, err)
			}
			fmt.Fprintf(&text, "\n%s\n", strings.TrimSpace(strings.ReplaceAll(string(said), "\r\n", "\n")))
		}
	}
	return text.String(), nil
}
