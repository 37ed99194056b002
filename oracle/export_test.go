package oracle

import (
	"net"
	"net/http"
	"time"
)

// What only tests of this folder may reach: the bound of a detail, the reading of one answer without a
// network, and the connection that is never late.

const (
	MaxAnswer     = maxAnswer
	MaxDetail     = maxDetail
	ResourcesPath = resourcesPath
	RetryWaitMin  = retryWaitMin
)

var ErrTooLate = errTooLate

func Read(response *http.Response, login Login) Answer { return read(response, login) }

func PunctualConn(conn net.Conn, deadline time.Time) net.Conn {
	return &punctualConn{Conn: conn, deadline: deadline}
}

func IsOver(deadline, now time.Time) bool { return isOver(deadline, now) }
