package backend_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"pgregory.net/rapid"
)

// What other clients do with the same user, and administrators with the domain.

const (
	othersID  = "others"
	othersKey = "Others-Horse-8"
)

// send makes a request of somebody else, outside the bubble. What becomes of it shows in the pod.
func (s *stage) send(method, address, mediaType, body string, sign func(*http.Request)) []byte {
	var answer []byte
	s.outside(func() {
		req, err := http.NewRequest(method, address, bytes.NewBufferString(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", mediaType)
		sign(req)
		if response, err := s.others.Do(req); err == nil {
			answer, _ = io.ReadAll(response.Body) // a broken answer is none
			_ = response.Body.Close()
		}
	})
	return answer
}

// signIn is somebody else's login at the pod.
func (s *stage) signIn(username, password string) {
	s.send(http.MethodGet, s.podURL()+"/hcmRestApi/others", "", "", func(r *http.Request) { r.SetBasicAuth(username, password) })
}

// atDomain is a request to the identity domain, with a token of its own.
func (s *stage) atDomain(path string, body any) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"urn:opc:idm:__myscopes__"}}.Encode()
	answer := s.send(http.MethodPost, s.domainURL()+"/oauth2/v1/token", "application/x-www-form-urlencoded", form,
		func(r *http.Request) { r.SetBasicAuth(othersID, othersKey) })
	var granted struct {
		Token string `json:"access_token"`
	}
	_ = json.Unmarshal(answer, &granted) // without a token the request is in vain, as in an outage
	text, _ := json.Marshal(body)
	s.send(http.MethodPost, s.domainURL()+path, "application/json", string(text),
		func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+granted.Token) })
}

// signInAtDomain is somebody's login at the identity domain.
func (s *stage) signInAtDomain(username, password string) {
	s.atDomain("/sso/v1/sdk/authenticate", map[string]any{
		"op": "credSubmit", "credentials": map[string]any{"username": username, "password": password},
	})
}

// lockAtDomain sets a lock that the domain has, or lifts it, and its count with it.
func (s *stage) lockAtDomain(id string, locked bool) {
	s.atDomain("/admin/v1/UserLockedStateChanger", map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:oracle:idcs:UserLockedStateChanger"}, "userId": id, "locked": locked,
	})
}

func (w *world) othersFail(rt *rapid.T) {
	name := w.anyUser(rt)
	atDomain := w.door == domainDirectory && rapid.Bool().Draw(rt, "at the domain")
	for range rapid.IntRange(1, 3).Draw(rt, "times") {
		w.loggingIn(name, others, func() bool {
			if atDomain {
				w.stage.signInAtDomain(name, "Foreign-Horse-0")
				w.strange[name] = w.strange[name] || w.stage.usual.DomainNotLoginStore
			} else {
				w.stage.signIn(name, "Foreign-Horse-0")
			}
			return true
		})
	}
}

func (w *world) othersSignIn(rt *rapid.T) { w.signInRight(w.anyUser(rt)) }

func (w *world) signInRight(name string) {
	if password := w.live(name); password != "" {
		w.loggingIn(name, others, func() bool {
			w.stage.signIn(name, password)
			return true
		})
	}
}

// healDomain makes a domain that is not the login store forget what was failed there.
func (w *world) healDomain() {
	for _, name := range w.users() {
		if !w.strange[name] {
			continue
		}
		for _, locked := range []bool{true, false} { // an unlock forgets what was failed, where there is a lock
			w.stage.lockAtDomain(w.truth(name).DomainID, locked)
		}
		w.strange[name] = false
	}
}
