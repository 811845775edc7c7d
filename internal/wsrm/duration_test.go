package wsrm

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// XML Schema Part 2, 3.2.6
func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for s, want := range map[string]time.Duration{
		"PT0S": 0, "P0D": 0, "-PT0S": 0, "PT60S": time.Minute, "PT1H30M": 90 * time.Minute, "P1Y2M3DT4H5M6.789S": 365*day + 60*day + 3*day + 4*time.Hour + 5*time.Minute + 6789*time.Millisecond,
		"P1M": 30 * day, "PT1M": time.Minute, "PT36H": 36 * time.Hour, "PT0.0000000019S": 1, "PT007S": 7 * time.Second,
		"P300Y": math.MaxInt64, "PT99999999999999999999S": math.MaxInt64, "P292Y999D": math.MaxInt64,
	} {
		got, err := parseDuration(s)
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{
		"", "P", "PT", "P1", "1D", "T1S", "PT1", "P1S", "PT1D", "P1DT", "P1M1Y", "P1Y1Y", "PT1S1M", "PT1.S", "PT.5S", "PT1.5M", "P1.5D",
		"P-1D", "+P1D", "--P1D", "P1D ", " P1D", "p1d", "PT1S2", "P1DT1HT1M", "PTT1S", "P1W", "PT1,5S", "-PT1S", "-P1Y", "PT１S",
	} {
		_, err := parseDuration(s)
		require.Error(t, err, s)
	}
	for d, want := range map[time.Duration]string{
		time.Second: "PT1S", 90 * time.Minute: "PT5400S", 1500 * time.Millisecond: "PT1.5S", 1: "PT0.000000001S", math.MaxInt64: "PT9223372036.854775807S",
	} {
		require.Equal(t, want, string(appendDuration(nil, d)))
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"PT0S", "P1Y2M3DT4H5M6.789S", "-P1D", "PT600S", "P", "PT1.000000001S"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDuration(s)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, d, time.Duration(0))
		again, err := parseDuration(string(appendDuration(nil, d)))
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}
