//go:build race

package rm

const raceEnabled = true
