package netsim

import "time"

// manners is how a scripted client sends, repeats and ends.
type manners struct {
	window   int           // messages unanswered at most, growing from one; 0: one for each caller
	impetus  impetus       // what makes it repeat a message
	retry    time.Duration // the first interval, doubled each time if the timer repeats
	retries  int           // repeats of one message; then it terminates the sequence. 0: no limit
	asks     bool          // AckRequested with messages while some are unacknowledged, and alone each interval
	any      bool          // any acknowledgement concludes a one-way message, not only the one on its own exchange
	endTries int           // of CreateSequence, CloseSequence and TerminateSequence; 0: no limit
	endPause time.Duration // between them
}

type impetus uint8

const (
	byTimer  impetus = iota // only the lowest unanswered message, in parallel to what is still open
	byCaller                // the caller itself, when its exchange has failed or came back empty
	byThread                // one thread for all, that waits for each answer
)

// clients are the scripted clients, each named for where its ways were seen.
var clients = map[string]manners{
	"wcf":   {window: 8, impetus: byTimer, retry: 400 * time.Millisecond, retries: 8, endPause: 10 * time.Second},
	"metro": {impetus: byCaller, retry: 2 * time.Second, asks: true, endTries: 4},
	"cxf":   {impetus: byThread, retry: 3 * time.Second, any: true, endTries: 3, endPause: time.Second},
}
