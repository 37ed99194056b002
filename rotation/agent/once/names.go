package once

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation/agent/engine"
)

// wellFormed is what the engine takes for a name.
var wellFormed = regexp.MustCompile(`^\w[\w.-]*$`)

// Resolve finds the integrations that are meant: a name where only one of the mounts has it, else mount/name. Each is
// given once. With one mount nobody is asked.
func Resolve(ctx context.Context, asked Engine, mounts, texts []string) ([]Name, error) {
	var names []Name
	for _, text := range texts {
		name, err := resolve(ctx, asked, mounts, text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func resolve(ctx context.Context, asked Engine, mounts []string, text string) (Name, error) {
	name, err := split(mounts, text)
	switch {
	case err != nil || name.Mount != "":
		return name, err
	case len(mounts) == 1:
		return Name{mounts[0], name.Name}, nil
	}
	var found []Name
	for _, mount := range mounts {
		_, err := asked.Status(ctx, mount, name.Name)
		switch {
		case err == nil:
			found = append(found, Name{mount, name.Name})
		case !isKind(err, engine.NotFound):
			return Name{}, fmt.Errorf("whether %s has %s cannot be told (%w): name it with its mount, as in %s/%s", mount, name.Name, err, mounts[0], name.Name)
		}
	}
	switch len(found) {
	case 0:
		return Name{}, fmt.Errorf("there is no integration %s in %s: status lists those that there are", name.Name, strings.Join(mounts, " or "))
	case 1:
		return found[0], nil
	}
	return Name{}, fmt.Errorf("%s is in several mounts: say which one, %s", name.Name, alternatives(found))
}

// split separates a name from its mount, if it has one. What is not well formed is not repeated: it may be anything.
func split(mounts []string, text string) (Name, error) {
	at := strings.LastIndex(text, "/")
	mount, name := strings.Trim(text[:max(at, 0)], "/"), text[at+1:]
	switch {
	case !wellFormed.MatchString(name):
		return Name{}, errors.New("NAME is not the name of an integration: letters, digits, _, - and . with the mount and a slash before it where there are several mounts")
	case at < 0:
		return Name{Name: name}, nil
	case !slices.Contains(mounts, mount):
		return Name{}, fmt.Errorf("the mount before %s is not one of those that are configured: %s", name, strings.Join(mounts, ", "))
	}
	return Name{mount, name}, nil
}

func alternatives(names []Name) string {
	var texts []string
	for _, name := range names {
		texts = append(texts, name.Mount+"/"+name.Name)
	}
	return strings.Join(texts, " or ")
}

func isKind(err error, kinds ...engine.Kind) bool {
	var fault *engine.Fault
	return errors.As(err, &fault) && slices.Contains(kinds, fault.Kind)
}
