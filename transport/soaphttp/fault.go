package soaphttp

import (
	"net/http"

	"github.com/gowsrm/wsrm/soap"
)

// fault answers a request that Server does not get to see, in the SOAP version that its content type promises. Env is the
// request, nil if it could not be read. One that carries a fault itself is answered with nothing: two sides must not
// exchange faults about faults.
func fault(w http.ResponseWriter, r *http.Request, version soap.Version, env *soap.Envelope, f error) {
	if env != nil && env.IsFault() {
		nothing(w)
		return
	}
	reply := soap.New("", f) // with the action that addressing has for f
	reply.Version = version
	if env != nil {
		reply.Addressing, reply.RelatesTo = env.Addressing, env.MessageID
	}
	answer(w, r, reply)
}
