package oraclesim

import (
	"errors"
	"net/http"
)

func (c *control) removeUser(r *http.Request) (any, error) {
	if err := c.pod.RemoveUser(r.PathValue("name")); err != nil {
		return nil, err
	}
	return c.listUsers(r)
}

// userFlag makes a handler of a method that takes the user's name and a boolean. The boolean is needed: left out it would
// take something away.
func (c *control) userFlag(set func(user string, on bool) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var body struct {
			On *bool `json:"on"`
		}
		if err := decode(r, &body); err != nil {
			return nil, err
		}
		if body.On == nil {
			return nil, errors.New("on is needed, true or false")
		}
		return c.userCall(func(user string) error { return set(user, *body.On) })(r)
	}
}

func (c *control) addRole(r *http.Request) (any, error) {
	var role Role
	if err := decode(r, &role); err != nil {
		return nil, err
	}
	return c.userCall(func(user string) error { return c.pod.AddRole(user, role) })(r)
}

func (c *control) removeRole(r *http.Request) (any, error) {
	return c.userCall(func(user string) error { return c.pod.RemoveRole(user, r.PathValue("code")) })(r)
}

func (c *control) listPasswordChanges(r *http.Request) (any, error) {
	state, err := c.pod.State(r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"password_changes": neverNull(c.pod.PasswordChanges(state.Name))}, nil
}
