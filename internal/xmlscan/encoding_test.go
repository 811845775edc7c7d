package xmlscan

import (
	"encoding/binary"
	"unicode/utf16"
)

// encode returns s in UTF-16, in the order that the name says, with a byte order mark if asked for.
func encode(s, name string, marked bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if name == "UTF-16BE" {
		order = binary.BigEndian
	}
	if marked {
		s = "\uFEFF" + s
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}
