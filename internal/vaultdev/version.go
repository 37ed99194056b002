package vaultdev

import (
	"context"
	"fmt"
	"regexp"
)

// Version is that of the Vault that Binary finds, as in 1.21.1. It asks the program itself.
func Version(ctx context.Context) (string, error) {
	binary, err := Binary(ctx)
	if err != nil {
		return "", err
	}
	said, err := output(ctx, nil, binary, "version")
	if err != nil {
		return "", fmt.Errorf("ask vault for its version: %w", err)
	}
	return versionFrom(said)
}

var versionSaid = regexp.MustCompile(`^Vault v(\d+\.\d+\.\d+)`)

func versionFrom(said string) (string, error) {
	found := versionSaid.FindStringSubmatch(said)
	if found == nil {
		return "", fmt.Errorf("ask vault for its version: it answers %q", said)
	}
	return found[1], nil
}
