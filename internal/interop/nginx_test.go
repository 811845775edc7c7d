package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// nginx is a proxy of that make, which listens at addr.
type nginx struct {
	t    *testing.T
	dir  string
	addr string
	cmd  *exec.Cmd
	said output
}

// Settings of nginx that change what passes between client and server: lines of
// its http, upstream and location blocks.
type nginxSettings struct{ name, http, upstream, location string }

// Without any, nginx speaks HTTP/1.0 to the server, a connection for each
// request, and reads whole requests first.
var (
	asInstalled = nginxSettings{name: "as installed"}
	keepAlive   = nginxSettings{name: "keep-alive", upstream: "keepalive 16;", location: http11}
	unbuffered  = nginxSettings{name: "unbuffered", upstream: "keepalive 16;", location: http11 + "proxy_request_buffering off; proxy_buffering off;"}
	zipped      = nginxSettings{name: "gzip", http: "gzip on; gzip_min_length 0; gzip_proxied any; gzip_types text/xml application/soap+xml;", location: http11}
	// It repeats POSTs by itself.
	repeats = nginxSettings{name: "repeats", location: http11 + "proxy_next_upstream error timeout invalid_header http_502 http_503 http_504 non_idempotent; proxy_read_timeout 1s;"}
)

const http11 = `proxy_http_version 1.1; proxy_set_header Connection "";`

// startNginx starts a proxy in front of a server, which may be given several
// times: then it has so many to choose from.
func startNginx(t *testing.T, set nginxSettings, servers ...string) *nginx {
	t.Helper()
	program := peers.Nginx(t)
	dir, err := os.MkdirTemp("", "wsrm-nginx")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	n := &nginx{t: t, dir: dir, addr: freeAddr(t)}
	ran(t, "server", program, nil)
	var upstream strings.Builder
	for _, s := range servers {
		fmt.Fprintf(&upstream, "server %s max_fails=0; ", s)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, `
daemon off; worker_processes 1; pid nginx.pid; error_log stderr warn;
events { worker_connections 256; }
http {
	log_format tries '$request_method $status from $upstream_status in $request_time over $server_protocol';
	access_log access.log tries;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	client_max_body_size 16m;
	%s
	upstream origin { %s %s }
	server { listen %s reuseport; location / { proxy_pass http://origin; proxy_set_header Host $http_host; %s } }
}
`, set.http, upstream.String(), set.upstream, n.addr, set.location), 0o644))
	n.cmd = exec.Command(program, "-p", dir, "-c", "nginx.conf")
	if os.Geteuid() == 0 { // it is nobody's business to be root
		const nobody = 65534
		require.NoError(t, os.Chown(dir, nobody, nobody))
		n.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	show(t, "nginx", func() string { return n.said.String() + n.log() })
	t.Cleanup(n.kill)
	n.start()
	return n
}

