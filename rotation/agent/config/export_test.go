package config

// Parse is Load of a text that was read already.
var Parse = parse

// MaxSize is the longest file, in bytes.
const MaxSize = maxSize

// Cause is why a file can't be had; for a reason that the test's user never meets.
var Cause = cause
