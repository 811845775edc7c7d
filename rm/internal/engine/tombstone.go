package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/window"
)

// Tombstone answers for an acceptor's session that has ended. It does not change.
type Tombstone struct {
	Version     wsrm.Version
	ID, ReplyID string

	accepted window.Ranges
	inOrder  bool
}

func (a *acceptor[M]) tombstone(s *Session[M], c Cause) *Tombstone {
	return &Tombstone{Version: s.version, ID: s.id, ReplyID: s.replyID, accepted: s.ackable().Clone(), inOrder: c == ClosedInOrder}
}

// Answer is a Finish without leg and payload.
type Answer struct {
	What      FinishKind // not FinishReply
	Kind      wsrm.Kind
	RM        wsrm.Headers
	RelatesTo string
	Body      wsrm.Body
	Fault     *wsrm.FaultInfo
}

// Reply answers a message for the dead session. If it ended in good order, repeats of Close and Terminate get the same
// answer again and repeats of messages their acknowledgement; all else gets SequenceTerminated, but for faults and
// acknowledgements, which get nothing.
func (t *Tombstone) Reply(kind wsrm.Kind, h *wsrm.Headers, messageID string) Answer {
	ack := wsrm.Headers{Version: t.Version, First: wsrm.Acknowledgement{Identifier: t.ID, Ranges: t.accepted.Clone(), Final: t.Version == wsrm.RM11, Buffer: -1}}
	body := wsrm.Body{Identifier: t.ID}
	switch kind {
	case wsrm.Fault, wsrm.SequenceAcknowledgement, wsrm.CloseSequenceResponse, wsrm.TerminateSequenceResponse:
		return Answer{What: FinishEmpty}
	}
	if t.inOrder {
		switch {
		case kind == wsrm.CloseSequence:
			return Answer{What: FinishBody, Kind: wsrm.CloseSequenceResponse, RM: ack, RelatesTo: messageID, Body: body}
		case kind == wsrm.TerminateSequence && t.Version == wsrm.RM11:
			return Answer{What: FinishBody, Kind: wsrm.TerminateSequenceResponse, RM: ack, RelatesTo: messageID, Body: body}
		case kind == wsrm.TerminateSequence && t.ReplyID == "":
			return Answer{What: FinishEmpty}
		case kind == wsrm.TerminateSequence:
			body.Identifier = t.ReplyID
			return Answer{What: FinishBody, Kind: wsrm.TerminateSequence, RM: ack, Body: body}
		case kind == wsrm.AckRequested, h != nil && h.Sequence.Number != 0 && t.accepted.Contains(h.Sequence.Number):
			return Answer{What: FinishAck, RM: ack, RelatesTo: messageID}
		}
	}
	return Answer{What: FinishFault, RelatesTo: messageID, RM: wsrm.Headers{Version: t.Version}, Fault: &wsrm.FaultInfo{RM: t.Version,
		Code: wsrm.CodeSequenceTerminated, Identifier: t.ID, Reason: "The Sequence has been terminated."}}
}
