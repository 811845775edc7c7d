package rmhttp_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
)

// A service that refuses requests without an API key: it sees that of each message, at each attempt.
func TestAttemptsCarryTheHeaderOfTheirMessage(t *testing.T) {
	in(t, func(w *world) {
		w.handler.Server.Options.Unordered = true
		var mu sync.Mutex
		attempts := map[string]int{}
		lifecycle := map[string]int{}
		w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
			key := r.Header.Get("X-Api-Key")
			b, err := io.ReadAll(r.Body)
			if err != nil || key == "" {
				return nil, fmt.Errorf("no key, or %v", err)
			}
			r.Body = io.NopCloser(bytes.NewReader(b))
			mu.Lock()
			defer mu.Unlock()
			text := textIn.FindSubmatch(b)
			switch {
			case text == nil:
				lifecycle[key]++
			case "key of "+string(text[1]) != key:
				w.Errorf("%s goes with the %s", text[1], key)
			default:
				if attempts[key]++; attempts[key] < 3 {
					return nil, errLost
				}
			}
			return w.net.RoundTrip(r)
		})
		call := func(text string, oneWay bool) {
			s, header := shapes[1], ""
			if oneWay {
				s = shapes[3]
				header = `<a:ReplyTo xmlns:a="` + s.wsa + `"><a:Address>` + s.wsa + `/none</a:Address></a:ReplyTo>`
			}
			r := s.request(w, w.Context(), "echo", text, header)
			r.Header.Set("X-Api-Key", "key of "+text)
			resp, err := w.client.Do(r)
			if err != nil || resp.StatusCode >= 300 {
				w.Error(text, err)
			}
		}
		call("first", false)
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() { call(fmt.Sprint(i), i%5 == 0) })
		}
		group.Wait()
		require.EqualValues(w, 1, w.rt.Stats().Opened)
		require.NoError(w, w.rt.Close(w.Context()))
		require.Len(w, w.service.delivered(), 21)
		require.Len(w, attempts, 21)
		require.Len(w, lifecycle, 1)
		require.GreaterOrEqual(w, lifecycle["key of first"], 3, "Create, Close, Terminate are of the request that opened the session")

		// Whose sessions must not be mixed are told apart by Key.
		w.rt = &rmhttp.Transport{Base: w.rt.Base, Options: w.rt.Options, Key: func(r *http.Request) string { return r.Header.Get("X-Api-Key") }}
		w.client = &http.Client{Transport: w.rt}
		clear(lifecycle)
		for _, text := range []string{"ann", "bob"} {
			call(text, false)
		}
		require.NoError(w, w.rt.Close(w.Context()))
		require.Equal(w, map[string]int{"key of ann": 3, "key of bob": 3}, lifecycle)
	})
}

// A Base that fetches tokens from a service with sessions, too, under the context of the request: what one request carries is
// not for the other service.
func TestBaseWithATransportOfItsOwn(t *testing.T) {
	in(t, func(w *world) {
		var tokens direct
		tokens.serve(&rmhttp.Handler{Next: &plainService{}})
		n := 0
		inner := &rmhttp.Transport{Base: &tokens, Key: func(*http.Request) string { n++; return fmt.Sprint(n) }} // they open sessions, too
		w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := inner.RoundTrip(shapes[0].request(w, r.Context(), "token", "t", ""))
			if err != nil {
				return nil, err
			}
			require.NoError(w, resp.Body.Close())
			return w.net.RoundTrip(r)
		})
		r := shapes[1].request(w, w.Context(), "echo", "x", "")
		r.SetBasicAuth("ann", "secret")
		r.Header.Set("X-Api-Key", "secret")
		w.do(r)
		require.NoError(w, w.rt.Close(w.Context()))
		require.NoError(w, inner.Close(w.Context()))
		require.Greater(w, len(tokens.seen), 4)
		for _, h := range tokens.seen {
			require.Equal(w, "t-t", h.Get("X-Trace"))
			require.Empty(w, h.Get("Authorization"))
			require.Empty(w, h.Get("X-Api-Key"))
		}
	})
}

// withoutReply makes an acknowledgement of a reply.
func withoutReply(reply string) string {
	reply = regexp.MustCompile(`<r:Sequence .*?</r:Sequence>`).ReplaceAllString(reply, "")
	reply = regexp.MustCompile(`<s:Body.*</s:Body>`).ReplaceAllString(reply, "<s:Body/>")
	return strings.ReplaceAll(reply, ns+"/echoResponse", ns11+"/SequenceAcknowledgement")
}

