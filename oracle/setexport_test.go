package oracle

import "vault-plugin-secrets-oracle-financials/internal/secret"

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
