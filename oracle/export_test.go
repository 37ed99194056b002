package oracle

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// What only tests of this folder may reach: the bound of a detail, the reading of one answer without a
// network, and the connection that is never late.

const (
	MaxAnswer     = maxAnswer
	MaxToken      = maxToken
	MaxTokenLife  = maxTokenLife
	MaxTokens     = maxTokens
	TokenMargin   = tokenMargin
	MaxDetail     = maxDetail
	ResourcesPath = resourcesPath
	RetryWaitMin  = retryWaitMin
)

var ErrTooLate = errTooLate

func Read(response *http.Response, login Login) Answer { return probe(login, "").read(response) }

// Said is what a server answered.
type Said struct {
	Status      int
	ContentType string
	Body        []byte
}

func (s Said) readBy(ask request) Answer {
	return ask.read(&http.Response{
		StatusCode: s.Status, Header: http.Header{"Content-Type": {s.ContentType}}, Body: io.NopCloser(bytes.NewReader(s.Body)),
	})
}

// ReadFusionUsers and ReadDomainUsers read one answer about a user without a network; the policy is not asked for.

func ReadFusionUsers(said Said, login Login, username string) LookUp {
	var list userList
	by := credential{login: login}
	answer := said.readBy(request{by: by, understand: understandUsers(username, false, &list)})
	return list.fromFusion(answer, by)
}

func ReadDomainUsers(said Said, login Login, token, username string) (Answer, View) {
	var list userList
	by := credential{login: login, token: secret.New(token)}
	answer := said.readBy(request{by: by, understand: understandUsers(username, true, &list)})
	if answer.Outcome != Rows {
		return answer, View{}
	}
	return answer, viewFromDomain(list.user, by)
}

// UserQuery gives the query for a user, and whether it may be asked for.
func UserQuery(username string) (string, bool) { return userQuery(username), unaskable(username) == "" }

// ReadToken reads the answer to a request for a token; without one it is empty.
func ReadToken(said Said, login Login) (token string, life time.Duration, answer Answer) {
	var grant granted
	answer = said.readBy(tokenRequest(login, &grant))
	return grant.token.Reveal(), grant.life, answer
}

func RulesFrom(body []byte) Rules { return rulesFrom(objectFrom(body)) }

// KeepToken, DropToken and TokenInHand reach the tokens as a look-up does.

func (c *Client) KeepToken(directory Directory, token string, life time.Duration) {
	c.tokens.keep(directory, granted{token: secret.New(token), life: life})
}

func (c *Client) DropToken(directory Directory, token string) {
	c.tokens.drop(directory, secret.New(token))
}

func (c *Client) TokenInHand(directory Directory) string {
	token, _ := c.tokens.find(directory)
	return token.Reveal()
}

func (c *Client) TokensKept() int { return len(c.tokens.slots) }

func PunctualConn(conn net.Conn, deadline time.Time) net.Conn {
	return &punctualConn{Conn: conn, deadline: deadline}
}

func IsOver(deadline, now time.Time) bool { return isOver(deadline, now) }
