// Package page is the agent's status page: what needs a hand first, then the whole estate, and a page for each
// integration.
//
// It is for people with a browser, a phone or a printer. What is shown is the agent's snapshot; only an integration's
// history is asked of the engine, when its page is opened, and when that fails nothing else is lost. It needs no
// JavaScript and loads nothing from elsewhere. What is shown is decided by pure functions of the snapshot, the query and
// the time; everything that others wrote is escaped, isolated from the direction of the text around it, and robbed of its
// control characters.
package page
