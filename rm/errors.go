package rm

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

var (
	// ErrUnreachable says that a peer did not answer in spite of all repeats, or said nothing for the inactivity
	// time. What ends a session by it matches net.ErrClosed too.
	ErrUnreachable = errors.New("rm: peer unreachable")

	// ErrNoReply says that the peer acknowledged a call and does not reply to it: its service is one-way, or its
	// reply was lost for good. Call wraps it in an *InDoubtError, as the work was probably done.
	ErrNoReply = errors.New("rm: acknowledged, but no reply came")
)

// InDoubtError says of messages that they were sent and may have been acted upon, or not. Ask, by other means, before
// sending them again. That of Flush and Close is about all that the peer may lack: what was certainly not done is among it.
type InDoubtError struct {
	Session string          // ID of their session
	Numbers []window.Number // ascending
	Err     error           // why nothing more is known: what ended the session, ErrNoReply, ErrUnreachable, or a context's error
}

func (e *InDoubtError) Error() string {
	return fmt.Sprintf("rm: in doubt: message %s of %s: %s", spans(e.Numbers), e.Session, strings.TrimPrefix(fmt.Sprint(e.Err), "rm: "))
}

// spans writes ascending numbers: "1-3 7".
func spans[N ~uint64](numbers []N) string {
	var b strings.Builder
	for i := 0; i < len(numbers); i++ {
		first := i
		for i+1 < len(numbers) && numbers[i+1] == numbers[i]+1 {
			i++
		}
		if first > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, numbers[first])
		if i > first {
			fmt.Fprintf(&b, "-%d", numbers[i])
		}
	}
	return b.String()
}

// Unwrap returns Err.
func (e *InDoubtError) Unwrap() error { return e.Err }

// SequenceError says that a fault ended a session, or kept it from being opened. It matches net.ErrClosed. A
// *soap.Fault never comes out of it by errors.As, since that would be the answer to a call.
type SequenceError struct {
	// Code is the local name of the fault's code: a code of the protocol such as "SequenceTerminated",
	// "UnknownSequence" or "CreateSequenceRefused", another subcode, or "Sender" or "Receiver" if it has none.
	Code string
	// Reason is the fault's text.
	Reason string
	// Sequence is the identifier of the created sequence, "" if there is none.
	Sequence string
	// Remote says that the peer raised the fault. Otherwise this side did, and told the peer.
	Remote bool
}

func (e *SequenceError) Error() string {
	who := "ended here by"
	switch {
	case e.Remote && e.Sequence == "":
		who = "refused by the peer:"
	case e.Remote:
		who = "ended by the peer:"
	}
	return joinText("rm: session "+who+" "+e.Code, e.Reason)
}

// Is reports whether target is net.ErrClosed.
func (e *SequenceError) Is(target error) bool { return target == net.ErrClosed }

func sequenceError(f *wsrm.FaultInfo, id string, remote bool) *SequenceError {
	e := &SequenceError{Sequence: id, Remote: remote}
	if f != nil {
		e.Code, e.Reason = f.Code, f.Reason
		if e.Code == "" {
			e.Code = "Receiver"
			if f.Sender {
				e.Code = "Sender"
			}
		}
	}
	return e
}

// closedError is a cause of a session's end that is not a fault. It matches net.ErrClosed and what it is made of.
type closedError struct {
	text string
	errs []error
}

func (e *closedError) Error() string   { return e.text }
func (e *closedError) Unwrap() []error { return e.errs }

// closed makes the cause of a session's end out of its text and the errors that it shall match.
func closed(text string, errs ...error) error {
	for i := range errs {
		errs[i] = opaque(errs[i])
	}
	return &closedError{text, append(errs, net.ErrClosed)}
}

var (
	errClosed  = closed("rm: session closed")
	errExpired = closed("rm: sequence expired")
	errAborted = closed("rm: session aborted")
)

// opaque hides what would break the rule of errors if it came out of the cause of a session's end: a fault would be
// an answer, and an *InDoubtError would speak of other messages.
func opaque(err error) error {
	if err == nil {
		return nil
	}
	_, fault := errors.AsType[*soap.Fault](err)
	_, doubt := errors.AsType[*InDoubtError](err)
	if fault || doubt {
		return &opaqueError{err}
	}
	return err
}

type opaqueError struct{ err error }

func (e *opaqueError) Error() string        { return e.err.Error() }
func (e *opaqueError) Is(target error) bool { return errors.Is(e.err, target) }

// joinText joins a text and what follows from below without repeating this package's prefix.
func joinText(text, more string) string {
	if more == "" {
		return text
	}
	return text + ": " + strings.TrimPrefix(more, "rm: ")
}
