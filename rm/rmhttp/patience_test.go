package rmhttp_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
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

// withoutReply makes an acknowledgement of a reply.
func withoutReply(reply string) string {
	reply = regexp.MustCompile(`<r:Sequence .*?</r:Sequence>`).ReplaceAllString(reply, "")
	reply = regexp.MustCompile(`<s:Body.*</s:Body>`).ReplaceAllString(reply, "<s:Body/>")
	return strings.ReplaceAll(reply, ns+"/echoResponse", "http://docs.oasis-open.org/ws-rx/wsrm/200702/SequenceAcknowledgement")
}

// A reply is waited for as long again as it took to learn that the service has the message, and ten seconds at least.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		breaks, replies time.Duration // the first connection breaks; from then on the service repeats its reply
		comes           bool
	}{
		{0, 5 * time.Second, true},
		{0, 20 * time.Second, false},
		{30 * time.Second, 50 * time.Second, true},
		{30 * time.Second, 80 * time.Second, false},
	} {
		in(t, func(w *world) {
			began := time.Now()
			n := 0
			w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
				resp, err := w.net.RoundTrip(r)
				if err != nil || resp.StatusCode != 200 {
					return resp, err
				}
				b, err := io.ReadAll(resp.Body)
				require.NoError(w, err)
				if n++; n == 2 { // after CreateSequence
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
			if c.comes {
				require.NoError(w, err)
				require.Equal(w, 200, resp.StatusCode)
				require.GreaterOrEqual(w, took, c.replies)
				return
			}
			require.ErrorIs(w, err, rm.ErrNoReply)
			require.InDelta(w, max(c.breaks+10*time.Second, 2*c.breaks).Seconds(), took.Seconds(), 1.5)
		})
	}
}
