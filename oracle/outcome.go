package oracle

// Outcome is what one request came to. The list is closed: callers branch on these and never on text.
type Outcome string

// The outcomes of a request.
const (
	// Rows is 200 with a JSON collection that holds at least one row: the login and the module work. Of a look-up: the
	// user was found. Of a request to set a password: the directory accepted it.
	Rows Outcome = "rows"
	// NoRows is 200 with an empty JSON collection: the login works; a data-security policy may be missing
	// (Access Governance integration reference: 200 with count 0). Of a look-up: there is no such user.
	NoRows Outcome = "no_rows"
	// Refused is 401: wrong, locked, expired, disabled and unknown look the same over Basic authentication. Also 400
	// with invalid_client, which is how some OAuth servers say it.
	Refused Outcome = "refused"
	// Forbidden is a 403 that is not HTML: the login works, the privilege is missing, or the caller's
	// network is not listed in location-based access.
	Forbidden Outcome = "forbidden"
	// NotFound is 404: this pod does not have the resource; it says nothing about the login.
	NotFound Outcome = "not_found"
	// Throttled is 429.
	Throttled Outcome = "throttled"
	// Unavailable is any 5xx.
	Unavailable Outcome = "unavailable"
	// UnexpectedContent is an answer that Oracle's REST layer would not give: HTML, a redirect, JSON
	// without the collection envelope, another user than the one asked for, a body that broke off, another status. With
	// NotSent it is a question that cannot be put, such as a user name with a quote.
	UnexpectedContent Outcome = "unexpected_content"
	// NoConnection is: the name did not resolve, nobody listens, or the connection broke.
	NoConnection Outcome = "no_connection"
	// TLSFailure is: the server's certificate or protocol was not acceptable, so nothing was sent.
	TLSFailure Outcome = "tls_failure"
	// Timeout is: no whole answer in time.
	Timeout Outcome = "timeout"
	// HostNotAllowed is: allowed_hosts does not permit the host any more, so nothing was sent.
	HostNotAllowed Outcome = "host_not_allowed"
)

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	return []Outcome{
		Rows, NoRows, Refused, Forbidden, NotFound, Throttled, Unavailable,
		UnexpectedContent, NoConnection, TLSFailure, Timeout, HostNotAllowed,
	}
}

// ProvesLogin says whether Oracle authenticated the request.
func (o Outcome) ProvesLogin() bool { return o == Rows || o == NoRows || o == Forbidden }

// Delivery says how far a request got, which is what the lockout guard has to know about it.
type Delivery string

// How far a request got.
const (
	// NotSent: not a byte of the request left (name, connection or TLS failed before).
	NotSent Delivery = "not_sent"
	// Unanswered: it may have reached Oracle, and no HTTP status came back.
	Unanswered Delivery = "unanswered"
	// Answered: an HTTP status came back.
	Answered Delivery = "answered"
)

// Answer is one request's result.
type Answer struct {
	Outcome    Outcome
	Delivery   Delivery
	HTTPStatus int    // 0 when none came
	Detail     string // Oracle's own words or the network's, bounded and scrubbed, for people
}
