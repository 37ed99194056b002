package oraclesim

import "net/http"

// listResponseSchema is the URN of a list (RFC 7644).
const listResponseSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// domainPage is how many resources are listed without a count.
const domainPage = 50

// inDomain is the account that the domain sees: the pod's, or its own copy.
func (a *account) inDomain(s Switches) *account {
	if s.DomainNotLoginStore {
		return a.domainCopy
	}
	return a
}

// users answers GET Users and GET Users/{id}.
func (c *domainCall) users() {
	query := c.r.URL.Query()
	wanted, err := parseFilter(query.Get("filter"))
	if err != nil {
		failDomain(c.w, http.StatusBadRequest, "Invalid filter: "+err.Error()+".", "")
		return
	}
	part, err := parseWindow(query, domainPage)
	if err != nil {
		failDomain(c.w, http.StatusBadRequest, "Invalid request: "+err.Error()+".", "")
		return
	}
	if c.id != "" {
		wanted = filter{attribute: "id", value: c.id}
	}
	var users []map[string]any
	c.pod.mu.Lock()
	for _, a := range c.pod.matching(wanted, domainID) {
		users = append(users, domainUser(a.inDomain(c.switches), "https://"+c.r.Host, c.pod.now(), named(query.Get("attributes"))))
	}
	c.pod.mu.Unlock()
	c.show(users, part)
}

// show answers one resource where an id was asked for, a list else.
func (c *domainCall) show(resources []map[string]any, part window) {
	switch {
	case c.id == "":
		page := windowOf(resources, part)
		c.answer(http.StatusOK, map[string]any{
			"schemas": []string{listResponseSchema}, "totalResults": len(resources), "Resources": page,
			"startIndex": part.start, "itemsPerPage": len(page),
		})
	case len(resources) == 0:
		c.notFound()
	default:
		c.answer(http.StatusOK, resources[0])
	}
}

func (c *domainCall) notFound() {
	failDomain(c.w, http.StatusNotFound, "Resource with id "+c.id+" does not exist.", "")
}
