package handlers_test

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// The benchmarks of signed-in customers' pages ask the shop over real connections, 32 at
// a time, and in turns with it a bare Fiber handler that sends the same bytes. "ratio" is
// the shop's rate as a part of the bare handler's. Everything else is measured by
// go run ./bench.

const (
	benchClients = 32
	benchRound   = 1000 // requests to one side before it is the other's turn
)

func serve(b *testing.B, server *fiber.App) (address string) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	done := make(chan error, 1)
	go func() { done <- server.Listener(ln) }()
	b.Cleanup(func() {
		must(b, server.ShutdownWithTimeout(time.Second))
		must(b, <-done)
	})
	return ln.Addr().String()
}

// against measures the shop at address against a bare handler. prepare makes the
// n-th request.
func against(b *testing.B, address string, want int, prepare func(n int64, r *fasthttp.Request)) {
	b.Helper()
	like := ask(b, address, want, prepare)
	body, kind, packed := string(like.Body()), string(like.Header.ContentType()), string(like.Header.ContentEncoding())
	location := string(like.Header.Peek("Location"))
	bare := fiber.New(fiber.Config{DisableStartupMessage: true})
	bare.Use(func(c *fiber.Ctx) error {
		c.Set("Content-Type", kind)
		if packed != "" {
			c.Set("Content-Encoding", packed)
		}
		if location != "" {
			c.Set("Location", location)
		}
		return c.Status(want).SendString(body)
	})
	bareAddress := serve(b, bare)
	drive(b, bareAddress, want, benchRound, prepare) // opens the connections
	drive(b, address, want, benchRound, prepare)
	var ours, theirs time.Duration
	b.ResetTimer()
	for left := b.N; left > 0; left -= benchRound {
		n := min(left, benchRound)
		ours += drive(b, address, want, n, prepare)
		b.StopTimer()
		theirs += drive(b, bareAddress, want, n, prepare)
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(float64(len(body)), "bytes")
}

var (
	clients sync.Map // address -> *fasthttp.HostClient
	serial  atomic.Int64
)

func client(address string) *fasthttp.HostClient {
	c, _ := clients.LoadOrStore(address, &fasthttp.HostClient{Addr: address, MaxConns: benchClients, ReadBufferSize: 32 << 10})
	return c.(*fasthttp.HostClient)
}

func ask(b *testing.B, address string, want int, prepare func(int64, *fasthttp.Request)) *fasthttp.Response {
	b.Helper()
	r, resp := fasthttp.AcquireRequest(), &fasthttp.Response{}
	prepare(serial.Add(1), r)
	r.Header.SetHost(address)
	must(b, client(address).Do(r, resp))
	if resp.StatusCode() != want {
		b.Fatalf("%s %s = %d, want %d\n%s", r.Header.Method(), r.URI(), resp.StatusCode(), want, resp.Body())
	}
	return resp
}

// drive sends n requests and returns how long they took together.
func drive(b *testing.B, address string, want, n int, prepare func(int64, *fasthttp.Request)) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	var failed atomic.Value
	start := time.Now()
	for range benchClients {
		all.Go(func() {
			r, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(r)
			defer fasthttp.ReleaseResponse(resp)
			for left.Add(-1) >= 0 {
				r.Reset()
				prepare(serial.Add(1), r)
				r.Header.SetHost(address)
				if err := client(address).Do(r, resp); err != nil || resp.StatusCode() != want {
					failed.Store(fmt.Sprintf("%s = %d, %v", r.URI(), resp.StatusCode(), err))
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(start)
	if f := failed.Load(); f != nil {
		b.Fatal(f)
	}
	return took
}

// pageRequest asks as a browser does, cookies included.
func pageRequest(path, cookies string) func(int64, *fasthttp.Request) {
	return func(_ int64, r *fasthttp.Request) {
		r.SetRequestURI(path)
		r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		if cookies != "" {
			r.Header.Set("Cookie", cookies)
		}
	}
}
