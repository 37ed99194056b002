package oraclesim

import (
	"net/http"
	"time"
)

// faultBody is a Fault on the control port.
type faultBody struct {
	Kind       FaultKind `json:"kind"`
	Domain     bool      `json:"domain,omitempty"`
	Method     string    `json:"method,omitempty"`
	Path       string    `json:"path,omitempty"`
	User       string    `json:"user,omitempty"`
	Skip       int       `json:"skip,omitempty"`
	Count      int       `json:"count,omitempty"`
	AfterLogin bool      `json:"after_login,omitempty"`
	Status     int       `json:"status,omitempty"`
	Body       BodyForm  `json:"body,omitempty"`
	RetryAfter string    `json:"retry_after,omitempty"`
	Location   string    `json:"location,omitempty"`
	Delay      span      `json:"delay,omitzero"`
	MiB        int       `json:"mib,omitempty"`
}

func (c *control) listFaults(*http.Request) (any, error) {
	var faults []faultBody
	for _, f := range c.pod.Faults() {
		faults = append(faults, faultBody{
			Kind: f.Kind, Domain: f.Domain, Method: f.Method, Path: f.Path, User: f.User, Skip: f.Skip, Count: f.Count, AfterLogin: f.AfterLogin,
			Status: f.Status, Body: f.Body, RetryAfter: f.RetryAfter, Location: f.Location,
			Delay: span(f.Delay), MiB: f.MiB,
		})
	}
	return map[string]any{"faults": neverNull(faults)}, nil
}

func (c *control) addFault(r *http.Request) (any, error) {
	var b faultBody
	if err := decode(r, &b); err != nil {
		return nil, err
	}
	err := c.pod.Inject(Fault{
		Kind: b.Kind, Domain: b.Domain, Method: b.Method, Path: b.Path, User: b.User, Skip: b.Skip, Count: b.Count, AfterLogin: b.AfterLogin,
		Status: b.Status, Body: b.Body, RetryAfter: b.RetryAfter, Location: b.Location,
		Delay: time.Duration(b.Delay), MiB: b.MiB,
	})
	if err != nil {
		return nil, err
	}
	return c.listFaults(r)
}

func (c *control) clearFaults(r *http.Request) (any, error) {
	c.pod.ClearFaults()
	return c.listFaults(r)
}

// releaseLate carries out what FaultLate has held back.
func (c *control) releaseLate(*http.Request) (any, error) {
	return map[string]int{"carried_out": c.pod.ReleaseLate()}, nil
}
