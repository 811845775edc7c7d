//go:build race

package soap_test

// race says that allocations cannot be counted: the race detector has sync.Pool forget at random.
const race = true
