package netsim

// again is what a scripted server answers to the repeat of a call that it has answered.
type again uint8

const (
	sameReply again = iota // its reply, until that is acknowledged
	nothing                // 202
	bareAck                // an acknowledgement
	emptyAck               // an acknowledgement message with no acknowledgement in it
	runAgain               // the handler runs once more, and its reply has a new number
)

// profile is how a scripted server differs from what the standard leaves no choice about.
type profile struct {
	nextOnly   bool  // takes only the next number, answers all others with nothing
	silent     bool  // one-way messages and AckRequested get nothing; CloseSequence and TerminateSequence are acknowledged
	mute       bool  // nothing but these is acknowledged
	waits      bool  // a message waits for those before it, its exchange open
	again      again // what the repeat of an answered call gets
	aloof      bool  // the repeat of a call whose handler runs gets nothing; else its leg joins
	inTurn     bool  // a reply goes out when all before it are acknowledged
	ownWindow  bool  // no number is taken while a window of replies is unacknowledged
	allReplies bool  // CloseSequence with replies unacknowledged is refused
	forgetful  bool  // a repeated CreateSequence makes another sequence
	bare       bool  // a handler's fault is not numbered
	unacked    bool  // and comes without acknowledgement, its number not accepted
	noFinal    bool  // CloseSequenceResponse is not final: what it lacks may still come
	noEndAck   bool  // the answers to CloseSequence and TerminateSequence have no acknowledgement
	rude       bool  // now and then the reply to an earlier call is sent again in answer to a later one
	refuses    bool  // CreateSequence is refused
}

// profiles are the scripted servers. Each is named for where its ways were seen.
var profiles = map[string]profile{
	"wcf":      {nextOnly: true, ownWindow: true, allReplies: true},
	"gsoap":    {nextOnly: true, silent: true, again: nothing, aloof: true, noFinal: true},
	"late":     {silent: true, mute: true},
	"cxf":      {again: runAgain, forgetful: true, noEndAck: true},
	"cxf-once": {again: bareAck, aloof: true, forgetful: true, noEndAck: true},
	"sandesha": {again: emptyAck, aloof: true},
	"metro":    {waits: true, inTurn: true, noEndAck: true},
	"faulty":   {bare: true},
	"failing":  {bare: true, unacked: true},
	"rude":     {rude: true},
	"refusing": {refuses: true},
}
