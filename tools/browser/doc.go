// Package browser holds what the agent's status page promises to people with a real browser: that it opens in Chromium
// without a fault, works by keyboard, on a phone, on paper and in both colour schemes, is accessible, and shows hostile
// text as text. It has tests only, in a module of its own, so that the browser's library can't change the versions of
// what we ship.
//
// Chromium is the one that CHROMIUM_BIN names, axe-core the file that AXE_PATH names; make test sets both. Pictures of
// every page are left in the folder that SCREENSHOTS names.
package browser
