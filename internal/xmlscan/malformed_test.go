package xmlscan

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every document here breaks one rule. The place is line and column of what is wrong.
func TestMalformed(t *testing.T) {
	for _, test := range []struct {
		rule, doc    string
		line, column int
		msg          string
		wraps        error
	}{
		// XML 1.0, 2.1
		{"document", "", 1, 1, "no root element", nil},
		{"document", " \n ", 2, 2, "no root element", nil},
		{"document", "<!-- -->", 1, 9, "no root element", nil},
		{"document", "a<b/>", 1, 1, "'a' before the root element", nil},
		{"document", "<a/>b", 1, 5, "'b' after the root element", nil},
		{"document", "<a/>\n<b/>", 2, 1, "markup after the root element", nil},
		{"document", "<a/></a>", 1, 5, "markup after the root element", nil},
		{"document", "</a>", 1, 2, "an element name cannot begin with '/'", nil},
		{"document", "&#32;<a/>", 1, 1, "'&' before the root element", nil},
		{"document", "<a/>&#32;", 1, 5, "'&' after the root element", nil},
		{"document", "<a/>\x00", 1, 5, "'\\x00' after the root element", nil},
		{"document", "<![CDATA[]]><a/>", 1, 1, "a CDATA section outside of the root element", nil},
		{"document", "<a/><![CDATA[]]>", 1, 5, "a CDATA section outside of the root element", nil},
		{"document", "<", 1, 2, "an element name cannot begin with the end of the input", nil},
		{"document", "<a/><", 1, 5, "markup after the root element", nil},
		{"document", "\uFEFF\uFEFF<a/>", 1, 1, "'\\ufeff' before the root element", nil},

		// XML 1.0, 2.2
		{"Char", "<a>\x00</a>", 1, 4, `the character '\x00' is not allowed`, nil},
		{"Char", "<a>0123456789\x08</a>", 1, 14, `the character '\b' is not allowed`, nil},
		{"Char", "<a>\x1F</a>", 1, 4, `the character '\x1f' is not allowed`, nil},
		{"Char", "<a>\uFFFE</a>", 1, 4, "the characters U+FFFE and U+FFFF are not allowed", nil},
		{"Char", "<a b='\uFFFF'/>", 1, 7, "the characters U+FFFE and U+FFFF are not allowed", nil},
		{"Char", "<a b='\x01'/>", 1, 7, `the character '\x01' is not allowed`, nil},
		{"Char", "<a><!-- \x0C --></a>", 1, 9, `the character '\f' is not allowed`, nil},
		{"Char", "<a><!-- \uFFFF --></a>", 1, 9, "the characters U+FFFE and U+FFFF are not allowed", nil},
		{"Char", "<a><![CDATA[\x0B]]></a>", 1, 13, `the character '\v' is not allowed`, nil},
		{"Char", "<a>\xED\xA0\x80</a>", 1, 4, "byte 0xed is not UTF-8", ErrEncoding},
		{"Char", "<a>\u00E9\u00E9\xED\xBF\xBF</a>", 1, 6, "byte 0xed is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\x80</a>", 1, 4, "byte 0x80 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xC0\x80</a>", 1, 4, "byte 0xc0 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xC1\xBF</a>", 1, 4, "byte 0xc1 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xC3</a>", 1, 4, "byte 0xc3 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xE0\x9F\xBF</a>", 1, 4, "byte 0xe0 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xE2\x82</a>", 1, 4, "byte 0xe2 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xF0\x8F\xBF\xBF</a>", 1, 4, "byte 0xf0 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xF4\x90\x80\x80</a>", 1, 4, "byte 0xf4 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xF5\x80\x80\x80</a>", 1, 4, "byte 0xf5 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xF0\x90\x80</a>", 1, 4, "byte 0xf0 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xFF</a>", 1, 4, "byte 0xff is not UTF-8", ErrEncoding},
		{"UTF-8", "<a b='\xC3'/>", 1, 7, "byte 0xc3 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a>\xC3", 1, 4, "byte 0xc3 is not UTF-8", ErrEncoding},
		{"UTF-8", "<a\xC3/>", 1, 3, "byte 0xc3 inside of a tag", nil},

		// XML 1.0, 2.3
		{"Name", "<1/>", 1, 2, "an element name cannot begin with '1'", nil},
		{"Name", "<-a/>", 1, 2, "an element name cannot begin with '-'", nil},
		{"Name", "<.a/>", 1, 2, "an element name cannot begin with '.'", nil},
		{"Name", "< a/>", 1, 2, "an element name cannot begin with ' '", nil},
		{"Name", "<>", 1, 2, "an element name cannot begin with '>'", nil},
		{"Name", "<a><\u00B7/></a>", 1, 5, "an element name cannot begin with '\u00B7'", nil},
		{"Name", "<\u0300/>", 1, 2, "an element name cannot begin with '\u0300'", nil},
		{"Name", "<a\u00D7/>", 1, 3, "'\u00D7' inside of a tag", nil},
		{"Name", "<a\u00F7/>", 1, 3, "'\u00F7' inside of a tag", nil},
		{"Name", "<a\u037E/>", 1, 3, "'\u037E' inside of a tag", nil},
		{"Name", "<a\u2000/>", 1, 3, `'\u2000' inside of a tag`, nil},
		{"Name", "<a\u2190/>", 1, 3, "'\u2190' inside of a tag", nil},
		{"Name", "<a\u2FF0/>", 1, 3, "'\u2FF0' inside of a tag", nil},
		{"Name", "<a\u3000/>", 1, 3, `'\u3000' inside of a tag`, nil},
		{"Name", "<a\uE000/>", 1, 3, `'\ue000' inside of a tag`, nil},
		{"Name", "<a\uFDD0/>", 1, 3, `'\ufdd0' inside of a tag`, nil},
		{"Name", "<a\U000F0000/>", 1, 3, `'\U000f0000' inside of a tag`, nil},
		{"Name", "<a +b=''/>", 1, 4, "an attribute name cannot begin with '+'", nil},
		{"Name", "<a 1b=''/>", 1, 4, "an attribute name cannot begin with '1'", nil},
		{"AttValue", "<a b=c/>", 1, 6, "'c' instead of a quoted attribute value", nil},
		{"AttValue", "<a b=/>", 1, 6, "'/' instead of a quoted attribute value", nil},
		{"AttValue", "<a b=''c=''/>", 1, 8, "white space is missing before an attribute", nil},
		{"AttValue", "<a b=''\"/>", 1, 8, "'\"' inside of a tag", nil},
		{"AttValue", "<a b='c\"/>", 1, 11, "the input ends inside of an attribute value", nil},
		{"AttValue", "<a b='&'/>", 1, 7, "'&' is not followed by an entity name and ';'", nil},
		{"No < in Attribute Values", "<a b='<'/>", 1, 7, "'<' in an attribute value", nil},
		{"No < in Attribute Values", "<a b='01234567<c>'/>", 1, 15, "'<' in an attribute value", nil},

		// XML 1.0, 2.4
		{"CharData", "<a>]]></a>", 1, 4, "']]>' in character data", nil},
		{"CharData", "<a>]]]></a>", 1, 5, "']]>' in character data", nil},
		{"CharData", "<a>01234567]]></a>", 1, 12, "']]>' in character data", nil},

		// XML 1.0, 2.5
		{"Comment", "<a><!-- -- --></a>", 1, 9, "'--' inside of a comment", nil},
		{"Comment", "<a><!-- ---></a>", 1, 9, "'--' inside of a comment", nil},
		{"Comment", "<a><!-- ", 1, 9, "the input ends inside of a comment", nil},
		{"Comment", "<a><!-- --", 1, 11, "the input ends inside of a comment", nil},
		{"Comment", "<!-->", 1, 6, "the input ends inside of a comment", nil},
		{"Comment", "<!---><a/>", 1, 11, "the input ends inside of a comment", nil},
		{"Comment", "<a><!- --></a>", 1, 4, "malformed markup", nil},
		{"Comment", "<a><! -- --></a>", 1, 4, "malformed markup", nil},

		// XML 1.0, 2.6: SOAP allows none
		{"PI", "<?a?><b/>", 1, 1, "processing instructions are not allowed", ErrPI},
		{"PI", "<?xml-stylesheet?><b/>", 1, 1, "processing instructions are not allowed", ErrPI},
		{"PI", "<a><?b c?></a>", 1, 4, "processing instructions are not allowed", ErrPI},
		{"PI", "<a/>\n<?b?>", 2, 1, "processing instructions are not allowed", ErrPI},
		{"PI", "<?", 1, 1, "processing instructions are not allowed", ErrPI},
		{"PI", "<?xml?><a/>", 1, 1, "processing instructions are not allowed", ErrPI},
		{"PI", "<?XML version='1.0'?><a/>", 1, 1, "processing instructions are not allowed", ErrPI},

		// XML 1.0, 2.7
		{"CDSect", "<a><![CDATA[</a>", 1, 17, "the input ends inside of a CDATA section", nil},
		{"CDSect", "<a><![CDATA[]]", 1, 15, "the input ends inside of a CDATA section", nil},
		{"CDSect", "<a><![CDATA[] ]></a>", 1, 21, "the input ends inside of a CDATA section", nil},
		{"CDSect", "<a><![cdata[]]></a>", 1, 4, "malformed markup", nil},
		{"CDSect", "<a><![CDATA []]></a>", 1, 4, "malformed markup", nil},
		{"CDSect", "<a><![INCLUDE[]]></a>", 1, 4, "malformed markup", nil},

		// XML 1.0, 2.8: SOAP allows no document type declaration
		{"doctypedecl", "<!DOCTYPE a><a/>", 1, 1, "document type declarations are not allowed", ErrDTD},
		{"doctypedecl", "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'http://x'><a/>", 2, 1, "document type declarations are not allowed", ErrDTD},
		{"doctypedecl", "<a><!DOCTYPE a></a>", 1, 4, "document type declarations are not allowed", ErrDTD},
		{"doctypedecl", "<!doctype a><a/>", 1, 1, "malformed markup", nil},
		{"doctypedecl", "<a><!ENTITY b 'c'></a>", 1, 4, "malformed markup", nil},
		{"XMLDecl", " <?xml version='1.0'?><a/>", 1, 2, "an XML declaration that is not at the beginning of a document", nil},
		{"XMLDecl", "<!-- --><?xml version='1.0'?><a/>", 1, 9, "an XML declaration that is not at the beginning of a document", nil},
		{"XMLDecl", "<?xml version='1.0'?><?xml version='1.0'?><a/>", 1, 22, "an XML declaration that is not at the beginning of a document", nil},
		{"XMLDecl", "<a><?xml version='1.0'?></a>", 1, 4, "an XML declaration that is not at the beginning of a document", nil},
		{"XMLDecl", "<?xml ?><a/>", 1, 7, "the XML declaration has no version", nil},
		{"XMLDecl", "<?xml encoding='UTF-8'?><a/>", 1, 7, `"encoding" is not allowed here in the XML declaration`, nil},
		{"XMLDecl", "<?xml standalone='yes'?><a/>", 1, 7, `"standalone" is not allowed here in the XML declaration`, nil},
		{"XMLDecl", "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>", 1, 38, `"encoding" is not allowed here in the XML declaration`, nil},
		{"XMLDecl", "<?xml version='1.0' version='1.0'?><a/>", 1, 21, `"version" is not allowed here in the XML declaration`, nil},
		{"XMLDecl", "<?xml version='1.0' a='b'?><a/>", 1, 21, `"a" is not allowed here in the XML declaration`, nil},
		{"XMLDecl", "<?xml VERSION='1.0'?><a/>", 1, 7, `"VERSION" is not allowed here in the XML declaration`, nil},
		{"XMLDecl", "<?xml version='1.0'encoding='UTF-8'?><a/>", 1, 20, "'e' in the XML declaration", nil},
		{"XMLDecl", "<?xml version='1.0' encoding?><a/>", 1, 29, "'?' in the XML declaration", nil},
		{"XMLDecl", "<?xml version=1.0?><a/>", 1, 15, "'1' in the XML declaration", nil},
		{"XMLDecl", "<?xml version='1.0'><a/>", 1, 20, "'>' in the XML declaration", nil},
		{"XMLDecl", "<?xml version='1.0' ><a/>", 1, 21, "'>' in the XML declaration", nil},
		{"XMLDecl", "<?xml version='1.0' ? ><a/>", 1, 21, "'?' in the XML declaration", nil},
		{"XMLDecl", "<?xml version='1.0", 1, 19, "the input ends inside of the XML declaration", nil},
		{"XMLDecl", "<?xml version='1.0'", 1, 20, "the end of the input in the XML declaration", nil},
		{"XMLDecl", "<?xml \x00", 1, 7, "'\\x00' in the XML declaration", nil},
		{"VersionNum", "<?xml version='2.0'?><a/>", 1, 16, "malformed version in the XML declaration", nil},
		{"VersionNum", "<?xml version='1.'?><a/>", 1, 16, "malformed version in the XML declaration", nil},
		{"VersionNum", "<?xml version='1.0 '?><a/>", 1, 16, "malformed version in the XML declaration", nil},
		{"VersionNum", "<?xml version='1'?><a/>", 1, 16, "malformed version in the XML declaration", nil},
		{"VersionNum", "<?xml version=''?><a/>", 1, 16, "malformed version in the XML declaration", nil},
		{"SDDecl", "<?xml version='1.0' standalone='YES'?><a/>", 1, 33, "standalone in the XML declaration is neither yes nor no", nil},
		{"SDDecl", "<?xml version='1.0' standalone=''?><a/>", 1, 33, "standalone in the XML declaration is neither yes nor no", nil},
		{"EncName", "<?xml version='1.0' encoding=''?><a/>", 1, 31, "malformed encoding in the XML declaration", nil},
		{"EncName", "<?xml version='1.0' encoding='8-UTF'?><a/>", 1, 31, "malformed encoding in the XML declaration", nil},
		{"EncName", "<?xml version='1.0' encoding='_UTF'?><a/>", 1, 31, "malformed encoding in the XML declaration", nil},
		{"EncName", "<?xml version='1.0' encoding='UTF 8'?><a/>", 1, 31, "malformed encoding in the XML declaration", nil},
		{"EncName", "<?xml version='1.0' encoding='UTF\u00B28'?><a/>", 1, 31, "malformed encoding in the XML declaration", nil},

		// XML 1.0, 3
		{"element", "<a>", 1, 4, `the input ends inside of element "a"`, nil},
		{"element", "<a><b></b>", 1, 11, `the input ends inside of element "a"`, nil},
		{"element", "<a>b", 1, 5, `the input ends inside of element "a"`, nil},
		{"element", "<a><", 1, 5, `the input ends inside of element "a"`, nil},
		{"Element Type Match", "<a></b>", 1, 6, `the end tag "b" does not match the element "a"`, nil},
		{"Element Type Match", "<a></A>", 1, 6, `the end tag "A" does not match the element "a"`, nil},
		{"Element Type Match", "<ab></a>", 1, 7, `the end tag "a" does not match the element "ab"`, nil},
		{"Element Type Match", "<a></ab>", 1, 6, `the end tag "ab" does not match the element "a"`, nil},
		{"Element Type Match", "<a></a\u00E9>", 1, 6, "the end tag \"a\u00E9\" does not match the element \"a\"", nil},
		{"Element Type Match", "<a></a:>", 1, 6, `the end tag "a:" does not match the element "a"`, nil},
		{"Element Type Match", "<a><b></a></b>", 1, 9, `the end tag "a" does not match the element "b"`, nil},
		{"Element Type Match", "<p:a xmlns:p='u' xmlns:q='u'></q:a>", 1, 32, `the end tag "q:a" does not match the element "p:a"`, nil},
		{"Element Type Match", "<a></ a>", 1, 6, `the end tag "" does not match the element "a"`, nil},

		// XML 1.0, 3.1
		{"STag", "<a", 1, 3, "the input ends inside of a tag", nil},
		{"STag", "<a ", 1, 4, "the input ends inside of a tag", nil},
		{"STag", "<a b", 1, 5, "the end of the input instead of '=' behind an attribute name", nil},
		{"STag", "<a b=", 1, 6, "the end of the input instead of a quoted attribute value", nil},
		{"STag", "<a b='", 1, 7, "the input ends inside of an attribute value", nil},
		{"STag", "<a b=''", 1, 8, "the input ends inside of a tag", nil},
		{"STag", "<a b/>", 1, 5, "'/' instead of '=' behind an attribute name", nil},
		{"STag", "<a b c=''/>", 1, 6, "'c' instead of '=' behind an attribute name", nil},
		{"STag", "<a =''/>", 1, 4, "an attribute name cannot begin with '='", nil},
		{"STag", "<a<b/>", 1, 3, "'<' inside of a tag", nil},
		{"STag", "<a&b;/>", 1, 3, "'&' inside of a tag", nil},
		{"STag", "<a/ >", 1, 3, "'/' inside of a tag", nil},
		{"STag", "<a /b>", 1, 4, "an attribute name cannot begin with '/'", nil},
		{"STag", "<a //>", 1, 4, "an attribute name cannot begin with '/'", nil},
		{"STag", "<a \x00/>", 1, 4, "an attribute name cannot begin with '\\x00'", nil},
		{"ETag", "<a></a b=''>", 1, 8, "'b' instead of '>' in an end tag", nil},
		{"ETag", "<a></a/>", 1, 6, `the end tag "a" does not match the element "a"`, nil},
		{"ETag", "<a></a", 1, 7, "the input ends inside of an end tag", nil},
		{"ETag", "<a></a ", 1, 8, "the end of the input instead of '>' in an end tag", nil},
		{"ETag", "<a></", 1, 6, "the input ends inside of an end tag", nil},
		{"Unique Att Spec", "<a b='' b=''/>", 1, 9, "the element has this attribute already", nil},
		{"Unique Att Spec", "<a c='' b='' d='' b=''/>", 1, 19, "the element has this attribute already", nil},
		{"Unique Att Spec", "<a xmlns='u' xmlns='u'/>", 1, 14, "the element has this attribute already", nil},
		{"Unique Att Spec", "<a xmlns:p='u' xmlns:p='v'/>", 1, 16, "the element has this attribute already", nil},
		{"Unique Att Spec", "<a xml:lang='' xml:lang=''/>", 1, 16, "the element has this attribute already", nil},

		// XML 1.0, 4.1
		{"CharRef", "<a>&#;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#x;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#X41;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#4G;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#4a;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#xfg;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#65</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&# 65;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a>&#-65;</a>", 1, 4, "malformed character reference", nil},
		{"CharRef", "<a b='&#65'/>", 1, 7, "malformed character reference", nil},
		{"CharRef", "<a>&#", 1, 4, "malformed character reference", nil},
		{"Legal Character", "<a>&#0;</a>", 1, 4, `the reference "&#0;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#x1F;</a>", 1, 4, `the reference "&#x1F;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#xD800;</a>", 1, 4, `the reference "&#xD800;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#xDFFF;</a>", 1, 4, `the reference "&#xDFFF;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#xFFFE;</a>", 1, 4, `the reference "&#xFFFE;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#65535;</a>", 1, 4, `the reference "&#65535;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#x110000;</a>", 1, 4, `the reference "&#x110000;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a>&#x10000000000000041;</a>", 1, 4, `the reference "&#x10000000000000041;" is to a character that is not allowed`, nil},
		{"Legal Character", "<a b='&#x0;'/>", 1, 7, `the reference "&#x0;" is to a character that is not allowed`, nil},
		{"EntityRef", "<a>&</a>", 1, 4, "'&' is not followed by an entity name and ';'", nil},
		{"EntityRef", "<a>& b</a>", 1, 4, "'&' is not followed by an entity name and ';'", nil},
		{"EntityRef", "<a>&lt</a>", 1, 4, "'&' is not followed by an entity name and ';'", nil},
		{"EntityRef", "<a>&lt ;</a>", 1, 4, "'&' is not followed by an entity name and ';'", nil},
		{"EntityRef", "<a>&", 1, 4, "'&' is not followed by an entity name and ';'", nil},
		{"EntityRef", "<a>&;</a>", 1, 4, "'&' is not followed by an entity name and ';'", nil},
		{"Entity Declared", "<a>&nbsp;</a>", 1, 4, `the entity "nbsp" is not declared`, nil},
		{"Entity Declared", "<a>&LT;</a>", 1, 4, `the entity "LT" is not declared`, nil},
		{"Entity Declared", "<a b='&ampx;'/>", 1, 7, `the entity "ampx" is not declared`, nil},
		{"PEReference", "<a>%</a>%b;", 1, 9, "'%' after the root element", nil},

		// XML Names, 3 to 7
		{"Prefix Declared", "<p:a/>", 1, 2, `the prefix "p" is not bound to a namespace`, nil},
		{"Prefix Declared", "<a p:b=''/>", 1, 4, `the prefix "p" is not bound to a namespace`, nil},
		{"Prefix Declared", "<a><b xmlns:p='u'/><p:c/></a>", 1, 21, `the prefix "p" is not bound to a namespace`, nil},
		{"Prefix Declared", "<a xmlns:p='u'><P:c/></a>", 1, 17, `the prefix "P" is not bound to a namespace`, nil},
		{"Prefix Declared", "<a xmlns:longprefix1='u'><longprefix2:c/></a>", 1, 27, `the prefix "longprefix2" is not bound to a namespace`, nil},
		{"Prefix Declared", "<a xmlns:longpref1='u'><longpref:c/></a>", 1, 25, `the prefix "longpref" is not bound to a namespace`, nil},
		{"No Prefix Undeclaring", "<a xmlns:p=''/>", 1, 4, "a prefix cannot be undeclared", nil},
		{"No Prefix Undeclaring", "<a xmlns:p='u'><b xmlns:p=\"\"/></a>", 1, 19, "a prefix cannot be undeclared", nil},
		{"Reserved Prefixes", "<a xmlns:xml='u'/>", 1, 4, "the prefix xml and its namespace belong to each other alone", nil},
		{"Reserved Prefixes", "<a xmlns:p='" + spaceXML + "'/>", 1, 4, "the prefix xml and its namespace belong to each other alone", nil},
		{"Reserved Prefixes", "<a xmlns:p='&#104;" + spaceXML[1:] + "'/>", 1, 4, "the prefix xml and its namespace belong to each other alone", nil},
		{"Reserved Prefixes", "<a xmlns='" + spaceXML + "'/>", 1, 4, "the prefix xml and its namespace belong to each other alone", nil},
		{"Reserved Prefixes", "<a xmlns:xml=''/>", 1, 4, "the prefix xml and its namespace belong to each other alone", nil},
		{"Reserved Prefixes", "<a xmlns:xmlns='u'/>", 1, 4, "the prefix xmlns cannot be declared", nil},
		{"Reserved Prefixes", "<a xmlns:xmlns='" + spaceXMLNS + "'/>", 1, 4, "the prefix xmlns cannot be declared", nil},
		{"Reserved Prefixes", "<a xmlns:p='" + spaceXMLNS + "'/>", 1, 4, "the namespace of xmlns cannot be declared", nil},
		{"Reserved Prefixes", "<a xmlns='" + spaceXMLNS + "'/>", 1, 4, "the namespace of xmlns cannot be declared", nil},
		{"Reserved Prefixes", "<xmlns:a/>", 1, 2, "an element cannot have the prefix xmlns", nil},
		{"QName", "<:a/>", 1, 2, "an element name cannot begin with ':'", nil},
		{"QName", "<p:/>", 1, 4, "a local name cannot begin with '/'", nil},
		{"QName", "<p:1/>", 1, 4, "a local name cannot begin with '1'", nil},
		{"QName", "<p:a:b xmlns:p='u'/>", 1, 5, "':' inside of a tag", nil},
		{"QName", "<a :b=''/>", 1, 4, "an attribute name cannot begin with ':'", nil},
		{"QName", "<a p:=''/>", 1, 6, "a local name cannot begin with '='", nil},
		{"QName", "<a xmlns:=''/>", 1, 10, "a local name cannot begin with '='", nil},
		{"QName", "<a p:b:c=''/>", 1, 7, "':' instead of '=' behind an attribute name", nil},
		{"QName", "<a xmlns:p:q=''/>", 1, 11, "':' instead of '=' behind an attribute name", nil},
		{"Attributes Unique", "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", 1, 35, "the element has this attribute already", nil},
		{"Attributes Unique", "<a xmlns:p='u'><b xmlns:q='&#117;' q:b='' p:b=''/></a>", 1, 43, "the element has this attribute already", nil},
		{"Attributes Unique", "<a xmlns:xml='" + spaceXML + "'><b xmlns:xml='" + spaceXML + "' xml:b='' xml:b=''/></a>", 1, 114, "the element has this attribute already", nil},
	} {
		t.Run(test.rule, func(t *testing.T) {
			_, err := scan(test.doc)
			e, ok := errors.AsType[*SyntaxError](err)
			require.True(t, ok, "%q: %v", test.doc, err)
			require.Equal(t, test.msg, e.Msg, "%q", test.doc)
			require.Equal(t, []int{test.line, test.column}, []int{e.Line, e.Column}, "%q", test.doc)
			require.Equal(t, test.wraps, e.Unwrap(), "%q", test.doc)
			line, column := position([]byte(test.doc), e.Offset)
			require.Equal(t, []int{test.line, test.column}, []int{line, column}, "%q", test.doc)
		})
	}
}

func TestErrorText(t *testing.T) {
	_, err := scan("<a>\r\n<b>\u00E9</c></b></a>")
	require.EqualError(t, err, `xml: line 2, column 7: the end tag "c" does not match the element "b"`)

	_, err = scan("<a123456789012345678901234567890123456789012345678901234567890></b>")
	require.EqualError(t, err, `xml: line 1, column 66: the end tag "b" does not match the element "a123456789012345678901234567890123456789"...`)
}

// Whatever a document is cut to, it is an error, and no panic.
func TestCutAnywhere(t *testing.T) {
	for _, name := range []string{"metro.xml", "wcf.xml", "gsoap.xml", "cxf.xml"} {
		doc := sample(t, name)
		for i := range doc {
			_, err := scan(string(doc[:i:i]))
			require.Error(t, err, "%s cut to %d", name, i)
		}
	}
	const all = "<?xml version='1.0'?><!-- \u00E9 --><p:\u00E9 xmlns:p='&lt;' a='&#xE9;\u00E9'>&amp;\u00E9<![CDATA[]]]></p:\u00E9 >"
	for i := range len(all) {
		_, err := scan(all[:i])
		require.Error(t, err, all[:i])
	}
}
