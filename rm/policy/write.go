package policy

import (
	"cmp"
	"math"
	"strconv"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// Append appends to dst a policy, an element wsp:Policy of WS-Policy 1.2, that says what a service with these options
// demands: WS-ReliableMessaging of opts.Version, and WS-Addressing of opts.Addressing. Nil options are the default ones.
//
// If the version is left to the client, there are two alternatives, 1.1 first: the tools of WCF, CXF and Metro take the
// first one that they know. The delivery assurance is ExactlyOnce, InOrder unless opts.Unordered. With opts.AckHandled
// there is none: the service may see a message again if it fails, and WCF's reader knows no AtLeastOnce. The timeout is
// opts.Inactivity; acknowledgements take at most opts.AckDelay, with AckHandled as long as the service does.
//
// The assertion is not marked as optional, even if a service takes plain messages too: CXF's clients would choose to do
// without, and WCF's ignore the mark.
func Append(dst []byte, opts *rm.Options) []byte {
	w := writer{b: dst, line: "\n", policy: nsPolicy12}
	w.write(opts, true)
	return w.b
}

// writer writes a policy.
type writer struct {
	b      []byte
	line   string // what begins a line, without the indentation inside the policy; "": all in one line
	depth  int
	begun  bool
	policy string // namespace of WS-Policy
	id     string // escaped; "": none
}

// tag writes what is between its brackets, on a line of its own. The first line has been begun by whoever asked.
func (w *writer) tag(s string) {
	if w.line != "" && w.begun {
		w.b = append(w.b, w.line...)
		for range w.depth {
			w.b = append(w.b, "  "...)
		}
	}
	w.begun = true
	w.b = append(append(append(w.b, '<'), s...), '>')
}

func (w *writer) in(name, attrs string, content func()) {
	w.tag(name + attrs)
	w.depth++
	content()
	w.depth--
	w.tag("/" + name)
}

// Defaults of rm.Options, and of WCF.
const (
	inactivity = 10 * time.Minute
	ackDelay   = 200 * time.Millisecond
)

// write writes the policy. The assertion of addressing can be left out, if the endpoint has one already.
func (w *writer) write(opts *rm.Options, addressing bool) {
	var o rm.Options
	if opts != nil {
		o = *opts
	}
	o.Inactivity, o.AckDelay = cmp.Or(o.Inactivity, inactivity), cmp.Or(o.AckDelay, ackDelay)
	if o.AckHandled {
		o.AckDelay = -1
	}
	attrs := ` xmlns:wsp="` + w.policy + `"`
	if w.id != "" {
		attrs += ` xmlns:wsu="` + nsUtility + `" wsu:Id="` + w.id + `"`
	}
	w.in("wsp:Policy", attrs, func() {
		w.in("wsp:ExactlyOne", "", func() { w.versions(&o, addressing) })
	})
}

// versions writes an alternative for each version that is spoken.
func (w *writer) versions(o *rm.Options, addressing bool) {
	for _, version := range []rm.Version{rm.RM11, rm.RM10} {
		if o.Version != 0 && o.Version != version {
			continue
		}
		w.in("wsp:All", "", func() {
			if version == rm.RM11 {
				w.oasis(o)
			} else {
				w.february2005(o)
			}
			switch {
			case !addressing:
			case o.Addressing == soap.WSA2004:
				w.tag(`wsap:UsingAddressing xmlns:wsap="` + nsAddressing04 + `"/`)
			default:
				w.tag(`wsaw:UsingAddressing xmlns:wsaw="` + nsAddressing + `"/`)
			}
		})
	}
}

// oasis writes the assertion of 1.1 and 1.2.
//
// WCF: the nested policy comes first and must be there, the assurance before InOrder, then the two parameters in this order.
func (w *writer) oasis(o *rm.Options) {
	w.in("wsrmp:RMAssertion", ` xmlns:wsrmp="`+nsRM11+`"`, func() {
		if o.AckHandled {
			w.tag("wsp:Policy/")
		} else {
			w.in("wsp:Policy", "", func() {
				w.in("wsrmp:DeliveryAssurance", "", func() {
					w.in("wsp:Policy", "", func() {
						w.tag("wsrmp:ExactlyOnce/")
						if !o.Unordered {
							w.tag("wsrmp:InOrder/")
						}
					})
				})
			})
		}
		// CXF reads the nested policy only where nothing stands beside it. So what WCF has by default anyway is left out.
		if o.Inactivity != inactivity {
			w.duration("netrmp:InactivityTimeout", ` xmlns:netrmp="`+nsNetRM+`"`, o.Inactivity)
		}
		if o.AckDelay != ackDelay {
			w.duration("netrmp:AcknowledgementInterval", ` xmlns:netrmp="`+nsNetRM+`"`, o.AckDelay)
		}
	})
}

// february2005 writes the assertion of February 2005.
func (w *writer) february2005(o *rm.Options) {
	w.in("wsrm:RMAssertion", ` xmlns:wsrm="`+nsRM10+`"`, func() {
		w.duration("wsrm:InactivityTimeout", "", o.Inactivity)
		w.duration("wsrm:AcknowledgementInterval", "", o.AckDelay)
	})
}

// duration writes a parameter, rounded up to milliseconds, unless there is no limit or delay.
//
// WCF: it must be at least 1 and fit into 31 bits
func (w *writer) duration(name, attrs string, v time.Duration) {
	if v <= 0 {
		return
	}
	ms := min((v-1)/time.Millisecond+1, math.MaxInt32)
	w.tag(name + attrs + ` Milliseconds="` + strconv.FormatInt(int64(ms), 10) + `"/`)
}
