// Package receiverfake is whoever is told, for tests: it checks each message as the real receiver would, keeps it, and
// fails on demand.
//
// It imports nothing of ours, so that a wrong field can't be wrong twice: what a message has to look like is in the JSON
// Schemas beside it, and the signature is computed here anew. It is for tests only.
//
//	fake := &receiverfake.Fake{Type: "webhook", Secrets: []string{"whsec_…"}}
//	server := httptest.NewServer(fake)
//	fake.Fail(receiverfake.Status(503), receiverfake.Lose())
//	… fake.Delivered(), fake.Problems()
package receiverfake
