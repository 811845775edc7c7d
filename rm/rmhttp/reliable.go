package rmhttp

import (
	"bytes"
	"strings"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

// ofRM reports whether space is a namespace of WS-ReliableMessaging.
func ofRM(space string) bool { return wsrm.VersionOf(space) != 0 }

// actsForRM reports whether an action is made of such a namespace, as those of the protocol's own messages are.
func actsForRM(action string) bool {
	for _, v := range []wsrm.Version{wsrm.RM10, wsrm.RM11} {
		if rest, ok := strings.CutPrefix(action, v.Namespace()); ok && strings.HasPrefix(rest, "/") {
			return true
		}
	}
	return false
}

// isReliable reports whether env belongs to WS-ReliableMessaging: by a header block, its action or its body.
func isReliable(env *soap.Envelope) bool {
	if ofRM(env.BodyName().Space) || actsForRM(env.Action) {
		return true
	}
	for h := range env.Headers() {
		if ofRM(h.Name.Space) {
			return true
		}
	}
	return false
}

// mentions reports whether the text may be reliable: whether it has one of the namespaces, in UTF-8 or UTF-16.
func mentions(b []byte) bool {
	return bytes.Contains(b, needle10[0]) || bytes.Contains(b, needle11[0]) ||
		len(b) > 1 && (b[0] == 0 || b[1] == 0 || b[0] >= 0xfe) && // no UTF-8
			(bytes.Contains(b, needle10[1]) || bytes.Contains(b, needle11[1]))
}

// The path of each namespace, in UTF-8 and in UTF-16 of either order, which an odd number of bytes is in.
var needle10, needle11 = needles(wsrm.RM10), needles(wsrm.RM11)

func needles(v wsrm.Version) [2][]byte {
	_, s, _ := strings.Cut(v.Namespace(), "://")
	s = s[strings.IndexByte(s, '/'):]
	wide := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		if i > 0 {
			wide = append(wide, 0)
		}
		wide = append(wide, s[i])
	}
	return [2][]byte{[]byte(s), wide}
}
