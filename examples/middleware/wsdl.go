package main

// wsdl describes the service at an address.
const wsdl = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:t="http://example.org/rm/echo" targetNamespace="http://example.org/rm/echo">
  <types>
    <xs:schema targetNamespace="http://example.org/rm/echo" elementFormDefault="qualified">
      <xs:complexType name="text"><xs:sequence><xs:element name="text" type="xs:string"/></xs:sequence></xs:complexType>
      <xs:element name="echoString" type="t:text"/>
      <xs:element name="echoStringResponse" type="t:text"/>
      <xs:element name="next"><xs:complexType/></xs:element>
      <xs:element name="nextResponse"><xs:complexType><xs:sequence><xs:element name="number" type="xs:long"/></xs:sequence></xs:complexType></xs:element>
      <xs:element name="fail" type="t:text"/>
      <xs:element name="failResponse" type="t:text"/>
      <xs:element name="Ping" type="t:text"/>
    </xs:schema>
  </types>
  <message name="echoString"><part name="parameters" element="t:echoString"/></message>
  <message name="echoStringResponse"><part name="parameters" element="t:echoStringResponse"/></message>
  <message name="next"><part name="parameters" element="t:next"/></message>
  <message name="nextResponse"><part name="parameters" element="t:nextResponse"/></message>
  <message name="fail"><part name="parameters" element="t:fail"/></message>
  <message name="failResponse"><part name="parameters" element="t:failResponse"/></message>
  <message name="Ping"><part name="parameters" element="t:Ping"/></message>
  <portType name="Echo">
    <operation name="echoString"><input message="t:echoString"/><output message="t:echoStringResponse"/></operation>
    <operation name="next"><input message="t:next"/><output message="t:nextResponse"/></operation>
    <operation name="fail"><input message="t:fail"/><output message="t:failResponse"/></operation>
    <operation name="Ping"><input message="t:Ping"/></operation>
  </portType>
  <binding name="Echo" type="t:Echo">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="echoString"><soap:operation soapAction="http://example.org/rm/echo/echoString"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
    <operation name="next"><soap:operation soapAction="http://example.org/rm/echo/next"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
    <operation name="fail"><soap:operation soapAction="http://example.org/rm/echo/fail"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
    <operation name="Ping"><soap:operation soapAction="http://example.org/rm/echo/Ping"/><input><soap:body use="literal"/></input></operation>
  </binding>
  <service name="Echo">
    <port name="Echo" binding="t:Echo"><soap:address location="%s"/></port>
  </service>
</definitions>
`
