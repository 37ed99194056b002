package oraclesim

import "net/http"

// authCode tells a login's end in the domain's words, which are as precise as the pod's 401 is not (OCI IAM,
// Authentication API error codes).
func authCode(reason Reason) (code, message string) {
	switch reason {
	case ReasonLocked, ReasonLockLag:
		return "AUTH-3002", "Your account is locked. Contact your system administrator."
	case ReasonDisabled:
		return "AUTH-3003", "Your account is deactivated. Contact your system administrator."
	case ReasonExpired:
		return "AUTH-3004", "Your password is expired."
	case ReasonMustChange:
		return "AUTH-3005", "You must change your password."
	case ReasonFederated:
		return "AUTH-3012", "A federated user can't perform local authentication."
	case ReasonWrongPassword, ReasonAccepted:
	}
	return "AUTH-3001", "You entered an incorrect username or password."
}

// authenticate is the last step of the domain's Authentication API: a login with a password, which counts as any other.
// The step before it, which hands out requestState, is not served: any state is taken.
func (a *domainAPI) authenticate(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Op          string `json:"op"`
		Credentials struct {
			Username string `json:"username"`
			Password string `json:"password"`
		} `json:"credentials"`
		RequestState string `json:"requestState"`
	}
	if r.Method != http.MethodPost || decodeJSON(r, &body) != nil || body.Op != "credSubmit" {
		failDomain(w, http.StatusBadRequest, "The simulator serves POST with the operation credSubmit only.", "")
		return
	}
	reason, known := a.pod.domainLogin(body.Credentials.Username, body.Credentials.Password, r)
	if known && reason == ReasonAccepted {
		writeJSON(w, http.StatusOK, typeJSON, map[string]string{"status": "success", "ecid": ecid()})
		return
	}
	code, message := authCode(reason)
	writeJSON(w, http.StatusUnauthorized, typeJSON, map[string]any{
		"status": "failed", "ecid": ecid(), "requestState": body.RequestState,
		"cause": []map[string]string{{"message": message, "code": code}},
	})
}

// domainLogin authenticates a user at the domain.
func (p *Pod) domainLogin(user, password string, r *http.Request) (reason Reason, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, known := p.accounts[accountKey(user)]
	if !known {
		return ReasonWrongPassword, false
	}
	now := p.now()
	p.settle(a, now)
	reason = a.inDomain(p.switches).login(password, now, p.switches)
	a.logins.add(Login{Time: now, Accepted: reason == ReasonAccepted, Reason: reason, Path: r.URL.Path, ClientAgent: r.UserAgent()})
	return reason, true
}
