package rm_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// forger is a carrier that changes answers on their way.
type forger struct {
	*link
	forge func(answer string) string // nil: nothing is changed
}

func (f *forger) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	answer, err := f.link.Exchange(ctx, env)
	if err != nil || answer == nil || f.forge == nil {
		return answer, err
	}
	b, err := answer.AppendXML(nil)
	if err != nil {
		return nil, err
	}
	text := f.forge(string(b))
	if text == "" {
		return nil, nil
	}
	return soap.Parse([]byte(text), nil)
}

var (
	acknowledgement = regexp.MustCompile(`<r:SequenceAcknowledgement .*</r:SequenceAcknowledgement>`)
	ranges          = regexp.MustCompile(`<r:AcknowledgementRange[^>]*>`)
	numbered        = regexp.MustCompile(`<r:Sequence .*</r:Sequence>`)
	room            = regexp.MustCompile(`BufferRemaining>\d+<`)
	theNumber       = regexp.MustCompile(`<r:MessageNumber>\d+<`)
)

// What a client makes of answers that are not what they should be.
func TestForgedAnswers(t *testing.T) {
	ended := func(code string, remote bool) func(*world, *rm.Session, error) {
		return func(w *world, s *rm.Session, err error) {
			w.inDoubt(err, 2)
			e, ok := errors.AsType[*rm.SequenceError](err)
			require.True(w, ok, "%v", err)
			require.Equal(w, code, e.Code)
			require.Equal(w, remote, e.Remote)
			require.Error(w, s.Context().Err())
		}
	}
	fine := func(w *world, s *rm.Session, err error) {
		require.NoError(w, err)
		w.close(s)
	}
	for _, test := range []struct {
		name  string
		once  bool // only the first answer is forged
		forge func(string) string
		want  func(*world, *rm.Session, error)
	}{
		{"number 0", false, func(s string) string { return theNumber.ReplaceAllString(s, "<r:MessageNumber>0<") }, ended("SequenceTerminated", false)},
		{"reversed range", false, func(s string) string {
			return ranges.ReplaceAllString(s, `<r:AcknowledgementRange Lower="2" Upper="1"/>`)
		},
			ended("SequenceTerminated", false)},
		{"acknowledgement of what was not sent", false, func(s string) string {
			return ranges.ReplaceAllString(s, `<r:AcknowledgementRange Lower="1" Upper="9"/>`)
		}, ended("InvalidAcknowledgement", false)},
		{"two Sequence headers", true, func(s string) string { return numbered.ReplaceAllString(s, "$0$0") }, fine},
		{"reply of another sequence", true, func(s string) string {
			return numbered.ReplaceAllStringFunc(s, func(h string) string { return strings.Replace(h, "urn:uuid:", "urn:uuid:x", 1) })
		}, fine},
		{"reply without acknowledgement", true, func(s string) string { return acknowledgement.ReplaceAllString(s, "") }, fine},
		{"no room", true, func(s string) string { return room.ReplaceAllString(s, "BufferRemaining>0<") }, fine},
		{"nothing", true, func(string) string { return "" }, fine},
		{"fault of the protocol", false, func(s string) string {
			return faultText("r:UnknownSequence", s)
		}, ended("UnknownSequence", true)},
		{"fault of nobody", false, func(s string) string { return faultText("x:odd", s) }, func(w *world, s *rm.Session, err error) {
			fault, ok := errors.AsType[*soap.Fault](err)
			require.True(w, ok, "%v", err)
			require.Equal(w, "odd", fault.Subcodes[0].Local)
			require.Error(w, s.Context().Err(), "the number would be a hole")
			w.certain(context.Cause(s.Context()))
			_, err = s.Call(w.Context(), say("echo", "x"))
			w.certain(err)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in(t, func(w *world) {
				f := &forger{link: w.link}
				s, err := rm.Open(w.Context(), f, &rm.Options{Version: rm.RM11})
				require.NoError(w, err)
				w.opened = append(w.opened, s)
				w.echo(s, "one")
				f.forge = test.forge
				if test.once {
					f.forge = func(answer string) string { f.forge = nil; return test.forge(answer) }
				}
				reply, err := s.Call(w.after(time.Minute), say("echo", "two"))
				f.forge = nil
				if err == nil {
					require.Equal(w, "two", heard(w, reply))
				}
				test.want(w, s, err)
				require.Equal(w, []string{"one", "two"}, w.service.delivered())
			})
		})
	}
}

// faultText is a fault instead of an answer.
func faultText(code, _ string) string {
	return `<s:Envelope xmlns:s="` + soap.V12.Namespace() + `" xmlns:r="` + rmNamespace(rm.RM11) + `" xmlns:x="urn:x"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>` +
		`<s:Subcode><s:Value>` + code + `</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">odd</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`
}
