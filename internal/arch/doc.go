// Package arch has no code, only a test: it holds the rules about who may import whom, what a package may be called, and
// how long a file may be. The rules are in rules_test.go; a new package is added to the table there.
//
// The linter's depguard says some of this earlier, in the editor. What counts is here, because here it needs nothing but
// the go command and sees indirect imports too.
package arch
