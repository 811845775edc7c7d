//go:build !race

package soap_test

const race = false
