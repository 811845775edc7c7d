package wsrm

import (
	"errors"
	"math"
	"strconv"
	"time"
)

var errDuration = errors.New("not a duration")

const day = 24 * time.Hour

// parseDuration reads an xs:duration. A year has 365 days and a month 30; what is too long for a time.Duration becomes the
// longest one, and what is shorter than a nanosecond is cut off. A duration below zero is an error.
//
// WS-RM 1.1, 3.4
func parseDuration(s string) (time.Duration, error) {
	negative := false
	if len(s) > 0 && s[0] == '-' {
		negative, s = true, s[1:]
	}
	if len(s) < 2 || s[0] != 'P' {
		return 0, errDuration
	}
	s = s[1:]
	var total time.Duration
	units := "YMD"
	clock := false
	for s != "" {
		if s[0] == 'T' {
			if clock || len(s) == 1 {
				return 0, errDuration
			}
			clock, units, s = true, "HMS", s[1:]
			continue
		}
		n := 0
		for n < len(s) && s[n]-'0' <= 9 {
			n++
		}
		whole, fraction := s[:n], ""
		if n < len(s) && s[n] == '.' {
			end := n + 1
			for end < len(s) && s[end]-'0' <= 9 {
				end++
			}
			fraction, n = s[n+1:end], end
			if whole == "" || fraction == "" || n == len(s) || s[n] != 'S' {
				return 0, errDuration
			}
		}
		if whole == "" || n == len(s) {
			return 0, errDuration
		}
		// Units come in their order, each at most once.
		i := 0
		for i < len(units) && units[i] != s[n] {
			i++
		}
		if i == len(units) {
			return 0, errDuration
		}
		unit := unitOf(units[i], clock)
		units, s = units[i+1:], s[n+1:]
		total = plus(total, times(whole, unit))
		total = plus(total, nanoseconds(fraction))
	}
	if negative && total != 0 {
		return 0, errors.New("a duration below zero")
	}
	return total, nil
}

func unitOf(c byte, clock bool) time.Duration {
	switch {
	case c == 'Y':
		return 365 * day
	case c == 'M' && !clock:
		return 30 * day
	case c == 'D':
		return day
	case c == 'H':
		return time.Hour
	case c == 'M':
		return time.Minute
	}
	return time.Second
}

// times returns n units; n is digits.
func times(n string, unit time.Duration) time.Duration {
	v, ok := parseUnsigned(n)
	if !ok || v > uint64(math.MaxInt64/unit) {
		return math.MaxInt64
	}
	return time.Duration(v) * unit
}

// nanoseconds returns a fraction of a second, given by its digits.
func nanoseconds(digits string) (d time.Duration) {
	unit := time.Second
	for i := range min(len(digits), 9) {
		unit /= 10
		d += time.Duration(digits[i]-'0') * unit
	}
	return d
}

func plus(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// appendDuration appends d, which is not below zero, as an xs:duration in seconds.
func appendDuration(b []byte, d time.Duration) []byte {
	b = append(b, "PT"...)
	b = strconv.AppendInt(b, int64(d/time.Second), 10)
	if frac := d % time.Second; frac != 0 {
		b = append(b, '.')
		for unit := time.Second / 10; frac > 0; unit /= 10 {
			b = append(b, '0'+byte(frac/unit))
			frac %= unit
		}
	}
	return append(b, 'S')
}
