package xmlscan

import "slices"

// startTag reads the tag at s.pos.
//
// XML 1.0, 3.1: STag, EmptyElemTag
func (s *Scanner) startTag() (Kind, error) {
	b := s.b
	s.off = s.pos
	e := element{name: s.pos + 1, outer: len(s.names.bound)}
	i := skipName(b, e.name)
	if i == e.name {
		return s.fail(i, nil, "an element name cannot begin with "+describe(b, i))
	}
	if i < len(b) && b[i] == ':' {
		e.colon = i - e.name
		local := i + 1
		if i = skipName(b, local); i == local {
			return s.fail(i, nil, "a local name cannot begin with "+describe(b, i))
		}
	}
	e.size = i - e.name
	if s.lim.Depth > 0 && len(s.open) >= s.lim.Depth {
		return s.fail(s.off, ErrLimit, "elements are too deep")
	}
	s.attrs = s.attrs[:0]
	for {
		from := i
		if i = skipSpace(b, i); i >= len(b) {
			return s.fail(i, nil, "the input ends inside of a tag")
		}
		if b[i] == '>' {
			i++
			break
		}
		if b[i] == '/' && i+1 < len(b) && b[i+1] == '>' {
			s.empty = true
			i += 2
			break
		}
		if i == from {
			if skipName(b, i) > i {
				return s.fail(i, nil, "white space is missing before an attribute")
			}
			return s.fail(i, nil, describe(b, i)+" inside of a tag")
		}
		if s.lim.Attrs > 0 && len(s.attrs)+len(s.names.bound)-e.outer >= s.lim.Attrs {
			return s.fail(i, ErrLimit, "too many attributes")
		}
		if i = s.attribute(i, e.outer); i < 0 {
			return EOF, s.err
		}
	}
	if e.colon > 0 {
		name := b[e.name : e.name+e.colon]
		// XML Names, 5: Prefix Declared
		if e.ns = s.names.lookup(keyAt(b, e.name, e.colon), str(name)); e.ns < 0 {
			return s.unbound(e.name, name)
		}
	} else {
		e.ns = s.names.prefixes[noPrefix].top
	}
	if len(s.attrs) > 0 && !s.resolve() {
		return EOF, s.err
	}
	s.open = append(s.open, e)
	s.kind, s.pos = Start, i
	return Start, nil
}

// unbound fails for the name at off, whose prefix stands for nothing.
func (s *Scanner) unbound(off int, prefix []byte) (Kind, error) {
	if string(prefix) == "xmlns" {
		return s.fail(off, nil, "an element cannot have the prefix xmlns") // XML Names, 3: reserved prefixes
	}
	return s.fail(off, nil, "the prefix "+quote(prefix)+" is not bound to a namespace")
}

// attribute reads an attribute or a namespace declaration at i and returns its end, or -1 after an error. Bindings from
// outer on belong to the element.
//
// XML 1.0, 3.1: Attribute; XML Names, 4: QName
func (s *Scanner) attribute(i, outer int) int {
	b := s.b
	name := i
	if i = skipName(b, i); i == name {
		s.fail(i, nil, "an attribute name cannot begin with "+describe(b, i))
		return -1
	}
	end, local := i, name
	if i < len(b) && b[i] == ':' {
		local = i + 1
		if i = skipName(b, local); i == local {
			s.fail(i, nil, "a local name cannot begin with "+describe(b, i))
			return -1
		}
	}
	localEnd := i
	// XML 1.0, 2.3: Eq
	if i = skipSpace(b, i); i >= len(b) || b[i] != '=' {
		s.fail(i, nil, describe(b, i)+" instead of '=' behind an attribute name")
		return -1
	}
	if i = skipSpace(b, i+1); i >= len(b) || b[i] != '"' && b[i] != '\'' {
		s.fail(i, nil, describe(b, i)+" instead of a quoted attribute value")
		return -1
	}
	from := i + 1
	i, coded := s.value(from, b[i])
	if i < 0 {
		return -1
	}
	raw := str(b[from:i])
	i++
	// XML Names, 3: NSAttName ::= PrefixedAttName | DefaultAttName
	if end-name == len("xmlns") && string(b[name:end]) == "xmlns" {
		prefix := ""
		if local != name {
			prefix = str(b[local:localEnd])
		}
		if !s.declare(name, prefix, keyAt(b, local, len(prefix)), raw, coded, outer) {
			return -1
		}
		return i
	}
	// Filled in place: an Attr is large.
	s.attrs = slices.Grow(s.attrs, 1)[:len(s.attrs)+1]
	a := &s.attrs[len(s.attrs)-1]
	a.Space, a.Local, a.raw, a.off, a.ns, a.coded = "", str(b[local:localEnd]), raw, name, noPrefix, coded
	a.Prefix = ""
	if local != name {
		a.Prefix = str(b[name:end])
	}
	return i
}

