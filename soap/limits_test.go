package soap_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

// An endpoint reference is read when it arrives, so that it must not cost more than it is worth.
func TestEndpointLimits(t *testing.T) {
	many := strings.Repeat
	reply := func(content string) string {
		return env12 + header(`<a:ReplyTo><a:Address/>`+content+`</a:ReplyTo><x:last/>`) + empty
	}
	parameters := func(s string) string { return "<a:ReferenceParameters>" + s + "</a:ReferenceParameters>" }
	long := ` xmlns:l="urn:` + many("l", 17<<10) + `"`
	for name, text := range map[string]string{
		"many parameters":             reply(parameters(many("<x:p/>", 128))),
		"many others":                 reply(many("<x:p/>", 128)),
		"a large parameter":           reply(parameters("<x:p>" + many("<x/>", 17<<10) + "</x:p>")),
		"large other":                 reply("<x:p>" + many("<x/>", 17<<10) + "</x:p>"),
		"large text":                  reply(many(" ", 65<<10)),
		"declarations, one parameter": reply("<a:ReferenceParameters" + long + "><x:p/></a:ReferenceParameters>"),
		"declarations, one other":     strings.Replace(reply("<x:p/>"), "<a:ReplyTo", "<a:ReplyTo"+long, 1),
	} {
		t.Run(name, func(t *testing.T) {
			env, err := soap.Parse([]byte(text), nil)
			f := requireFault(t, err, "Sender", "ReplyTo")
			require.Equal(t, "InvalidEPR", f.Subcodes[1].Local)
			ok, _ := env.Header("urn:x", "last", nil)
			require.True(t, ok)
		})
	}
	env := parse(t, reply(parameters(many("<x:p/>", 60))+many("<x:p/>", 60)))
	require.Len(t, env.ReplyTo.Parameters, 60)
}

// The detail of a fault grows by the declarations in scope, but not without end.
func TestDetailLimit(t *testing.T) {
	declarations := ` xmlns:l="urn:` + strings.Repeat("l", 15<<10) + `"`
	detail := func(n int, more string) string {
		return env11 + "<s:Body" + declarations + "><s:Fault" + more + "><faultcode>s:Client</faultcode><faultstring>why</faultstring><detail>" + strings.Repeat("<d/>", n) + "</detail></s:Fault></s:Body>" + end
	}
	f := parse(t, detail(60, "")).Err().(*soap.Fault)
	require.NotNil(t, f.Detail)
	for _, text := range []string{detail(1<<16, ""), detail(1, strings.Replace(declarations, "xmlns:l", "xmlns:m", 1))} {
		f = parse(t, text).Err().(*soap.Fault)
		require.Equal(t, "why", f.Reason)
		require.Nil(t, f.Detail)
	}
}

// What a fault repeats is read once.
func TestFaultRepeats(t *testing.T) {
	value := "<s:Value>s:Sender</s:Value><s:Value>s:Receiver</s:Value>"
	sub := "<s:Subcode><s:Value>x:a</s:Value><s:Value>x:b</s:Value></s:Subcode>"
	f := parse(t, env12+"<s:Body><s:Fault><s:Code>"+value+sub+sub+"</s:Code><s:Code>"+sub+"</s:Code></s:Fault></s:Body>"+end).Err().(*soap.Fault)
	require.Equal(t, "soap: Sender/a", f.Error())
	f = parse(t, env11+"<s:Body><s:Fault><faultcode>s:Client</faultcode><faultcode>x:a</faultcode></s:Fault></s:Body>"+end).Err().(*soap.Fault)
	require.Equal(t, "soap: Sender", f.Error())
}

// Cutting out takes no longer for a large start tag with many namespaces around it than for either alone.
func TestCutOutIsLinear(t *testing.T) {
	var scope strings.Builder
	for i := range 250 {
		scope.WriteString(` xmlns:n` + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `="u"`)
	}
	text := strings.Replace(env12, ">", scope.String()+">", 1) + `<s:Body><x:Do a="` + strings.Repeat("a", 3<<20) + `"/></s:Body>` + end
	env := parse(t, text)
	for range 10 { // each would take seconds
		var b []byte
		require.NoError(t, env.Decode(&b))
		require.Greater(t, len(b), 3<<20)
	}
}
