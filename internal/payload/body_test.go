package payload

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func TestLimit(t *testing.T) {
	require.EqualValues(t, 4<<20, Limit(nil))
	require.EqualValues(t, 4<<20, Limit(&soap.Limits{}))
	require.EqualValues(t, 7, Limit(&soap.Limits{Bytes: 7}))
	require.EqualValues(t, int64(math.MaxInt64), Limit(&soap.Limits{Bytes: -1}))
}

// Whatever the Content-Length says, and however the bytes come, all of them are read, and nothing beyond the limit is.
func TestReadAll(t *testing.T) {
	for _, n := range []int{0, 1, 100, 4 << 10, Largest - 1, Largest, Largest + 1, 300_000} {
		s := strings.Repeat("x", n)
		for _, size := range []int64{-1, 0, 1, int64(n) - 1, int64(n), int64(n) + 1, 1 << 40} {
			for name, r := range map[string]func() io.Reader{
				"at once":      func() io.Reader { return strings.NewReader(s) },
				"with the end": func() io.Reader { return iotest.DataErrReader(strings.NewReader(s)) },
				"by halves":    func() io.Reader { return iotest.HalfReader(strings.NewReader(s)) },
			} {
				for _, limit := range []int64{int64(n), int64(n) + 1, math.MaxInt64} {
					b, err := ReadAll(r(), size, limit)
					require.NoError(t, err, "%d bytes %s, size %d", n, name, size)
					require.Equal(t, s, string(b))
				}
				if n > 0 {
					b, err := ReadAll(r(), size, int64(n)-1)
					require.ErrorIs(t, err, ErrTooLarge, "%d bytes %s, size %d", n, name, size)
					require.Equal(t, s, string(b), "what was read")
				}
			}
		}
	}
}

// A Content-Length is a claim: memory comes with the bytes.
func TestContentLengthIsNotBelieved(t *testing.T) {
	var b []byte
	var err error
	allocated := testing.AllocsPerRun(1, func() { b, err = Read(strings.NewReader("short"), "", 1<<40, 1<<41) })
	require.Equal(t, io.ErrUnexpectedEOF, err)
	require.Equal(t, "short", string(b))
	require.LessOrEqual(t, cap(b), Largest)
	require.Less(t, allocated, 10.0)
	_, err = Read(nil, "", 11, 10)
	require.Equal(t, ErrTooLarge, err, "before a byte was read")
}

// What was borrowed for one body is not in the next one.
func TestBytesAreTheCallers(t *testing.T) {
	one, err := ReadAll(strings.NewReader("one"), -1, 10)
	require.NoError(t, err)
	two, err := ReadAll(strings.NewReader("two"), -1, 10)
	require.NoError(t, err)
	require.Equal(t, "one two", string(one)+" "+string(two))
}

func TestBrokenBodiesHaveABeginning(t *testing.T) {
	wrong := errors.New("the connection is broken")
	for _, size := range []int64{-1, 10} {
		b, err := ReadAll(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(wrong)), size, 100)
		require.Equal(t, wrong, err)
		require.Equal(t, "half", string(b))
	}
	_, err := Read(io.MultiReader(strings.NewReader(zip("all")[:5]), iotest.ErrReader(wrong)), "gzip", -1, 100)
	require.Equal(t, wrong, err, "it is not gzip that is wrong")
}

func TestCodings(t *testing.T) {
	text := strings.Repeat("x", 1000)
	for _, test := range []struct {
		name, encoding, body string
		limit                int64
		want                 string
		err                  error
	}{
		{"none", "", text, 1000, text, nil},
		{"identity", " Identity ", text, 1000, text, nil},
		{"gzip", "GZIP", zip(text), 1000, text, nil},
		{"x-gzip", "x-gzip", zip(text), 1000, text, nil},
		{"two members", "gzip", zip(text) + zip("y"), 1001, text + "y", nil},
		{"too large unpacked", "gzip", zip(text), 999, text, ErrTooLarge},
		{"too large packed", "gzip", strings.Repeat(zip(""), 100), 1000, "", ErrTooLarge},
		{"no gzip", "gzip", text, 1000, "", ErrGzip},
		{"no bytes", "gzip", "", 1000, "", ErrGzip},
		{"cut short", "gzip", zip(text)[:len(zip(text))-4], 1000, text, ErrGzip},
		{"another", "br", text, 1000, "", ErrCoding},
		{"two", "gzip, gzip", text, 1000, "", ErrCoding},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 2 { // the second time with what is in the pools
				got, err := Read(strings.NewReader(test.body), test.encoding, int64(len(test.body)), test.limit)
				require.ErrorIs(t, err, test.err)
				require.Equal(t, test.want, string(got))
				got, err = Unpack([]byte(test.body), test.encoding, test.limit)
				require.ErrorIs(t, err, test.err)
				require.Equal(t, test.want, string(got))
			}
		})
	}
	_, err := Unpack(nil, strings.Repeat("\xff", 1000), 1)
	require.Less(t, len(err.Error()), 500)
}
