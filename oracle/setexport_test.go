package oracle

import (
	"net/http"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// ReadFusionSetting and ReadDomainSetting read one answer to a request to set, without a network.

func ReadFusionSetting(said Said, login Login, userID, password string) Setting {
	setting := said.set(fusionSetting(login, userID, secret.New(password)), userID)
	setting.Login = loginBehind(setting.Answer, false)
	return setting
}

func ReadDomainSetting(said Said, login Login, token, userID, password string) Setting {
	return said.set(domainSetting(login, secret.New(token), userID, secret.New(password)), userID)
}

func (s Said) set(ask request, userID string) Setting {
	var setting Setting
	setting.Answer = s.readBy(ask.judged(userID, &setting.Result))
	return setting
}

// HandOver sends one attempt of a request through what every attempt passes, with next in the place of the transport.
func HandOver(request *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	return (&roundTrip{next: roundTripper(next)}).RoundTrip(request)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