// value reads an attribute value that begins at i and returns the place of its closing quote, or -1 after an error, and
// whether the value must be decoded.
//
// XML 1.0, 2.3: AttValue
func (s *Scanner) value(i int, quote byte) (end int, coded bool) {
	b := s.b
	for {
		if i = skipPlain(b, i, quote); i >= len(b) {
			s.fail(i, nil, "the input ends inside of an attribute value")
			return -1, false
		}
		switch c := b[i]; {
		case c == quote:
			return i, coded
		case c == '&':
			n := s.reference(i)
			if n == 0 {
				return -1, false
			}
			coded = true
			i += n
		case c >= 0x80:
			if i = s.characters(i); i < 0 {
				return -1, false
			}
		case c == '\t' || c == '\n' || c == '\r':
			coded = true
			i++
		case c == '<': // XML 1.0, 3.1: No < in Attribute Values
			s.fail(i, nil, "'<' in an attribute value")
			return -1, false
		default:
			s.badChar(i)
			return -1, false
		}
	}
}

// reference checks the reference at i and returns its length, 0 after an error.
func (s *Scanner) reference(i int) int {
	r, n := decodeReference(str(s.b[i:]))
	switch {
	case n == 0:
		name := skipName(s.b, i+1)
		switch {
		case i+1 < len(s.b) && s.b[i+1] == '#':
			s.fail(i, nil, "malformed character reference")
		case name > i+1 && name < len(s.b) && s.b[name] == ';': // XML 1.0, 4.1: Entity Declared
			s.fail(i, nil, "the entity "+quote(s.b[i+1:name])+" is not declared")
		default:
			s.fail(i, nil, "'&' is not followed by an entity name and ';'")
		}
	case r < 0:
		s.fail(i, nil, "the reference "+quote(s.b[i:i+n])+" is to a character that is not allowed")
		return 0
	}
	return n
}

// characters passes over characters that are not ASCII and returns the place of the next that is, or -1 after an error.
func (s *Scanner) characters(i int) int {
	for i < len(s.b) && s.b[i] >= 0x80 {
		n := charLen(s.b, i)
		if n == 0 {
			s.badChar(i)
			return -1
		}
		i += n
	}
	return i
}

// badChar fails for the byte at i, which begins no character that is allowed.
func (s *Scanner) badChar(i int) (Kind, error) {
	switch {
	case s.b[i] < 0x80:
		return s.fail(i, nil, "the character "+describe(s.b, i)+" is not allowed")
	case noncharacter(s.b[i:]):
		return s.fail(i, nil, "the characters U+FFFE and U+FFFF are not allowed")
	}
	return s.fail(i, ErrEncoding, describe(s.b, i)+" is not UTF-8")
}

// resolve gives the attributes their namespaces and checks that each is there once. It reports false after an error.
func (s *Scanner) resolve() bool {
	s.most = max(s.most, len(s.attrs))
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.Prefix == "" {
			continue
		}
		if a.ns = s.names.lookup(keyOf(a.Prefix), a.Prefix); a.ns < 0 {
			s.unbound(a.off, []byte(a.Prefix))
			return false
		}
		a.Space = s.names.bound[a.ns].space
	}
	if len(s.attrs) > 1 {
		if i := s.names.repeated(s.attrs); i >= 0 {
			s.fail(i, nil, "the element has this attribute already")
			return false
		}
	}
	return true
}

// endTag reads the tag at s.pos.
//
// XML 1.0, 3.1: ETag; 3: Element Type Match
func (s *Scanner) endTag() (Kind, error) {
	b := s.b
	s.off = s.pos
	e := &s.open[len(s.open)-1]
	from := s.pos + 2
	i := from + e.size
	if i >= len(b) || string(b[from:i]) != string(b[e.name:e.name+e.size]) {
		return s.mismatch(from)
	}
	if b[i] != '>' {
		name := i
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != '>' {
			if i == name {
				return s.mismatch(from)
			}
			return s.fail(i, nil, describe(b, i)+" instead of '>' in an end tag")
		}
	}
	s.pos = i + 1
	return s.end()
}

// mismatch fails for an end tag whose name, at i, is not that of the open element.
func (s *Scanner) mismatch(i int) (Kind, error) {
	end := i
	for end < len(s.b) && (class[s.b[end]]&nameByte != 0 || s.b[end] >= 0x80 || s.b[end] == ':') {
		end++
	}
	if end == len(s.b) {
		return s.fail(end, nil, "the input ends inside of an end tag")
	}
	return s.fail(i, nil, "the end tag "+quote(s.b[i:end])+" does not match the element "+quote(s.qname()))
}

// qname returns the name, as written, of the innermost open element.
func (s *Scanner) qname() []byte {
	e := &s.open[len(s.open)-1]
	return s.b[e.name : e.name+e.size]
}