// After the service was heard to have the message, attempts go on for as long again as that took, and for eight seconds at least. The last
// one is the first after that time.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		breaks, replies time.Duration // the first connection breaks; from then on the service repeats its reply
		ends            time.Duration // without a reply. 0: it comes
	}{
		{0, 5 * time.Second, 0},
		{0, time.Hour, 12400 * time.Millisecond},
		{30 * time.Second, 60 * time.Second, 0},
		{30 * time.Second, time.Hour, 80 * time.Second},
	} {
		in(t, func(w *world) {
			began := time.Now()
			var n atomic.Int64
			w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
				resp, err := w.net.RoundTrip(r)
				if err != nil || resp.StatusCode != 200 {
					return resp, err
				}
				b, err := io.ReadAll(resp.Body)
				require.NoError(w, err)
				if n.Add(1) == 2 { // after CreateSequence
					time.Sleep(c.breaks)
					return nil, errLost
				}
				text := string(b)
				if strings.Contains(text, "echoResponse") && time.Since(began) < c.replies {
					text = withoutReply(text)
				}
				resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
				return resp, nil
			})
			resp, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "x", ""))
			took := time.Since(began)
			if c.ends == 0 {
				require.NoError(w, err)
				require.Equal(w, 200, resp.StatusCode)
				require.GreaterOrEqual(w, took, c.replies)
				return
			}
			require.ErrorIs(w, err, rm.ErrNoReply)
			require.InDelta(w, c.ends.Seconds(), took.Seconds(), c.ends.Seconds()/5, "repeats come a fifth earlier or later")
		})
	}
}

// The time that a message waits for room is not time that an answer took.
func TestPatienceBeginsWithTheFirstAttempt(t *testing.T) {
	in(t, func(w *world) {
		w.rt.Options.Window = 1
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			if len(w.service.delivered()) == 1 {
				time.Sleep(50 * time.Second)
				reply(rw, soap.V12, 200, `<done xmlns="`+ns+`"/>`)
			}
		})
		w.net.lose = func(n int) (bool, bool) { return false, n == 3 } // after CreateSequence and the first
		began := time.Now()
		var first sync.WaitGroup
		first.Go(func() { w.do(shapes[1].request(w, w.Context(), "echo", "slow", "")) })
		time.Sleep(time.Second)
		_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "lost", ""))
		require.ErrorIs(w, err, rm.ErrNoReply)
		first.Wait()
		require.Equal(w, []string{"slow", "lost"}, w.service.delivered())
		require.Less(w, time.Since(began), 70*time.Second)
	})
}

var sequenceIn = regexp.MustCompile(`<r:Sequence [^>]*>(<r:Identifier>[^<]*</r:Identifier>)`)

// A service that is at work is waited for as long as the connection of the first attempt lives, though it acknowledges repeats at once.
func TestSlowServiceIsNoLostReply(t *testing.T) {
	in(t, func(w *world) {
		const slow = 6 * time.Minute
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(slow)
			reply(rw, soap.V12, 200, `<done xmlns="`+ns+`"/>`)
		})
		var n atomic.Int64
		w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
			repeat := n.Add(1) > 2
			b, err := io.ReadAll(r.Body)
			require.NoError(w, err)
			r.Body = io.NopCloser(bytes.NewReader(b))
			sequence := sequenceIn.FindSubmatch(b)
			if !repeat || sequence == nil {
				return w.net.RoundTrip(r)
			}
			rec := httptest.NewRecorder()
			rec.Header().Set("Content-Type", "application/soap+xml")
			fmt.Fprintf(rec, `<s:Envelope xmlns:s="%s" xmlns:r="`+ns11+`"><s:Header><a:Action xmlns:a="%s">`+ns11+`/SequenceAcknowledgement</a:Action><r:SequenceAcknowledgement>%s`+
				`<r:AcknowledgementRange Lower="1" Upper="1"/></r:SequenceAcknowledgement></s:Header><s:Body/></s:Envelope>`, soap.V12.Namespace(), soap.WSA10.Namespace(), sequence[1])
			return rec.Result(), nil
		})
		began := time.Now()
		_, body := w.do(shapes[1].request(w, w.Context(), "echo", "x", ""))
		require.Contains(w, body, "<done")
		require.Equal(w, slow, time.Since(began))
		require.Greater(w, n.Load(), int64(3), "there were repeats")
	})
}

// What a client was told is done is done for the session too, which would else wait for the reply until it closes, in doubt.
func TestNoReplyIsNoReplyForTheSession(t *testing.T) {
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusAccepted) })
		var lost bool
		w.net.lose = func(n int) (bool, bool) {
			lose := !lost && n == 4 // the answer to the third
			lost = lost || lose
			return false, lose
		}
		for _, text := range []string{"one", "two", "three"} {
			resp, _ := w.do(shapes[1].request(w, w.Context(), "tell", text, ""))
			require.Equal(w, 202, resp.StatusCode)
		}
		require.True(w, lost)
		asked := w.net.n
		began := time.Now()
		require.NoError(w, w.rt.Close(w.Context()))
		require.Less(w, time.Since(began), time.Second)
		require.LessOrEqual(w, w.net.n, asked+2, "CloseSequence and TerminateSequence")
		require.Equal(w, []string{"one", "two", "three"}, w.service.delivered())
	})
}
