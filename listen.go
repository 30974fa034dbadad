package main

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

const (
	// filesReserved is how many files are open whatever visitors do: databases,
	// listeners, mail.
	filesReserved = 48
	// mostConnections bounds the memory that waiting connections take.
	mostConnections = 2000
)

// maxConnections is how many connections the shop takes when it may have that many
// files open; 0: it is not known. Each may need another one, to the bank.
func maxConnections(files uint64) int {
	if files == 0 {
		return 800
	}
	return int(min(max(files, filesReserved+16)-filesReserved, 2*mostConnections) / 2)
}

// perAddress is how many of all connections one address may have.
func (c *config) perAddress(all int) int {
	switch {
	case c.ConnectionsPerAddress > 0:
		return c.ConnectionsPerAddress
	case c.simulated():
		return all / 2 // tests and load come from one address
	}
	return max(all/8, min(100, all/2))
}

// boundListener takes no more connections than all, and than perAddress from one
// address, so that nobody stops the others by holding connections open. The addresses
// of trusted proxies are not counted: there everybody comes from.
type boundListener struct {
	net.Listener
	perAddress int
	trusted    []netip.Prefix
	log        *slog.Logger

	mu     sync.Mutex
	open   map[netip.Prefix]int
	warned time.Time
}

func bound(ln net.Listener, all, perAddress int, proxies []string, log *slog.Logger) net.Listener {
	b := &boundListener{Listener: ln, perAddress: perAddress, log: log, open: map[netip.Prefix]int{}}
	for _, p := range proxies {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			b.trusted = append(b.trusted, prefix)
		} else if ip, err := netip.ParseAddr(p); err == nil {
			b.trusted = append(b.trusted, netip.PrefixFrom(ip, ip.BitLen()))
		}
	}
	return netutil.LimitListener(b, all)
}

// Accept waits for a connection that is within the bounds. Running out of open files
// passes; the server would end for it.
func (b *boundListener) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED) {
			b.warn("connection not taken", "err", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if err != nil {
			return nil, err
		}
		from, counted := b.source(conn)
		if !counted {
			return conn, nil
		}
		if !b.enter(from) {
			conn.Close()
			b.warn("too many connections from one address", "address", from.Addr().String())
			continue
		}
		return &boundConn{Conn: conn, leave: sync.OnceFunc(func() { b.leave(from) })}, nil
	}
}

// source is the address a connection is counted for: of IPv6 a household has a whole
// /64.
func (b *boundListener) source(conn net.Conn) (from netip.Prefix, counted bool) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return from, false
	}
	ip := at.Addr().Unmap().WithZone("")
	for _, p := range b.trusted {
		if p.Contains(ip) {
			return from, false
		}
	}
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	from, err = ip.Prefix(bits)
	return from, err == nil
}

func (b *boundListener) enter(from netip.Prefix) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[from] >= b.perAddress {
		return false
	}
	b.open[from]++
	return true
}

func (b *boundListener) leave(from netip.Prefix) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[from]--; b.open[from] == 0 {
		delete(b.open, from)
	}
}

// warn writes at most one line a minute: whoever causes them could go on for hours.
func (b *boundListener) warn(message string, args ...any) {
	b.mu.Lock()
	now := time.Now()
	tell := now.Sub(b.warned) > time.Minute
	if tell {
		b.warned = now
	}
	b.mu.Unlock()
	if tell {
		b.log.Warn(message, args...)
	}
}

type boundConn struct {
	net.Conn
	leave func()
}

func (c *boundConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
