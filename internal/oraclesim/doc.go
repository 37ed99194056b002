// Package oraclesim is a stateful simulator of one Oracle Fusion Cloud pod, as far as an integration user of the
// Financials REST API meets it: users, passwords and privileges, lockout, expiry, the expiry report, real
// resource names, and the ways in which a pod or what stands before it fails.
//
// It is not a mock: a refused login counts towards a lock, as it would in Oracle, and a test can ask afterwards
// how many logins a user really spent. It holds no business data, and only what is documented or has been seen of
// a pod is a fact here; each open question is a field of [Switches]. It imports nothing else of this module, so
// that one misreading of Oracle cannot be made twice.
//
// Its invariant: no password is ever stored in clear, logged, printed, or answered by the control port.
//
//	sim, err := oraclesim.Start(oraclesim.Config{
//		Users: []oraclesim.User{{Name: "INT_GL", Password: "Welcome1#"}},
//	})
//	defer sim.Close()
//	sim.Pod().AdvanceClock(91 * 24 * time.Hour) // the password has expired
//	// … use sim.URL() with sim.CACertPEM() …
//	logins := sim.Pod().Logins("INT_GL") // one, refused, expired
//
// # A request's way
//
// A request is logged on arrival, then meets the faults in the order of their injection, then authentication,
// then the resource: an unknown one is 404, one whose privilege is missing 403, one without data access 200 with
// no items. Every refusal of a login is the same 401, with the header WWW-Authenticate: Basic realm="owsm" and no
// body. Faults come before authentication and spend no login, unless Fault.AfterLogin says so.
//
// # The control port
//
// It speaks plain HTTP and JSON on the loopback interface, without authentication. GET / lists the paths. A body
// is one JSON object; unknown fields are refused. Mistakes are answered {"error": "one sentence"} with 400, or
// 404 for a user or a path that does not exist. Durations are texts such as "90m" or "80d".
//
//	GET    /pod                      url, ca_cert, down, now
//	POST   /down, /up                Pod.SetDown
//	GET    /clock                    now
//	POST   /clock                    {"advance": "80d"}
//	GET    /switches                 every field of Switches, in snake_case
//	PATCH  /switches                 {"lock_threshold": 3}; what is left out stays, a zero value is the default
//	GET    /users                    all states
//	POST   /users                    {"name": "INT_GL", "password": "…", "access": {"GL": "granted"}}
//	                                 and password_age, password_max_age (or "never"), disabled
//	GET    /users/{name}             State
//	POST   /users/{name}/password    {"password": "…"}
//	POST   /users/{name}/privilege   {"module": "GL", "access": "denied"}
//	POST   /users/{name}/lock, unlock, disable, enable, expire
//	GET    /users/{name}/logins      every Login
//	GET    /requests                 every Request
//	DELETE /logs                     Pod.ResetLogs
//	POST   /report                   RunExpiryReport; answers the users it hit
//	GET    /resources                what the pod serves
//	POST   /resources                {"name": "chartOfAccounts", "module": "GL"}
//	DELETE /resources/{name}         404 from now on
//	DELETE /modules/{module}         404 for all resources of the module
//	GET    /faults                   what is armed, with what is left of skip and count
//	POST   /faults                   {"kind": "status", "status": 503, "retry_after": "30", "count": 2}
//	DELETE /faults                   Pod.ClearFaults
//
// The program oracle-financials-sim serves a pod and speaks to this port.
package oraclesim
