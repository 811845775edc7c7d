package policy_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/policy"
)

// What a service has sent for ?wsdl.
const demanding = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:example:intake" xmlns:tns="urn:example:intake"
    xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy">
  <portType name="Intake"/>
  <binding name="IntakeBinding" type="tns:Intake">
    <wsp:Policy>
      <wsrm:RMAssertion xmlns:wsrm="http://schemas.xmlsoap.org/ws/2005/02/rm/policy">
        <wsrm:InactivityTimeout Milliseconds="300000"/>
      </wsrm:RMAssertion>
      <wsaw:UsingAddressing xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>
    </wsp:Policy>
    <soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  </binding>
  <service name="Intake">
    <port name="IntakePort" binding="tns:IntakeBinding">
      <soap12:address location="http://orders.example/intake"/>
    </port>
  </service>
</definitions>`

// A client learns from a WSDL where to call, and how.
func ExampleRead() {
	endpoints, err := policy.Read([]byte(demanding))
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range endpoints {
		opts, err := e.Options()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Address)
		fmt.Println("WS-RM", opts.Version, "with", opts.SOAP, "and", opts.Addressing, "for", opts.Inactivity)
	}
	// Output:
	// http://orders.example/intake
	// WS-RM 1.0 with SOAP 1.2 and WS-Addressing 1.0 for 5m0s
}

// A service that has become reliable says so.
func ExampleAddTo() {
	const wsdl = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
  <binding name="Greeter">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  </binding>
</definitions>`
	out, err := policy.AddTo([]byte(wsdl), &rm.Options{Version: rm.RM11})
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		line, _, _ = strings.Cut(line, " xmlns:") // for the page's width
		fmt.Println(strings.TrimRight(line, "\n"))
	}
	// Output:
	// <definitions xmlns="http://schemas.xmlsoap.org/wsdl/"
	//   <wsp:Policy
	//     <wsp:ExactlyOne>
	//       <wsp:All>
	//         <wsrmp:RMAssertion
	//           <wsp:Policy>
	//             <wsrmp:DeliveryAssurance>
	//               <wsp:Policy>
	//                 <wsrmp:ExactlyOnce/>
	//                 <wsrmp:InOrder/>
	//               </wsp:Policy>
	//             </wsrmp:DeliveryAssurance>
	//           </wsp:Policy>
	//         </wsrmp:RMAssertion>
	//         <wsaw:UsingAddressing
	//       </wsp:All>
	//     </wsp:ExactlyOne>
	//   </wsp:Policy>
	//   <binding name="Greeter">
	//     <wsp:PolicyReference
	//     <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
	//   </binding>
	// </definitions>
}
