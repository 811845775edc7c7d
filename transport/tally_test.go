package transport

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of attempts forgets, so a program that never ends does not fill it, but not what is still in use.
func TestTallyIsBounded(t *testing.T) {
	var counts tally
	for n := range 5 * tallySize {
		require.Equal(t, 1, counts.add(fmt.Sprint("number ", n)))
		require.Equal(t, n+1, counts.add("in use"))
		require.LessOrEqual(t, len(counts.now)+len(counts.old), 2*tallySize)
	}
	require.Equal(t, 1, counts.add("number 0"), "forgotten")
	require.Equal(t, 2, counts.add(fmt.Sprint("number ", 5*tallySize-1)), "remembered")
}

func TestIdentify(t *testing.T) {
	const soap12 = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>%s</s:Header><s:Body/></s:Envelope>`
	sequence := func(space string) string {
		return fmt.Sprintf(`<Sequence xmlns=%q><Identifier>urn:s</Identifier><MessageNumber>7</MessageNumber></Sequence>`, space)
	}
	for _, test := range []struct{ document, label, key string }{
		{fmt.Sprintf(soap12, sequence("http://docs.oasis-open.org/ws-rx/wsrm/200702")), "number 7", "number 7 of urn:s"},
		{fmt.Sprintf(soap12, sequence("http://schemas.xmlsoap.org/ws/2005/02/rm")), "number 7", "number 7 of urn:s"},
		{fmt.Sprintf(soap12, sequence("urn:another")), "action ", "action "},
		{fmt.Sprintf(soap12, `<Action xmlns="http://www.w3.org/2005/08/addressing">urn:a</Action>`), "action urn:a", "action urn:a"},
		{"no envelope", "", ""},
		{"", "", ""},
	} {
		label, key := identify([]byte(test.document))
		require.Equal(t, test.label, label, test.document)
		require.Equal(t, test.key, key, test.document)
	}
}
