package policy

import "slices"

// Namespaces.
const (
	nsWSDL   = "http://schemas.xmlsoap.org/wsdl/"
	nsSOAP11 = "http://schemas.xmlsoap.org/wsdl/soap/"
	nsSOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"

	nsPolicy12 = "http://schemas.xmlsoap.org/ws/2004/09/policy"
	nsPolicy15 = "http://www.w3.org/ns/ws-policy"
	nsUtility  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	nsXML      = "http://www.w3.org/XML/1998/namespace"

	nsRM10  = "http://schemas.xmlsoap.org/ws/2005/02/rm/policy"
	nsRM11  = "http://docs.oasis-open.org/ws-rx/wsrmp/200702"
	nsNetRM = "http://schemas.microsoft.com/ws-rx/wsrmp/200702"

	nsAddressing   = "http://www.w3.org/2006/05/addressing/wsdl"
	nsMetadata     = "http://www.w3.org/2007/05/addressing/metadata"
	nsMetadata0702 = "http://www.w3.org/2007/02/addressing/metadata" // a draft that CXF still writes
	nsAddressing04 = "http://schemas.xmlsoap.org/ws/2004/08/addressing/policy"

	nsFlow   = "http://schemas.microsoft.com/net/2005/02/rm/policy"
	nsOneWay = "http://schemas.microsoft.com/ws/2005/05/routing/policy"
	nsDuplex = "http://schemas.microsoft.com/net/2006/06/duplex"
)

// isPolicy reports whether space is that of WS-Policy: 1.2, 1.5, or the draft of 1.5 that old samples of CXF are in.
func isPolicy(space string) bool {
	return space == nsPolicy12 || space == nsPolicy15 || space == "http://www.w3.org/2006/07/ws-policy"
}

func isSOAP(space string) bool { return space == nsSOAP11 || space == nsSOAP12 }

// overHTTP are the values of transport in a SOAP binding that mean HTTP; "" is what careless writers leave.
func overHTTP(transport string) bool {
	return slices.Contains([]string{"", "http://schemas.xmlsoap.org/soap/http", "http://schemas.xmlsoap.org/soap/http/",
		"http://www.w3.org/2003/05/soap/bindings/HTTP/"}, transport)
}

// Bounds, all of them arbitrary and far beyond what real documents need.
const (
	maxBytes        = 16 << 20
	maxDepth        = 128
	maxAttrs        = 1024
	maxNodes        = 100_000
	maxAlternatives = 256
	maxWork         = 1 << 24 // assertions copied while alternatives are made
)
