// Package wsrm is the vocabulary of WS-ReliableMessaging, February 2005 and 1.1/1.2: header blocks, bodies and faults as
// structs, and their codec.
//
// [Classify] says what a message is, [ParseHeaders] reads its RM header blocks, [ParseBody] the body of a lifecycle
// message, [FaultOf] a fault. [Headers] is a soap.HeaderAppender, [New] and [NewFault] make the messages of the protocol.
// What is wrong with a message is an [*Error], which says how it is to be answered.
//
// Strings that were read alias the message: clone what outlives it.
package wsrm
