package wsrm_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wiretest"
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

func request(t testing.TB) []byte {
	b, err := os.ReadFile(filepath.Join(wiretest.Root(t), "testdata", "envelope-2300.xml"))
	require.NoError(t, err)
	return b
}

// read is what is done with every message that arrives: the scan of the whole document, the walk over the header blocks
// that have to be understood, the RM header blocks.
func read(b []byte, h *wsrm.Headers) (*soap.Envelope, error) {
	env, err := soap.Parse(b, nil)
	if err != nil {
		return nil, err
	}
	for block := range env.Headers() {
		if block.MustUnderstand && block.ForUs() && !understood(block.Name.Space) {
			return nil, soap.NotUnderstood(block.Name)
		}
	}
	return env, wsrm.ParseHeaders(env, h)
}

func understood(space string) bool {
	return wsrm.VersionOf(space) != 0 || space == soap.WSA10.Namespace() || space == soap.WSA2004.Namespace()
}

func BenchmarkParse(b *testing.B) {
	msg := request(b)
	var h wsrm.Headers
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(msg, &h); err != nil {
			b.Fatal(err)
		}
	}
}

// The same headers as encoding/xml decodes them.
type xmlEnvelope struct {
	XMLName xml.Name `xml:"http://www.w3.org/2003/05/soap-envelope Envelope"`
	Header  struct {
		Sequence *struct {
			MustUnderstand string `xml:"http://www.w3.org/2003/05/soap-envelope mustUnderstand,attr"`
			Identifier     string `xml:"http://docs.oasis-open.org/ws-rx/wsrm/200702 Identifier"`
			MessageNumber  uint64 `xml:"http://docs.oasis-open.org/ws-rx/wsrm/200702 MessageNumber"`
		} `xml:"http://docs.oasis-open.org/ws-rx/wsrm/200702 Sequence"`
		Acks []struct {
			Identifier string `xml:"http://docs.oasis-open.org/ws-rx/wsrm/200702 Identifier"`
			Ranges     []struct {
				Lower uint64 `xml:"Lower,attr"`
				Upper uint64 `xml:"Upper,attr"`
			} `xml:"http://docs.oasis-open.org/ws-rx/wsrm/200702 AcknowledgementRange"`
			Buffer int `xml:"http://schemas.microsoft.com/ws/2006/05/rm BufferRemaining"`
		} `xml:"http://docs.oasis-open.org/ws-rx/wsrm/200702 SequenceAcknowledgement"`
		Action    string       `xml:"http://www.w3.org/2005/08/addressing Action"`
		MessageID string       `xml:"http://www.w3.org/2005/08/addressing MessageID"`
		To        string       `xml:"http://www.w3.org/2005/08/addressing To"`
		From      *xmlEndpoint `xml:"http://www.w3.org/2005/08/addressing From"`
		ReplyTo   *xmlEndpoint `xml:"http://www.w3.org/2005/08/addressing ReplyTo"`
		FaultTo   *xmlEndpoint `xml:"http://www.w3.org/2005/08/addressing FaultTo"`
	} `xml:"http://www.w3.org/2003/05/soap-envelope Header"`
	Body struct {
		Content []byte `xml:",innerxml"`
	} `xml:"http://www.w3.org/2003/05/soap-envelope Body"`
}

type xmlEndpoint struct {
	Address string `xml:"http://www.w3.org/2005/08/addressing Address"`
}

func BenchmarkParseEncodingXML(b *testing.B) {
	msg := request(b)
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		var e xmlEnvelope
		if err := xml.Unmarshal(msg, &e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend writes that envelope as a session does: fields, header blocks stamped afresh, and a body that was
// encoded once.
func BenchmarkAppend(b *testing.B) {
	var h wsrm.Headers
	in, err := read(request(b), &h)
	require.NoError(b, err)
	var body []byte
	require.NoError(b, in.Decode(&body))
	env := soap.New(in.Action, body).AddHeader(&h)
	env.MessageID, env.To, env.From, env.ReplyTo, env.FaultTo = in.MessageID, in.To, in.From, in.ReplyTo, in.FaultTo
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = env.AppendXML(buf[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}
