package oraclesim

import (
	"net/http"
	"time"
)

// switchesBody is Switches on the control port.
type switchesBody struct {
	LockThreshold              int      `json:"lock_threshold"`
	LockDuration               span     `json:"lock_duration"`
	APILockLag                 span     `json:"api_lock_lag"`
	NoAPILockLag               bool     `json:"no_api_lock_lag"`
	LagAfterTimedUnlock        bool     `json:"lag_after_timed_unlock"`
	LockedLoginsExtendLock     bool     `json:"locked_logins_extend_lock"`
	ExpiredAcceptedUntilReport bool     `json:"expired_accepted_until_report"`
	ExpiryReportOff            bool     `json:"expiry_report_off"`
	DailyExpiryReport          bool     `json:"daily_expiry_report"`
	ForbiddenBody              BodyForm `json:"forbidden_body"`
	ResourceBeforeLogin        bool     `json:"resource_before_login"`
	CatalogueWithoutLogin      bool     `json:"catalogue_without_login"`
	DescribeWithoutPrivilege   bool     `json:"describe_without_privilege"`
	BareFinderEmpty            bool     `json:"bare_finder_empty"`
	PageLimit                  int      `json:"page_limit"`
}

func newSwitchesBody(s Switches) switchesBody {
	return switchesBody{
		LockThreshold:              s.LockThreshold,
		LockDuration:               span(s.LockDuration),
		APILockLag:                 span(s.APILockLag),
		NoAPILockLag:               s.NoAPILockLag,
		LagAfterTimedUnlock:        s.LagAfterTimedUnlock,
		LockedLoginsExtendLock:     s.LockedLoginsExtendLock,
		ExpiredAcceptedUntilReport: s.ExpiredAcceptedUntilReport,
		ExpiryReportOff:            s.ExpiryReportOff,
		DailyExpiryReport:          s.DailyExpiryReport,
		ForbiddenBody:              s.ForbiddenBody,
		ResourceBeforeLogin:        s.ResourceBeforeLogin,
		CatalogueWithoutLogin:      s.CatalogueWithoutLogin,
		DescribeWithoutPrivilege:   s.DescribeWithoutPrivilege,
		BareFinderEmpty:            s.BareFinderEmpty,
		PageLimit:                  s.PageLimit,
	}
}

func (b switchesBody) switches() Switches {
	return Switches{
		LockThreshold:              b.LockThreshold,
		LockDuration:               time.Duration(b.LockDuration),
		APILockLag:                 time.Duration(b.APILockLag),
		NoAPILockLag:               b.NoAPILockLag,
		LagAfterTimedUnlock:        b.LagAfterTimedUnlock,
		LockedLoginsExtendLock:     b.LockedLoginsExtendLock,
		ExpiredAcceptedUntilReport: b.ExpiredAcceptedUntilReport,
		ExpiryReportOff:            b.ExpiryReportOff,
		DailyExpiryReport:          b.DailyExpiryReport,
		ForbiddenBody:              b.ForbiddenBody,
		ResourceBeforeLogin:        b.ResourceBeforeLogin,
		CatalogueWithoutLogin:      b.CatalogueWithoutLogin,
		DescribeWithoutPrivilege:   b.DescribeWithoutPrivilege,
		BareFinderEmpty:            b.BareFinderEmpty,
		PageLimit:                  b.PageLimit,
	}
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

// faultBody is a Fault on the control port.
type faultBody struct {
	Kind       FaultKind `json:"kind"`
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
			Kind: f.Kind, Path: f.Path, User: f.User, Skip: f.Skip, Count: f.Count, AfterLogin: f.AfterLogin,
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
		Kind: b.Kind, Path: b.Path, User: b.User, Skip: b.Skip, Count: b.Count, AfterLogin: b.AfterLogin,
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
