// Package client calls Oracle Fusion with the user and password that the secrets engine keeps in Vault, and goes on
// when they rotate. An application imports it; it needs a Vault token that may read one path, and nothing else of this
// project.
//
// A Client is an http.RoundTripper. It reads the credential when it is first needed and again before its ttl ends,
// and sends it to its own server only. When Oracle refuses it (401), the Client reads Vault again and repeats the
// request once, with another credential or not at all. It does not renew Vault's token, and does not repeat a request
// for any other reason: what may be sent twice is for the application to know.
//
// Invariant: a refused password is not sent again, and at most Options.MaxInFlight requests are under way with one.
// Oracle locks an account after about five refused logins in a row, for everybody who uses it.
//
//	oracle, err := client.New(client.Options{Vault: vault.Logical(), Path: "oracle-financials/creds/gl-prod"})
//	...
//	credential, err := oracle.Credential(ctx)
//	...
//	response, err := oracle.HTTP().Get(credential.RESTAPIURL + "ledgersLOV?limit=1")
package client