// start starts it, again if it was killed, and waits until it listens.
func (n *nginx) start() {
	n.t.Helper()
	cmd := exec.Command(n.cmd.Path, n.cmd.Args[1:]...)
	attr := syscall.SysProcAttr{}
	if n.cmd.SysProcAttr != nil {
		attr = *n.cmd.SysProcAttr
	}
	attr.Setpgid = true // so that its workers die with it
	cmd.SysProcAttr = &attr
	cmd.Dir, cmd.Stderr = n.dir, &n.said
	require.NoError(n.t, cmd.Start())
	n.cmd = cmd
	require.Eventually(n.t, func() bool {
		c, err := net.Dial("tcp", n.addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "nginx listens")
}

// kill ends all of it at once, in whatever it is doing.
func (n *nginx) kill() {
	if n.cmd.Process != nil && n.cmd.ProcessState == nil {
		syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL)
		n.cmd.Wait()
	}
}

// log has a line for each request: what nginx answered and what it was answered.
func (n *nginx) log() string {
	b, _ := os.ReadFile(filepath.Join(n.dir, "access.log"))
	return string(b)
}

// freeAddr is an address at which nothing listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// proxied is what a proxy does in a row: its settings, what its log must show so
// that the row is worth its name, and servers that nobody runs beside the real one.
type proxied struct {
	nginxSettings
	shows string
	away  int
	again int // times that the real one is named
	serve []string
	fails []string
}

func (p proxied) start(t *testing.T, addr string) *nginx {
	t.Helper()
	var servers []string
	for range p.away {
		servers = append(servers, freeAddr(t))
	}
	for range 1 + p.again {
		servers = append(servers, addr)
	}
	return startNginx(t, p.nginxSettings, servers...)
}

// Answers that are nginx's own.
var nginxAnswers = []proxied{
	// One request in three. One in two would always meet the same of LastMessage and the question that follows it.
	{nginxSettings: nginxSettings{name: "502", location: "proxy_next_upstream off;"}, away: 1, again: 1, shows: "POST 502"},
	{nginxSettings: nginxSettings{name: "503", http: "limit_req_zone $binary_remote_addr zone=all:1m rate=20r/s;", location: "limit_req zone=all;"}, shows: "POST 503"},
	{nginxSettings: nginxSettings{name: "429", http: "limit_req_zone $binary_remote_addr zone=all:1m rate=20r/s; limit_req_status 429;", location: "limit_req zone=all;"}, shows: "POST 429"},
	{nginxSettings: nginxSettings{name: "504", location: "proxy_read_timeout 1s;"}, serve: []string{"-handler-delay", "1500ms"}, shows: "POST 504"},
}

// Our client and our server with nginx between them.
func TestNginx(t *testing.T) {
	rows := []proxied{{nginxSettings: asInstalled}, {nginxSettings: keepAlive}, {nginxSettings: unbuffered}, {nginxSettings: zipped},
		// The handler takes longer than nginx waits: the same POST goes out twice while it runs.
		{nginxSettings: repeats, again: 1, serve: []string{"-handler-delay", "1500ms"}, shows: "from 504, 200"},
		{nginxSettings: nginxSettings{name: "413", location: "client_max_body_size 100;"}, shows: "POST 413", fails: []string{"413"}},
	}
	for _, p := range append(rows, nginxAnswers...) {
		for _, v := range versions {
			for _, scenario := range []string{"next", "ping"} {
				if p.serve != nil && scenario == "ping" {
					continue // one-way messages do not wait for their handler
				}
				t.Run(fmt.Sprintf("%s/%s/%s", p.name, v.ours, scenario), func(t *testing.T) {
					t.Parallel()
					count := "40"
					if p.serve != nil {
						count = "3"
					}
					s := serveEcho(t, p.serve...)
					n := p.start(t, tap(t, s.addr["http"]))
					r := runEcho(t, time.Minute, scenario, "http://"+n.addr+"/", "-rm", v.ours, "-count", count, "-concurrency=8")
					n.notes(t, p.shows)
					if p.fails != nil {
						r.wantFailed(t, scenario, p.fails...)
						s.wants([]session{}...)
						return
					}
					var sent int
					fmt.Sscan(count, &sent)
					r.wantOK(t, scenario, sent)
					s.wants(inOrder(v.ours, sent))
				})
			}
		}
	}
}

// WCF's client through nginx. What nginx answers by itself is in TestNginxAnswersWCFClient.
func TestNginxWCFClient(t *testing.T) {
	for _, p := range []proxied{{nginxSettings: asInstalled}, {nginxSettings: keepAlive}, {nginxSettings: unbuffered}, {nginxSettings: zipped},
		{nginxSettings: repeats, again: 1, serve: []string{"-handler-delay", "1500ms"}, shows: "from 504, 200"},
	} {
		for _, binding := range []string{"wshttp", "http11-2004"} {
			for _, v := range versions {
				for _, scenario := range []string{"next", "ping"} {
					if p.serve != nil && scenario == "ping" {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/%s/%s", p.name, binding, v.ours, scenario), func(t *testing.T) {
						t.Parallel()
						peer := peers.WCF(t)
						count := 20
						if p.serve != nil {
							count = 2
						}
						s := serveEcho(t, p.serve...)
						n := p.start(t, tap(t, s.addr["http"]))
						args := append([]string{scenario, "--url", "http://" + n.addr + "/echo", "--binding", binding, "--rm", v.wcf, "--timeout", "60000"}, callers(fmt.Sprint(count))...)
						run(t, 2*time.Minute, peer, args...).wantOK(t, scenario, count)
						n.notes(t, p.shows)
						s.wants(inOrder(v.ours, count))
					})
				}
			}
		}
	}
}

