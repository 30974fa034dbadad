package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Whoever holds hundreds of connections open from one address stops nobody else.
func TestConnectionsFromOneAddressAreBounded(t *testing.T) {
	url, stop := start(t, "SHOP_CONNECTIONS_PER_ADDRESS", "20")
	address := strings.TrimPrefix(url, "http://")
	var slow []net.Conn
	for range 300 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET / HT") // and no more
		slow = append(slow, conn)
	}
	other := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext, DisableKeepAlives: true,
	}}
	answer, err := other.Get(url + "/healthz")
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("somebody else is not served: %v", err)
	}
	refused := 0
	for _, conn := range slow {
		conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); err != nil && !strings.Contains(err.Error(), "timeout") {
			refused++
		}
		conn.Close()
	}
	if refused != 280 {
		t.Errorf("%d of 300 connections were refused, want 280", refused)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestBoundListener(t *testing.T) {
	t.Parallel()
	// taken is how many of ten connections from one address are taken.
	taken := func(proxies []string, from string) (n int, log string) {
		t.Helper()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var book bytes.Buffer
		b := bound(ln, 100, 3, proxies, slog.New(slog.NewTextHandler(&book, nil)))
		got := make(chan net.Conn, 100)
		var all sync.WaitGroup
		all.Go(func() {
			defer close(got)
			for conn, err := b.Accept(); err == nil; conn, err = b.Accept() {
				got <- conn
			}
		})
		dial := func(from string) net.Conn {
			conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			return conn
		}
		for range 10 {
			dial(from)
		}
		last := dial("127.0.0.9").LocalAddr().String() // it comes after all the others
		open := []net.Conn{<-got}
		for open[n].RemoteAddr().String() != last {
			open = append(open, <-got)
			n++
		}
		for _, conn := range open { // which makes room for one, even if it is done twice
			conn.Close()
			conn.Close()
		}
		if again := dial(from); (<-got).RemoteAddr().String() != again.LocalAddr().String() {
			t.Error("what was closed makes no room")
		}
		ln.Close()
		all.Wait()
		return n, book.String()
	}
	for _, c := range []struct {
		proxies []string
		from    string
		want    int
	}{
		{nil, "127.0.0.1", 3},
		{[]string{"127.0.0.0/29"}, "127.0.0.2", 10},
		{[]string{"10.0.0.1", "127.0.0.2"}, "127.0.0.2", 10},
	} {
		n, log := taken(c.proxies, c.from)
		if n != c.want {
			t.Errorf("%d connections from %s are taken behind %v, want %d", n, c.from, c.proxies, c.want)
		}
		if lines := strings.Count(log, "\n"); lines > 1 {
			t.Errorf("the log says %q", log)
		}
	}
}

func TestConnectionsFollowTheLimitOfOpenFiles(t *testing.T) {
	t.Parallel()
	for files, want := range map[uint64]int{0: 800, 64: 8, 20: 8, 256: 104, 1024: 488, 1 << 20: 2000, 1 << 63: 2000} {
		if got := maxConnections(files); got != want {
			t.Errorf("%d open files: %d connections, want %d", files, got, want)
		}
	}
	live, demo, set := &config{Bank: "live"}, &config{Bank: "simulator"}, &config{Bank: "live", ConnectionsPerAddress: 7}
	for _, c := range []struct {
		cfg       *config
		all, want int
	}{{live, 2000, 250}, {live, 488, 100}, {live, 20, 10}, {demo, 2000, 1000}, {set, 2000, 7}} {
		if got := c.cfg.perAddress(c.all); got != c.want {
			t.Errorf("of %d connections one address may have %d, want %d", c.all, got, c.want)
		}
	}
}
