// Package bench measures whole paths, each beside its twin in the same run, so that the ratio says something on any
// machine: a reliable call over HTTP beside the same bytes over net/http and beside plain SOAP through the same codec, and
// the programs of other makers with and without reliable sessions; and a plain client and a plain service with the faces of rmhttp,
// or gateways, between them. Run it by make bench.
//
// The twins are measured in turns, a short piece of each at a time, so that what else the machine does falls on both.
package bench
