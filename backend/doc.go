// Package backend is what an operator can say to the engine and what the engine remembers: framework
// paths and storage, nothing else.
//
// It is for turning requests into decisions of package rotation and their results into answers. It is not
// for deciding (package rotation) and makes no HTTP call of its own (package oracle).
//
// Invariant: storage first, memory second. What is acted on was stored before; what memory holds can be
// rebuilt from storage at any time, and is dropped when Vault says that storage changed.
package backend
