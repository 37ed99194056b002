// Command release makes what is published for a version: for each platform the programs in one archive, each built twice
// from two folders and with two caches and compared; the checksums of archives and of programs, which are what Vault wants to
// know of a plugin; the list of everything that is built in (SBOM); and the licences of that.
//
//	go run . -version v0.1.0 -commit … -time … -out ../../bin/release
//
// It is not for publishing or signing: that takes keys, and people. Its one invariant: the same source, Go and arguments
// give the same files, byte by byte, or it fails.
package main
