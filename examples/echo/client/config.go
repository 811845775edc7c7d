package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// config is what the command line asks for.
type config struct {
	scenario    string
	url         string
	count       int
	size        int
	concurrency int
	faults      transport.Faults
	insecure    bool
	listen      string
	timeout     time.Duration
	opts        rm.Options
}

// parse reads the command line. What is wrong with it, it also writes to w.
func parse(args []string, w io.Writer) (*config, error) {
	var c config
	flags := flag.NewFlagSet("client", flag.ContinueOnError)
	flags.SetOutput(w)
	flags.Usage = func() {
		fmt.Fprintf(w, "usage: client %s -url URL [flags]\n", strings.Join(slices.Sorted(maps.Keys(scenarios)), "|"))
		flags.PrintDefaults()
	}
	flags.StringVar(&c.url, "url", "", "the server's `URL`, http or https")
	flags.IntVar(&c.count, "count", 10, "send `N` messages")
	flags.IntVar(&c.size, "size", 32, "with a text of `N` characters")
	flags.IntVar(&c.concurrency, "concurrency", 1, "from `N` goroutines")
	flags.IntVar(&c.opts.Window, "window", 0, "leave `N` messages unacknowledged at most (default 64)")
	flags.BoolVar(&c.opts.Unordered, "unordered", false, "do without order: messages once, but as they arrive")
	flags.BoolVar(&c.opts.NoOffer, "no-offer", false, "offer no sequence for the replies")
	flags.Float64Var(&c.faults.LoseRequest, "loss", 0, "lose each request, and each response, with probability `P`")
	flags.Uint64Var(&c.faults.Seed, "seed", 1, "`N` decides which")
	flags.BoolVar(&c.insecure, "insecure", false, "take any certificate: for servers with a throwaway one")
	flags.StringVar(&c.listen, "listen", "", "be addressable: have the answers sent to a listener of our own at `ADDR`, such as 127.0.0.1:0")
	flags.DurationVar(&c.timeout, "timeout", time.Minute, "give up after `D`")
	trace := flags.Bool("trace", false, "print on stderr what the session does")
	oneOf(flags, "rm", "version of WS-ReliableMessaging", &c.opts.Version, map[string]rm.Version{"auto": 0, "1.0": rm.RM10, "1.1": rm.RM11}, "auto")
	oneOf(flags, "soap", "version of SOAP", &c.opts.SOAP, map[string]soap.Version{"1.1": soap.V11, "1.2": soap.V12}, "1.2")
	oneOf(flags, "wsa", "version of WS-Addressing", &c.opts.Addressing, map[string]soap.Addressing{"2004": soap.WSA2004, "2005": soap.WSA10}, "2005")

	bad := func(format string, a ...any) (*config, error) {
		err := fmt.Errorf(format, a...)
		fmt.Fprintln(w, err)
		flags.Usage()
		return nil, err
	}
	if len(args) == 0 || scenarios[args[0]] == nil {
		return bad("the first argument is the scenario")
	}
	c.scenario = args[0]
	if err := flags.Parse(args[1:]); err != nil {
		return nil, err
	}
	switch p := c.faults.LoseRequest; {
	case flags.NArg() > 0:
		return bad("%q is not expected", flags.Arg(0))
	case c.url == "":
		return bad("-url is missing")
	case c.count < 1 || c.concurrency < 1 || c.size < 0:
		return bad("-count and -concurrency begin at 1, -size at 0")
	case !(p >= 0 && p < 1):
		return bad("-loss is from 0 up to, but not, 1")
	}
	if c.scenario == "open" {
		c.count = 0
	}
	c.faults.LoseReply = c.faults.LoseRequest
	if *trace {
		log := slog.New(slog.NewTextHandler(w, nil))
		c.opts.Logger = log
		c.opts.Trace = func(e rm.Event) {
			log.Info(e.Kind.String(), "number", e.Number, "try", e.Try, "elapsed", e.Elapsed, "err", e.Err)
		}
	}
	return &c, nil
}

// oneOf defines a flag that takes one of the names.
func oneOf[T any](flags *flag.FlagSet, name, usage string, to *T, names map[string]T, standard string) {
	list := slices.Sorted(maps.Keys(names))
	flags.Func(name, fmt.Sprintf("%s: `%s` (default %s)", usage, strings.Join(list, "|"), standard), func(s string) error {
		v, ok := names[s]
		if !ok {
			return errors.New("one of " + strings.Join(list, ", "))
		}
		*to = v
		return nil
	})
}

// exchanger is the way to the server: plain SOAP over HTTP, which makes one attempt at a time and knows nothing of
// sessions. A nil HTTP is right for most; this one may have to trust a throwaway certificate, or to lose messages.
func (c *config) exchanger() transport.Exchanger {
	x := &soaphttp.Client{URL: c.url, Limits: &soap.Limits{Bytes: 16 << 20}}
	if !c.insecure && c.faults.LoseRequest == 0 {
		return x
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = c.concurrency // the default of 2 would close and open connections all the time
	if c.insecure {
		base.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	x.HTTP = &http.Client{Transport: base}
	if c.faults.LoseRequest > 0 {
		x.HTTP.Transport = c.faults.RoundTripper(base)
	}
	return x
}
