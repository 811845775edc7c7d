package netsim

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// field is one setting in text: a bare word for a bool, name=value for the rest. Zero is not written.
type field struct {
	name string
	p    any
}

func (c *Client) fields() []field {
	return []field{
		{"version", &c.Version}, {"offer", &c.Offer}, {"ordered", &c.Ordered}, {"window", &c.Window}, {"retries", &c.Retries},
		{"ackdelay", &c.AckDelay}, {"inactivity", &c.Inactivity}, {"expires", &c.Expires}, {"random", &c.Random}, {"mutant", &c.Mutant},
		{"addressed", &c.Addressed},
	}
}

func (s *Server) fields() []field {
	return []field{
		{"version", &s.Version}, {"ordered", &s.Ordered}, {"ackhandled", &s.AckHandled}, {"store", &s.Store}, {"window", &s.Window},
		{"concurrency", &s.Concurrency}, {"maxbytes", &s.MaxBytes}, {"inactivity", &s.Inactivity}, {"full", &s.Full}, {"mutant", &s.Mutant},
	}
}

func (n *Network) fields() []field {
	return []field{
		{"latency", &n.Latency}, {"heals", &n.Heals}, {"dead", &n.Dead}, {"lose", &n.Lose}, {"losereply", &n.LoseReply}, {"cut", &n.Cut},
		{"repeat", &n.Repeat}, {"delay", &n.Delay}, {"hold", &n.Hold}, {"empty", &n.Empty}, {"permanent", &n.Permanent}, {"until", &n.Until},
		{"sleepy", &n.Sleepy}, {"slow", &n.Slow}, {"slowupto", &n.SlowUpTo}, {"faulty", &n.Faulty}, {"mute", &n.Mute},
		{"releases", &n.Releases}, {"refuses", &n.Refuses}, {"duplicates", &n.Duplicates},
	}
}

func (f *Fate) fields() []field {
	return []field{
		{"lose-request", &f.LoseRequest}, {"lose-reply", &f.LoseReply}, {"empty", &f.Empty}, {"permanent", &f.Permanent},
		{"fails", &f.Fails}, {"delay", &f.Delay}, {"hold", &f.Hold}, {"cut", &f.Cut}, {"repeat", &f.Repeat}, {"until", &f.Until},
	}
}

func (h *Handling) fields() []field {
	return []field{{"takes", &h.Takes}, {"fault", &h.Fault}, {"mute", &h.Mute}, {"release", &h.Release}}
}

func (s *Storing) fields() []field {
	return []field{{"takes", &s.Takes}, {"refused", &s.Refused}, {"known", &s.Known}}
}

func (sc *Scenario) load() []field { return []field{{"callers", &sc.Callers}, {"think", &sc.Think}} }

func appendFields(b []byte, fields []field) []byte {
	for _, f := range fields {
		value := ""
		switch p := f.p.(type) {
		case *bool:
			if *p {
				b = append(append(b, ' '), f.name...)
			}
			continue
		case *int:
			value = strconv.Itoa(*p)
		case *int64:
			value = strconv.FormatInt(*p, 10)
		case *uint64:
			value = strconv.FormatUint(*p, 10)
		case *float64:
			value = strconv.FormatFloat(*p, 'g', -1, 64)
		case *time.Duration:
			value = p.String()
		case *engine.Mutant:
			value = strconv.Itoa(int(*p))
		case *wsrm.Version:
			value = versionText(*p)
		}
		if value != "0" && value != "0s" && value != "" {
			b = fmt.Appendf(b, " %s=%s", f.name, value)
		}
	}
	return b
}

func versionText(v wsrm.Version) string {
	switch v {
	case wsrm.RM10:
		return "1.0"
	case wsrm.RM11:
		return "1.1"
	}
	return ""
}

