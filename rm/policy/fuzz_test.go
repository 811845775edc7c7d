package policy

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// FuzzAddTo: nothing panics, what was added is found and is all that was, and it is not added twice.
func FuzzAddTo(f *testing.F) {
	for _, name := range []string{"wcf.wsdl", "cxf.wsdl", "metro.wsdl", "plain.wsdl"} {
		f.Add(file(f, name), uint8(0))
	}
	f.Add([]byte(wsdl(`<p:Policy u:Id="a"><wsam:Addressing p:Optional="true"><p:Policy/></wsam:Addressing></p:Policy>`, `<p:PolicyReference URI="#a"/>`)), uint8(7))
	f.Fuzz(func(t *testing.T, b []byte, choice uint8) {
		before, err := Read(b)
		for i := range before {
			_, _ = before[i].Options()
		}
		opts := &rm.Options{Version: rm.Version(choice % 3), Addressing: soap.Addressing(choice >> 2 & 1), Unordered: choice&8 != 0, AckHandled: choice&16 != 0}
		was := bytes.Clone(b)
		added, errAdd := AddTo(b, opts)
		require.Equal(t, was, b)
		if err != nil || errAdd != nil {
			return // a document may be readable and yet no WSDL, or have a policy at fault in a place that only one looks at
		}
		// Where alternatives are many, the added ones may be one too many.
		if after, err := Read(added); err == nil {
			require.Len(t, after, len(before))
			again, err := AddTo(added, opts)
			require.NoError(t, err)
			require.Equal(t, added, again)
		}
		require.True(t, within(b, added))
	})
}

// within reports whether b can be had from all by leaving something out.
func within(b, all []byte) bool {
	for _, c := range b {
		i := slices.Index(all, c)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}
