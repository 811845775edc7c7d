package wsrm

// Local names of the fault codes. WS-RM 1.1, 4; WS-RM 2005/02, 4.
const (
	CodeSequenceTerminated        = "SequenceTerminated"
	CodeUnknownSequence           = "UnknownSequence"
	CodeInvalidAcknowledgement    = "InvalidAcknowledgement"
	CodeMessageNumberRollover     = "MessageNumberRollover"
	CodeCreateSequenceRefused     = "CreateSequenceRefused"
	CodeSequenceClosed            = "SequenceClosed"            // 1.1
	CodeWSRMRequired              = "WSRMRequired"              // 1.1; WCF spells it WsrmRequired
	CodeLastMessageNumberExceeded = "LastMessageNumberExceeded" // 2005/02
)
