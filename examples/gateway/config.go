package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// config is what the command line asks for.
type config struct {
	listen, listenOut, admin string
	to, reliable, address    *url.URL
	required                 bool
	sessionBy                string
	cert, key                string
	upstream                 time.Duration
	patience                 time.Duration
	maxSessions, maxConns    int
	limits                   soap.Limits
	options                  rm.Options
}

// parse reads the command line. What is wrong with it, it also writes to w.
func parse(args []string, w io.Writer) (*config, error) {
	var c config
	var to, address, reliable, version string
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.SetOutput(w)
	flags.StringVar(&c.listen, "listen", "", "take reliable sessions at `ADDR`, for the service of -to")
	flags.StringVar(&to, "to", "", "the plain service's `URL`; user and password in it are sent with requests that bring none")
	flags.StringVar(&address, "address", "", "the `URL` by which clients know -listen, for WSDLs that name the service (default: what each client asked)")
	flags.StringVar(&c.listenOut, "listen-out", "", "take plain requests at `ADDR`, for the service of -reliable")
	flags.StringVar(&reliable, "reliable", "", "the `URL` of a service with reliable sessions; user and password likewise")
	flags.StringVar(&c.admin, "admin", "", "answer /healthz and /stats at `ADDR`")
	flags.BoolVar(&c.required, "required", false, "refuse messages without a session")
	flags.StringVar(&c.sessionBy, "session-by", "", "at -listen-out, give each value of the header `FIELD` a session of its own, as each Authorization has")
	flags.StringVar(&c.cert, "tls-cert", "", "a `FILE` with the certificate for -listen (PEM)")
	flags.StringVar(&c.key, "tls-key", "", "a `FILE` with its key (PEM)")
	flags.DurationVar(&c.upstream, "upstream-timeout", time.Minute, "give up a request to the plain service after `D`, attempts to reach it included")
	flags.DurationVar(&c.patience, "shutdown-timeout", 10*time.Second, "end what is left after `D` of shutting down")
	flags.IntVar(&c.maxSessions, "max-sessions", 1000, "have `N` sessions at once, each way")
	flags.IntVar(&c.maxConns, "max-connections", 10_000, "have `N` connections at once, at each listener")
	flags.Int64Var(&c.limits.Bytes, "max-bytes", 4<<20, "take envelopes of `N` bytes")
	flags.StringVar(&version, "rm", "auto", "version of WS-ReliableMessaging: `auto|1.0|1.1`")
	flags.BoolVar(&c.options.Unordered, "unordered", false, "hand messages on as they come, and several of a session at once, also one-way ones")
	flags.IntVar(&c.options.Concurrency, "concurrency", 0, "hand on `N` messages of a session at once, calls unless -unordered (default: the window; 1 if -ack-handled without -unordered)")
	flags.BoolVar(&c.options.AckHandled, "ack-handled", false, "acknowledge a message when the service has answered it, not when it is accepted")
	flags.IntVar(&c.options.Window, "window", 0, "leave `N` messages unacknowledged at most (default 64)")
	flags.DurationVar(&c.options.Inactivity, "inactivity", 0, "end a session after `D` of silence (default 10m)")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}

	check := func() error {
		versions := map[string]rm.Version{"auto": 0, "1.0": rm.RM10, "1.1": rm.RM11}
		var known bool
		if c.options.Version, known = versions[version]; !known {
			return errors.New("-rm is auto, 1.0 or 1.1")
		}
		without := "" // what has no effect without -to
		flags.Visit(func(f *flag.Flag) {
			switch f.Name {
			case "address", "required", "tls-cert", "tls-key", "upstream-timeout", "unordered", "concurrency", "ack-handled":
				without = "-" + f.Name
			}
		})
		switch {
		case flags.NArg() > 0:
			return fmt.Errorf("%q is not expected", flags.Arg(0))
		case to == "" && reliable == "":
			return errors.New("-to or -reliable is missing")
		case (to == "") != (c.listen == ""):
			return errors.New("-listen and -to go together")
		case (reliable == "") != (c.listenOut == ""):
			return errors.New("-listen-out and -reliable go together")
		case to == "" && without != "":
			return fmt.Errorf("%s is for -to, which is missing", without)
		case (c.cert == "") != (c.key == ""):
			return errors.New("-tls-cert and -tls-key go together")
		case c.sessionBy != "" && reliable == "":
			return errors.New("-session-by is for -reliable, which is missing")
		case c.sessionBy != "" && !arrives(c.sessionBy):
			return fmt.Errorf("-session-by names a header field that reaches the service, which %s does not", c.sessionBy)
		case c.options.AckHandled && !c.options.Unordered && c.options.Concurrency != 0 && c.options.Concurrency != 1:
			return errors.New("-concurrency has no effect with -ack-handled, unless -unordered: messages are handed on one at a time")
		case c.options.Window < 0:
			return errors.New("-window begins at 1")
		case c.upstream <= 0 || c.patience <= 0:
			return errors.New("-upstream-timeout and -shutdown-timeout are longer than 0")
		case c.maxSessions < 1 || c.maxConns < 1 || c.limits.Bytes < 1:
			return errors.New("-max-sessions, -max-connections and -max-bytes begin at 1")
		}
		var err error
		if c.to, err = target("-to", to); err != nil {
			return err
		}
		if c.address, err = target("-address", address); err != nil {
			return err
		}
		if a := c.address; a != nil && (a.User != nil || a.RawQuery != "" || a.Fragment != "") {
			return errors.New("-address has neither user nor query")
		}
		c.reliable, err = target("-reliable", reliable)
		return err
	}
	if err := check(); err != nil {
		fmt.Fprintln(w, err)
		flags.Usage()
		return nil, err
	}
	return &c, nil
}

func target(name, s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s is an http or https URL", name)
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("%s has a port from 1 to 65535", name)
		}
	}
	return u, nil
}

// arrives reports whether a header field of a client's goes through httputil.ReverseProxy and rmhttp.Transport. Host is none for net/http.
func arrives(name string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { // RFC 9110, 5.6.2
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	}) {
		return false
	}
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
		"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Http2-Settings", "Expect", "Accept-Encoding", "Content-Encoding", "Content-Length", "Content-Md5", "Content-Digest":
		return false
	}
	return true
}
