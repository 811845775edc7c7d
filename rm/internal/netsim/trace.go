package netsim

import "fmt"

// tracef notes what who did. Callers ask first whether there is a trace: formatting is what costs.
func (s *sim) tracef(who, format string, args ...any) {
	if s.trace == nil {
		return
	}
	b := fmt.Appendf(*s.trace, "%9.3f %-7s ", s.elapsed().Seconds(), who)
	*s.trace = append(fmt.Appendf(b, format, args...), '\n')
}
