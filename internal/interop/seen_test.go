package interop

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// Each row says, by attributes of its test, which programs ran and what they spoke; internal/interop/table makes the README's
// table of those that pass.

// ran says that a program ran as client or server.
func ran(t *testing.T, role, program string, args []string) {
	t.Attr(role, peers.Maker(program, role))
	if slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "https://") }) {
		t.Attr("also", "HTTPS")
	}
}

// What tells versions apart. What comes first is the client's; a session of that version is one that it ended.
var (
	soapSeen = regexp.MustCompile(`http://(?:schemas\.xmlsoap\.org/soap/envelope/|www\.w3\.org/2003/05/soap-envelope)`)
	wsaSeen  = regexp.MustCompile(`http://(?:schemas\.xmlsoap\.org/ws/2004/08/addressing|www\.w3\.org/2005/08/addressing)`)
	rmSeen   = regexp.MustCompile(`(http://[^<>"\s]*)/TerminateSequence\b`)

	utf16Seen  = regexp.MustCompile(`(?i)charset="?utf-16`)
	createSeen = regexp.MustCompile(`<(?:\w+:)?CreateSequence[\s>](?s:.*?)</(?:\w+:)?CreateSequence>`)
	offerSeen  = regexp.MustCompile(`<(?:\w+:)?Offer[\s>]`)
	acksToSeen = regexp.MustCompile(`<(?:\w+:)?AcksTo[\s>](?s:.*?)<(?:\w+:)?Address[^>]*>\s*([^<\s]*)`)

	versionOf = map[string]string{
		"http://schemas.xmlsoap.org/soap/envelope/":        "1.1",
		"http://www.w3.org/2003/05/soap-envelope":          "1.2",
		"http://schemas.xmlsoap.org/ws/2004/08/addressing": "2004/08",
		"http://www.w3.org/2005/08/addressing":             "1.0",
		"http://schemas.xmlsoap.org/ws/2005/02/rm":         "February 2005",
		"http://docs.oasis-open.org/ws-rx/wsrm/200702":     "1.1",
	}
)

// spoke says what was on the wire, if it was a session that came to a good end.
func spoke(t *testing.T, text string) {
	soap, wsa, rm := versionOf[soapSeen.FindString(text)], versionOf[wsaSeen.FindString(text)], ""
	if end := rmSeen.FindStringSubmatch(text); end != nil {
		rm = versionOf[end[1]]
	}
	if soap == "" || wsa == "" || rm == "" {
		return
	}
	t.Attr("soap", soap)
	t.Attr("wsa", wsa)
	t.Attr("rm", rm)
	if utf16Seen.MatchString(text) {
		t.Attr("also", "UTF-16")
	}
	if create := createSeen.FindString(text); create != "" {
		if !offerSeen.MatchString(create) {
			t.Attr("also", "without Offer")
		}
		if to := acksToSeen.FindStringSubmatch(create); to != nil && strings.HasPrefix(to[1], "http://127.0.0.1:") {
			t.Attr("also", "answers to an address")
		}
	}
}
