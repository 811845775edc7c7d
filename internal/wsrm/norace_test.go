//go:build !race

package wsrm_test

const race = false
