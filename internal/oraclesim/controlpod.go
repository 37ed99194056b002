package oraclesim

import (
	"net/http"
	"time"
)

// switchesBody is Switches on the control port, with its durations as text: the outer fields hide the embedded ones of
// the same name.
type switchesBody struct {
	Switches
	LockDuration          span `json:"lock_duration"`
	APILockLag            span `json:"api_lock_lag"`
	PasswordMaxAge        life `json:"password_max_age"`
	PasswordExpireWarning span `json:"password_expire_warning"`
	PasswordMinAge        span `json:"password_min_age"`
	TokenLifetime         span `json:"token_lifetime"`
}

func newSwitchesBody(s Switches) switchesBody {
	return switchesBody{
		Switches:              s,
		LockDuration:          span(s.LockDuration),
		APILockLag:            span(s.APILockLag),
		PasswordMaxAge:        life(s.PasswordMaxAge),
		PasswordExpireWarning: span(s.PasswordExpireWarning),
		PasswordMinAge:        span(s.PasswordMinAge),
		TokenLifetime:         span(s.TokenLifetime),
	}
}

func (b switchesBody) switches() Switches {
	s := b.Switches
	s.LockDuration = time.Duration(b.LockDuration)
	s.APILockLag = time.Duration(b.APILockLag)
	s.PasswordMaxAge = time.Duration(b.PasswordMaxAge)
	s.PasswordExpireWarning = time.Duration(b.PasswordExpireWarning)
	s.PasswordMinAge = time.Duration(b.PasswordMinAge)
	s.TokenLifetime = time.Duration(b.TokenLifetime)
	return s
}

func (c *control) showSwitches(*http.Request) (any, error) {
	return newSwitchesBody(c.pod.Switches()), nil
}

// patchSwitches keeps what the body leaves out; a zero value restores the default.
func (c *control) patchSwitches(r *http.Request) (any, error) {
	body := newSwitchesBody(c.pod.Switches())
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := c.pod.SetSwitches(body.switches()); err != nil {
		return nil, err
	}
	return c.showSwitches(r)
}

// resourceBody is a Resource on the control port.
type resourceBody struct {
	Name        string   `json:"name"`
	Module      Module   `json:"module"`
	Attributes  []string `json:"attributes"`
	NeedsFinder bool     `json:"needs_finder"`
}

func (c *control) listResources(*http.Request) (any, error) {
	var resources []resourceBody
	for _, r := range c.pod.Resources() {
		resources = append(resources, resourceBody(r))
	}
	return map[string]any{"resources": neverNull(resources)}, nil
}

func (c *control) addResource(r *http.Request) (any, error) {
	var body resourceBody
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := c.pod.AddResource(Resource(body)); err != nil {
		return nil, err
	}
	return c.listResources(r)
}

func (c *control) removeResource(r *http.Request) (any, error) {
	if err := c.pod.RemoveResource(r.PathValue("name")); err != nil {
		return nil, err
	}
	return c.listResources(r)
}

func (c *control) removeModule(r *http.Request) (any, error) {
	if err := c.pod.RemoveModule(Module(r.PathValue("module"))); err != nil {
		return nil, err
	}
	return c.listResources(r)
}
