// Package oraclesim is a stateful simulator of one Oracle Fusion Cloud pod, as far as an integration user of the
// Financials REST API meets it: users, passwords and privileges, lockout, expiry, the expiry report, real resource names,
// the users of Fusion's SCIM, an identity domain, and the ways in which a pod or what stands before it fails.
//
// It is not a mock: a refused login counts towards a lock, as it would in Oracle, and a test can ask afterwards
// how many logins a user really spent. It holds no business data, and only what is documented or has been seen of
// a pod is a fact here; each open question is a field of [Switches]. It imports nothing else of this module, so
// that one misreading of Oracle cannot be made twice.
//
// Its invariant: no password, client secret or access token is ever stored in clear, logged, printed, or answered by the
// control port.
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
// A request is logged on arrival, then meets the faults in the order of their injection, then maintenance, the rate limit
// and location-based access where a switch has them, then authentication, then the resource: an unknown one is 404, one
// whose privilege is missing 403, one without data access 200 with no items. Every refusal of a login is the same 401,
// with the header WWW-Authenticate: Basic realm="owsm" and no body. Faults come before authentication and spend no login,
// unless Fault.AfterLogin says so.
//
// # Administration over SCIM
//
// A user with User.IdentityAdmin can look users up and set passwords (Oracle Applications REST guide, Get all users,
// Reset User Password, Disable a User); each of his requests is a login as well:
//
//	GET    /hcmRestApi/scim/Users?filter=username eq "X"   also attributes, count, startIndex; no totalResults
//	GET    /hcmRestApi/scim/Users/{id}
//	PATCH  /hcmRestApi/scim/Users/{id}                     {"schemas": […], "password": "…", "active": true}
//	GET    /hcmRestApi/scim/Schemas
//	GET    /hcmRestApi/resources/{version}/userAccounts    also /{GUID}; PATCH SuspendedFlag; the actions resetPassword,
//	                                                       which sets a random password, and updatePassword
//
// # The identity domain
//
// With Config.Domain an OCI IAM identity domain listens on a port of its own, with a certificate of the same authority. It
// shows the pod's accounts, or under Switches.DomainNotLoginStore copies of them. A [Client] gets an access token for its
// id and secret, and with it:
//
//	POST   /oauth2/v1/token                          grant_type=client_credentials, scope=urn:opc:idm:__myscopes__
//	GET    /admin/v1/Users, /admin/v1/Users/{id}     what is returned on request has to be named in attributes
//	GET    /admin/v1/PasswordPolicies, /{id}         figures of the switches
//	PUT    /admin/v1/UserPasswordChanger/{id}        a password of the client's choice
//	PUT    /admin/v1/UserPasswordResetter/{id}       a random one
//	POST   /admin/v1/UserLockedStateChanger          {"userId": "…", "locked": false}
//	PUT    /admin/v1/UserStatusChanger/{id}          {"active": true}
//	POST   /sso/v1/sdk/authenticate                  a login of a user, answered with AUTH codes
//
// # The control port
//
// It speaks plain HTTP and JSON on the loopback interface, without authentication. GET / lists the paths. A body
// is one JSON object; unknown fields are refused. Mistakes are answered {"error": "one sentence"} with 400, or
// 404 for a user, a client or a path that does not exist. Durations are texts such as "90m" or "80d".
//
//	GET    /pod                      url, ca_cert, down, now; with a domain domain_url, domain_down
//	POST   /down, /up                Pod.SetDown
//	POST   /domain/down, /domain/up  Pod.SetDomainDown
//	GET    /clock                    now
//	POST   /clock                    {"advance": "80d"}
//	GET    /switches                 every field of Switches, in snake_case
//	PATCH  /switches                 {"lock_threshold": 3}; what is left out stays, a zero value is the default
//	GET    /users                    all states
//	POST   /users                    {"name": "INT_GL", "password": "…", "access": {"GL": "granted"}}
//	                                 and password_age, password_max_age (or "never"), disabled, identity_admin,
//	                                 must_change, federated, roles ([{"code": "…", "name": "…"}])
//	GET    /users/{name}             State
//	DELETE /users/{name}             Pod.RemoveUser
//	POST   /users/{name}/password    {"password": "…"}
//	GET    /users/{name}/password-changes   every PasswordChange
//	POST   /users/{name}/privilege   {"module": "GL", "access": "denied"}
//	POST   /users/{name}/identity-admin, must-change, federated   {"on": true}
//	POST   /users/{name}/roles       {"code": "…", "name": "…"}
//	DELETE /users/{name}/roles/{code}
//	POST   /users/{name}/lock, unlock, disable, enable, expire
//	GET    /users/{name}/logins      every Login
//	GET    /clients                  every ClientState
//	POST   /clients                  {"id": "…", "secret": "…", "rights": ["read_users"]}; without rights all of them
//	POST   /clients/{id}/secret      {"secret": "…"}
//	DELETE /clients/{id}
//	DELETE /tokens                   Pod.RevokeTokens
//	GET    /requests                 every Request, those to the domain too
//	DELETE /logs                     Pod.ResetLogs
//	POST   /report                   RunExpiryReport; answers the users it hit
//	GET    /resources                what the pod serves
//	POST   /resources                {"name": "chartOfAccounts", "module": "GL"}
//	DELETE /resources/{name}         404 from now on
//	DELETE /modules/{module}         404 for all resources of the module
//	GET    /faults                   what is armed, with what is left of skip and count
//	POST   /faults                   {"kind": "status", "status": 503, "retry_after": "30", "count": 2}
//	DELETE /faults                   Pod.ClearFaults
//	POST   /faults/late              Pod.ReleaseLate
//
// The program oracle-financials-sim serves a pod and speaks to this port.
package oraclesim
