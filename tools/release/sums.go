package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sum is a file's SHA-256 in hex.
func sum(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("checksum: %w", err)
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:]), nil
}

// sums is the text that sha256sum --check reads, of files below a folder, in their order by name.
func sums(folder string, names []string) (string, error) {
	names = slices.Sorted(slices.Values(names))
	var text strings.Builder
	for _, name := range names {
		digest, err := sum(filepath.Join(folder, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "%s  %s\n", digest, name)
	}
	return text.String(), nil
}
