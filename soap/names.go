package soap

// Version is a version of SOAP. The zero value is SOAP 1.2.
type Version uint8

const (
	V12 Version = iota // SOAP 1.2
	V11                // SOAP 1.1
)

// Addressing is a version of WS-Addressing. The zero value is WS-Addressing 1.0.
type Addressing uint8

const (
	WSA10   Addressing = iota // WS-Addressing 1.0 (2005/08)
	WSA2004                   // WS-Addressing of August 2004
)

const (
	ns12     = "http://www.w3.org/2003/05/soap-envelope"
	ns11     = "http://schemas.xmlsoap.org/soap/envelope/"
	nsWSA10  = "http://www.w3.org/2005/08/addressing"
	nsWSA04  = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	nsXML    = "http://www.w3.org/XML/1998/namespace"
	anon10   = nsWSA10 + "/anonymous"
	anon04   = nsWSA04 + "/role/anonymous"
	none10   = nsWSA10 + "/none"
	next12   = ns12 + "/role/next"
	ultimate = ns12 + "/role/ultimateReceiver"
	next11   = "http://schemas.xmlsoap.org/soap/actor/next"

	// Known here for intern alone.
	nsRM10  = "http://schemas.xmlsoap.org/ws/2005/02/rm"
	nsRM11  = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
	nsNetRM = "http://schemas.microsoft.com/ws/2006/05/rm"
)

// Namespace returns the namespace of the envelope.
func (v Version) Namespace() string {
	if v == V11 {
		return ns11
	}
	return ns12
}

// String returns "SOAP 1.2" or "SOAP 1.1".
func (v Version) String() string {
	if v == V11 {
		return "SOAP 1.1"
	}
	return "SOAP 1.2"
}

// next is the role that every node plays, as that version of SOAP writes it.
func (v Version) next() string {
	if v == V11 {
		return next11
	}
	return next12
}

// Namespace returns the namespace of the addressing headers.
func (a Addressing) Namespace() string {
	if a == WSA2004 {
		return nsWSA04
	}
	return nsWSA10
}

// Anonymous returns the address that stands for the back-channel of the transport.
func (a Addressing) Anonymous() string {
	if a == WSA2004 {
		return anon04
	}
	return anon10
}

// String returns "WS-Addressing 1.0" or "WS-Addressing 2004/08".
func (a Addressing) String() string {
	if a == WSA2004 {
		return "WS-Addressing 2004/08"
	}
	return "WS-Addressing 1.0"
}

// intern returns the constant that equals s, if there is one, so that s does not keep its document alive and later
// comparisons find the same pointer.
func intern(s string) string {
	switch s {
	case ns12:
		return ns12
	case ns11:
		return ns11
	case nsWSA10:
		return nsWSA10
	case nsWSA04:
		return nsWSA04
	case nsRM11:
		return nsRM11
	case nsRM10:
		return nsRM10
	case nsNetRM:
		return nsNetRM
	case anon10:
		return anon10
	case anon04:
		return anon04
	case none10:
		return none10
	}
	return s
}