// Our client, nginx, and a server of another make. What nginx repeats by itself
// reaches the server twice; it is delivered once.
func TestNginxServers(t *testing.T) {
	rows := []proxied{{nginxSettings: asInstalled}, {nginxSettings: keepAlive}, {nginxSettings: unbuffered}, {nginxSettings: zipped},
		{nginxSettings: repeats, again: 1}, nginxAnswers[0], nginxAnswers[1]}
	for _, p := range rows {
		for _, v := range versions {
			for _, scenario := range []string{"next", "ping"} {
				t.Run(fmt.Sprintf("WCF/%s/%s/%s", p.name, v.ours, scenario), func(t *testing.T) {
					t.Parallel()
					p := p // of this row
					options := []string{"serve", "--http", "127.0.0.1:0"}
					if p.name == "repeats" {
						options = append(options, "--cut-connections", "3") // two might meet the same request twice
						p.shows = "from 502, 200"
					}
					s := serve(t, peers.WCF(t), options...)
					n := p.start(t, tap(t, s.addr["http"]))
					runEcho(t, time.Minute, scenario, "http://"+n.addr+"/echo", "-rm", v.ours, "-count=20").wantOK(t, scenario, 20)
					n.notes(t, p.shows)
					c := wcfServer{scenario: scenario, count: 20, rm: v, soap: "1.2", wsa: "2005", delivered: 20}
					settle(t, c.record(), func() (got wcfRecord) {
						s.stats(&got)
						got.Received = 20
						for i := range got.Sessions {
							got.Sessions[i].OutOfOrder, got.Sessions[i].Duplicates, got.Sessions[i].Retransmitted = 0, 0, 0
						}
						return got
					})
				})
			}
			t.Run(fmt.Sprintf("gSOAP/%s/%s/echo", p.name, v.ours), func(t *testing.T) {
				t.Parallel()
				p := p
				s := serve(t, peers.GSOAP(t, "rmserver"), "--rm", v.gsoap, "0")
				if p.name == "repeats" { // a reply that is lost on the way would stay lost
					p.away, p.shows = 1, "from 502, 200"
				}
				n := p.start(t, tap(t, s.addr["http"]))
				runEcho(t, time.Minute, "echo", "http://"+n.addr+"/echo", "-rm", v.ours, "-count=20").wantOK(t, "echo", 20)
				n.notes(t, p.shows)
				want := rmserverRecord{Received: 20, Delivered: 20, Sequences: []rmserverSequence{{Count: 20, Order: "1-20", InOrder: true, Complete: true}}}
				settle(t, want, func() (got rmserverRecord) {
					s.stats(&got)
					got.Received, got.Duplicates, got.Discarded = 20, 0, 0
					return got
				})
			})
		}
	}
}

// dieWhile kills nginx and starts it again, several times while a client runs.
func (n *nginx) dieWhile(most int, run func()) (times int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	for ; times < most; times++ {
		select {
		case <-done:
			return times
		case <-time.After(300 * time.Millisecond):
			n.kill()
			time.Sleep(50 * time.Millisecond)
			n.start()
		}
	}
	<-done
	return times
}

// A proxy that dies takes with it what it holds, requests and responses.
func TestNginxDies(t *testing.T) {
	for _, set := range []nginxSettings{asInstalled, keepAlive, unbuffered} {
		for _, v := range versions {
			for _, scenario := range []string{"next", "ping"} {
				t.Run(fmt.Sprintf("%s/%s/%s", set.name, v.ours, scenario), func(t *testing.T) {
					t.Parallel()
					const count = 1000
					s := serveEcho(t, "-handler-delay", "5ms")
					n := startNginx(t, set, s.addr["http"])
					var r result
					times := n.dieWhile(10, func() {
						r = runEcho(t, time.Minute, scenario, "http://"+n.addr+"/", "-rm", v.ours, "-count", fmt.Sprint(count), "-concurrency=16")
					})
					r.wantOK(t, scenario, count)
					require.Equal(t, 10, times)
					s.wants(inOrder(v.ours, count))
				})
			}
		}
	}
}

// WCF's client fails its caller where it cannot connect, so nginx is back within
// a moment; whatever comes of it, the server has what it was sent once and in order.
func TestNginxDiesUnderWCFClient(t *testing.T) {
	for _, v := range versions {
		for _, scenario := range []string{"next", "ping"} {
			t.Run(v.ours+"/"+scenario, func(t *testing.T) {
				t.Parallel()
				peer := peers.WCF(t)
				s := serveEcho(t, "-handler-delay", "20ms")
				n := startNginx(t, keepAlive, s.addr["http"])
				var r result
				n.dieWhile(5, func() {
					r = run(t, 2*time.Minute, peer, append([]string{scenario, "--url", "http://" + n.addr + "/echo", "--binding", "wshttp", "--rm", v.wcf, "--timeout", "60000"}, callers("100")...)...)
				})
				if r.status == 0 {
					r.wantOK(t, scenario, 100)
					s.wants(inOrder(v.ours, 100))
					return
				}
				require.Equal(t, 1, r.status)
				require.Contains(t, r.last, "failed "+scenario+" after ")
				s.wantsPrefix(v, 100)
			})
		}
	}
}

// notes waits until nginx has written text into its log, which it does after it has answered.
func (n *nginx) notes(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(n.log(), text) }, 5*time.Second, 10*time.Millisecond, "nginx notes %q", text)
}
