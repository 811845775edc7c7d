package xmlscan

import "bytes"

const bom = "\xEF\xBB\xBF"

func hasBOM(b []byte) bool { return len(b) >= 3 && string(b[:3]) == bom }

// isDecl reports whether b begins with an XML declaration, and not with an instruction such as <?xml-stylesheet?>.
func isDecl(b []byte) bool {
	return len(b) > 5 && string(b[:5]) == "<?xml" && class[b[5]]&space != 0
}

// xmlDecl reads the XML declaration at i. If bad is not "", it says what is wrong at end.
//
// XML 1.0, 2.8: XMLDecl, VersionInfo; 2.9: SDDecl; 4.3.3: EncodingDecl
func xmlDecl(b []byte, i int) (encoding []byte, end int, bad string) {
	i += len("<?xml")
	seen := 0 // 1: version, 2: encoding, 3: standalone
	for {
		from := i
		i = skipSpace(b, i)
		if bytes.HasPrefix(b[i:], []byte("?>")) {
			if seen == 0 {
				return nil, i, "the XML declaration has no version"
			}
			return encoding, i + 2, ""
		}
		if i == from {
			return nil, i, describe(b, i) + " in the XML declaration"
		}
		name := i
		i = skipName(b, i)
		part, off := string(b[name:i]), name
		// XML 1.0, 2.3: Eq
		if i = skipSpace(b, i); i >= len(b) || b[i] != '=' {
			return nil, i, describe(b, i) + " in the XML declaration"
		}
		if i = skipSpace(b, i+1); i >= len(b) || b[i] != '"' && b[i] != '\'' {
			return nil, i, describe(b, i) + " in the XML declaration"
		}
		n := bytes.IndexByte(b[i+1:], b[i])
		if n < 0 {
			return nil, len(b), "the input ends inside of the XML declaration"
		}
		value := b[i+1 : i+1+n]
		switch {
		case part == "version" && seen < 1:
			if !isVersion(value) {
				return nil, i + 1, "malformed version in the XML declaration"
			}
			seen = 1
		case part == "encoding" && seen == 1:
			if !isEncodingName(value) {
				return nil, i + 1, "malformed encoding in the XML declaration"
			}
			encoding, seen = value, 2
		case part == "standalone" && (seen == 1 || seen == 2):
			if string(value) != "yes" && string(value) != "no" {
				return nil, i + 1, "standalone in the XML declaration is neither yes nor no"
			}
			seen = 3
		default:
			return nil, off, quote([]byte(part)) + " is not allowed here in the XML declaration"
		}
		i += n + 2
	}
}

// XML 1.0, 2.8: VersionNum ::= '1.' [0-9]+; any of them is read as 1.0
func isVersion(v []byte) bool {
	if len(v) < 3 || v[0] != '1' || v[1] != '.' {
		return false
	}
	for _, c := range v[2:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// XML 1.0, 4.3.3: EncName ::= [A-Za-z] ([A-Za-z0-9._] | '-')*
func isEncodingName(v []byte) bool {
	if len(v) == 0 || class[v[0]]&nameStart == 0 || v[0] == '_' {
		return false
	}
	for _, c := range v {
		if class[c]&nameByte == 0 {
			return false
		}
	}
	return true
}
