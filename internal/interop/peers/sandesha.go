package peers

import "testing"

// Sandesha returns the start script of the peer on Axis2 and Sandesha2, out of the folder that SANDESHA_PEER names, or built here.
func Sandesha(tb testing.TB) string {
	tb.Helper()
	return java(tb, sandesha, "SANDESHA_PEER", "sandeshapeer")
}

var sandesha = build("sandesha", "java")

// sandeshaVersion is what that peer is made of.
func sandeshaVersion() string {
	return "Apache Sandesha2 " + version("sandesha/pom.xml", `<sandesha.version>([^<]+)<`) + " on Axis2 " + version("sandesha/pom.xml", `<axis2.version>([^<]+)<`)
}
