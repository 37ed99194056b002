// Package notify decides what is told to whom and when, and sees to it that it arrives.
//
// It is for troubles that begin, change, last and end, and for passwords that are about to expire. How a receiver is spoken
// to is package receiver's. Decisions are pure: Look sees what is wrong, Next says what a receiver is told of it. Its one
// invariant: a message is stored before it is sent and stays stored until it was taken, so that a kill at any instant loses
// none, and a repeat carries the same id.
package notify