func parseFields(words []string, fields []field) error {
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			return fmt.Errorf("unknown setting %q", name)
		}
		var err error
		switch p := fields[i].p.(type) {
		case *bool:
			*p = true
		case *int:
			*p, err = strconv.Atoi(value)
		case *int64:
			*p, err = strconv.ParseInt(value, 10, 64)
		case *uint64:
			*p, err = strconv.ParseUint(value, 10, 64)
		case *float64:
			*p, err = strconv.ParseFloat(value, 64)
		case *time.Duration:
			*p, err = time.ParseDuration(value)
		case *engine.Mutant:
			var n int
			n, err = strconv.Atoi(value)
			*p = engine.Mutant(n)
		case *wsrm.Version:
			switch value {
			case "1.0":
				*p = wsrm.RM10
			case "1.1":
				*p = wsrm.RM11
			default:
				err = fmt.Errorf("version %q", value)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// String writes the scenario in the form that Parse reads, one line for each thing.
func (sc *Scenario) String() string {
	var b []byte
	if sc.Drawn {
		b = fmt.Appendf(b, "seed %d\n", sc.Seed)
	}
	line := func(fields []field, format string, args ...any) {
		b = fmt.Appendf(b, format, args...)
		b = append(appendFields(b, fields), '\n')
	}
	line(sc.Client.fields(), "client %s", cmp.Or(sc.Client.Play, "engine"))
	line(sc.Server.fields(), "server %s", cmp.Or(sc.Server.Play, "engine"))
	if n := sc.Network; n != (Network{}) {
		line(n.fields(), "network")
	}
	for _, k := range slices.Sorted(maps.Keys(sc.Fates)) {
		f := sc.Fates[k]
		line(f.fields(), "exchange %d", k)
	}
	for _, k := range slices.Sorted(maps.Keys(sc.Handlers)) {
		h := sc.Handlers[k]
		line(h.fields(), "handler %s", nthText(k))
	}
	for _, k := range slices.Sorted(maps.Keys(sc.Stores)) {
		s := sc.Stores[k]
		line(s.fields(), "store %s", nthText(k))
	}
	for _, k := range slices.Sorted(maps.Keys(sc.Late)) {
		line(nil, "late %s %v", k, sc.Late[k])
	}
	for _, k := range slices.Sorted(maps.Keys(sc.Lag)) {
		line(nil, "lag %s %v", k, sc.Lag[k])
	}
	for _, s := range sc.Steps {
		b = fmt.Appendf(b, "at %v %s %s", s.At, s.What, s.Who)
		if s.For != 0 {
			b = fmt.Appendf(b, " %v", s.For)
		}
		b = append(b, '\n')
	}
	line(sc.load(), "messages %s", cmp.Or(sc.Messages, "-"))
	return string(b)
}

func nthText(k uint64) string {
	if k&0xff == 1 {
		return strconv.FormatUint(k>>8, 10)
	}
	return fmt.Sprintf("%d/%d", k>>8, k&0xff)
}

func parseNth(s string) (uint64, error) {
	i, k, again := strings.Cut(s, "/")
	n, err := strconv.ParseUint(i, 10, 48)
	run := uint64(1)
	if again && err == nil {
		run, err = strconv.ParseUint(k, 10, 8)
	}
	return nth(n, int(run)), err
}

// Parse reads a scenario: the lines of String in any order, with comments after #.
func Parse(text string) (*Scenario, error) {
	sc := &Scenario{}
	for in, n := bufio.NewScanner(strings.NewReader(text)), 1; in.Scan(); n++ {
		if err := sc.set(in.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return sc, nil
}

// set applies one line. A second line about the same thing replaces what it names; messages add up.
func (sc *Scenario) set(line string) error {
	line, _, _ = strings.Cut(line, "#")
	w := strings.Fields(line)
	if len(w) == 0 {
		return nil
	}
	if len(w) == 1 && w[0] != "network" {
		return fmt.Errorf("%s: nothing said", w[0])
	}
	switch w[0] {
	case "seed":
		n, err := strconv.ParseUint(w[1], 10, 64)
		sc.Seed, sc.Drawn = n, true
		return err
	case "client":
		sc.Client.Play = w[1]
		return parseFields(w[2:], sc.Client.fields())
	case "server":
		sc.Server.Play = w[1]
		return parseFields(w[2:], sc.Server.fields())
	case "network":
		return parseFields(w[1:], sc.Network.fields())
	case "messages":
		sc.Messages += strings.Trim(w[1], "-")
		return parseFields(w[2:], sc.load())
	case "exchange":
		n, err := strconv.ParseUint(w[1], 10, 64)
		if err != nil {
			return err
		}
		return put(&sc.Fates, n, w[2:], (*Fate).fields)
	case "handler", "store":
		n, err := parseNth(w[1])
		if err != nil {
			return err
		}
		if w[0] == "store" {
			return put(&sc.Stores, n, w[2:], (*Storing).fields)
		}
		return put(&sc.Handlers, n, w[2:], (*Handling).fields)
	case "late", "lag":
		if len(w) != 4 {
			return fmt.Errorf("%s: want who, which and how much", w[0])
		}
		d, err := time.ParseDuration(w[3])
		m := &sc.Late
		if w[0] == "lag" {
			m = &sc.Lag
		}
		if *m == nil {
			*m = map[string]time.Duration{}
		}
		(*m)[w[1]+" "+w[2]] = d
		return err
	case "at":
		return sc.setStep(w[1:])
	}
	return fmt.Errorf("unknown word %q", w[0])
}

func put[V any](m *map[uint64]V, k uint64, words []string, fields func(*V) []field) error {
	var v V
	if err := parseFields(words, fields(&v)); err != nil {
		return err
	}
	if *m == nil {
		*m = map[uint64]V{}
	}
	(*m)[k] = v
	return nil
}

func (sc *Scenario) setStep(w []string) error {
	if len(w) < 3 {
		return fmt.Errorf("at: want when, what and who")
	}
	if !slices.Contains([]string{"close", "abort", "vanish", "suspend", "restart"}, w[1]) {
		return fmt.Errorf("at: unknown step %q", w[1])
	}
	if w[2] != "client" && w[2] != "server" {
		return fmt.Errorf("at: who is %q", w[2])
	}
	s := Step{What: w[1], Who: w[2]}
	var err error
	if s.At, err = time.ParseDuration(w[0]); err == nil && len(w) > 3 {
		s.For, err = time.ParseDuration(w[3])
	}
	sc.Steps = append(sc.Steps, s)
	return err
}
