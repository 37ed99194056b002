package web

// Slogger is what the tests of this package reach inside.
var Slogger = slogger
