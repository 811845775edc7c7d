// Package netsim runs sessions of the engine in virtual time over a hostile network of exchanges: an initiator and an
// acceptor, or one of them and a scripted peer that behaves as a real one does. Start with Draw, which makes a Scenario
// from a seed, and Run, which plays it and says which invariant was broken first.
//
// A run is single-threaded and depends on its Scenario alone: the same scenario gives the same trace. Each choice is
// drawn from the seed and from what it is about (the fate of exchange 7, the handler of message 3), not from a stream,
// so leaving one out does not change the others. Retrace also returns the scenario with all choices written
// down, which does not need its seed any more, and Shrink removes from that what a failure does not need. Scenarios have a text form,
// see Parse; testdata/scenarios holds some that tell a story.
//
// What a run is judged by is listed with Invariant. The sides of a run are initiator and host (engines), visitor, correspondent, hostile
// and peer (scripts, see manners and profile); net carries their messages.
package netsim
