// Package interop runs programs of other makers against the programs of
// examples/echo, and counts on both sides what arrived: once, in order, and the
// session ended. README.md beside it says what the tests need.
package interop
