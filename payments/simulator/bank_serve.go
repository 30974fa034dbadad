package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Handler serves the whole bank: token call, API, pages and steering API.
func (b *Bank) Handler() http.Handler {
	if err := b.Open(); err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "the simulated bank could not start", http.StatusInternalServerError)
		})
	}
	return b.handler
}

// Listen opens the state and listens on addr, for instance "127.0.0.1:8081"; port 0
// picks a free one. Unless AllowRemote is set, addr must belong to this machine alone.
func (b *Bank) Listen(addr string) (net.Listener, error) {
	if err := b.Open(); err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", addr, err)
	}
	if host == "" && !b.AllowRemote {
		host = "127.0.0.1" // ":8081" means this machine only
	}
	if !b.AllowRemote && !isLoopbackHost(host) {
		return nil, fmt.Errorf("address %q can be reached from other machines; a simulated bank has no business there", addr)
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	b.setAddress(ln)
	return ln, nil
}

func (b *Bank) setAddress(ln net.Listener) {
	address := "http://" + ln.Addr().String()
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		address = fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	b.address.Store(&address)
}

// URL returns the address of the bank without a slash at the end: BaseURL, or the
// address of Listen or Serve. It is empty before either was called.
func (b *Bank) URL() string {
	if b.BaseURL != "" {
		return strings.TrimSuffix(b.BaseURL, "/")
	}
	if address := b.address.Load(); address != nil {
		return *address
	}
	return ""
}

// Serve answers requests on ln until ctx ends. It then finishes what is running, closes the state
// and returns nil. Unless AllowRemote is set, ln must listen for this machine alone.
func (b *Bank) Serve(ctx context.Context, ln net.Listener) error {
	if err := b.Open(); err != nil {
		return err
	}
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() && !b.AllowRemote {
		return errors.Join(fmt.Errorf("listener %s can be reached from other machines", ln.Addr()), ln.Close())
	}
	b.setAddress(ln)
	server := &http.Server{
		Handler:           b.handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(b.log().Handler(), slog.LevelDebug),
		// A request that a fault holds back ends together with the bank.
		BaseContext: func(net.Listener) context.Context { return b.stopped },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	b.log().Info("simulated bank started", "url", b.URL(), "db", b.DB)

	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		b.stop()
		if err = server.Shutdown(timeout); err != nil {
			err = server.Close()
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, b.Close())
}

func isLoopbackHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// base returns the address that links begin with: BaseURL, or the address that the
// request came to.
func (b *Bank) base(r *http.Request) string {
	if b.BaseURL != "" {
		return b.URL()
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}
