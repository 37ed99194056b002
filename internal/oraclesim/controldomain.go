package oraclesim

import "net/http"

// clientBody is a Client on the control port.
type clientBody struct {
	ID     string  `json:"id"`
	Secret string  `json:"secret"`
	Rights []Right `json:"rights"`
}

func (c *control) domainRoutes() []route {
	return []route{
		{"POST /domain/down", "", c.portCall(c.pod.SetDomainDown, c.server.DomainURL, true)},
		{"POST /domain/up", "", c.portCall(c.pod.SetDomainDown, c.server.DomainURL, false)},
		{"GET /clients", "", c.listClients},
		{"POST /clients", "id secret [rights]", c.addClient},
		{"POST /clients/{id}/secret", "secret", c.setClientSecret},
		{"DELETE /clients/{id}", "", c.removeClient},
		{"DELETE /tokens", "", c.revokeTokens},
	}
}

func (c *control) listClients(*http.Request) (any, error) {
	return map[string]any{"clients": neverNull(c.pod.Clients())}, nil
}

func (c *control) addClient(r *http.Request) (any, error) {
	var body clientBody
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := c.pod.AddClient(Client(body)); err != nil {
		return nil, err
	}
	return c.listClients(r)
}

func (c *control) setClientSecret(r *http.Request) (any, error) {
	var body struct {
		Secret string `json:"secret"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := c.pod.SetClientSecret(r.PathValue("id"), body.Secret); err != nil {
		return nil, err
	}
	return c.listClients(r)
}

func (c *control) removeClient(r *http.Request) (any, error) {
	if err := c.pod.RemoveClient(r.PathValue("id")); err != nil {
		return nil, err
	}
	return c.listClients(r)
}

func (c *control) revokeTokens(*http.Request) (any, error) {
	return map[string]int{"revoked": c.pod.RevokeTokens()}, nil
}
