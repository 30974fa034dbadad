package simulator_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"dukani/payments/simulator"

	"github.com/google/uuid"
)

// wire is a keep-alive connection that sends the same request again and again. It does as
// little work as possible, because it shares the processors with the bank.
type wire struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

func dial(b *testing.B, address, method, path, token, body string) *wire {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	head := method + " " + path + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + token + "\r\nAccept: application/json\r\n"
	if body != "" {
		head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return &wire{conn, bufio.NewReader(conn), []byte(head + "\r\n" + body)}
}

// call sends the request and reads the answer, which has a Content-Length.
func (w *wire) call() error {
	if _, err := w.conn.Write(w.request); err != nil {
		return err
	}
	length := 0
	for first := true; ; first = false {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
			return fmt.Errorf("answer %q", line)
		}
		if text, is := bytes.CutPrefix(line, []byte("Content-Length: ")); is {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(text))); err != nil {
				return err
			}
		}
		if len(line) == 2 {
			break
		}
	}
	_, err := w.in.Discard(length)
	return err
}

// overHTTP measures calls a second on keep-alive connections.
func overHTTP(b *testing.B, address, method, path, token, body string) float64 {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(8) // connections for each processor
	b.RunParallel(func(loop *testing.PB) {
		w := dial(b, address, method, path, token, body)
		defer w.conn.Close()
		for loop.Next() {
			if err := w.call(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "calls/s")
	return rate
}

// BenchmarkOverHTTP measures the bank over HTTP, and before each call a bare handler that
// reads the same request and writes the same bytes. The figure depends on the machine; the
// ratio of the two says more.
func BenchmarkOverHTTP(b *testing.B) {
	for _, c := range []struct{ name, method string }{{"create", "POST"}, {"receipt", "GET"}} {
		w := start(b, &simulator.Bank{})
		path, body := "/ecommerce/orders", w.body()
		if c.name == "receipt" {
			path, body = "/receipt/"+w.create(), ""
		}
		status, answer := w.call(c.method, path, body)
		if status != 200 {
			b.Fatal(status, answer)
		}
		bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
			_, _ = io.WriteString(w, answer)
		}))
		b.Cleanup(bare.Close)
		var most float64
		b.Run("bare-"+c.name, func(b *testing.B) {
			most = overHTTP(b, strings.TrimPrefix(bare.URL, "http://"), c.method, simulator.APIPath+path, w.token, body)
		})
		b.Run(c.name, func(b *testing.B) {
			rate := overHTTP(b, strings.TrimPrefix(w.url, "http://"), c.method, simulator.APIPath+path, w.token, body)
			if most > 0 {
				b.ReportMetric(rate/most, "of-bare")
			}
		})
	}
}

// BenchmarkStart measures what a test pays for a bank of its own: start, token, one order, end.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		t := &ending{TB: b}
		w := start(t, &simulator.Bank{})
		w.create()
		t.end()
	}
}

// heapMB returns the memory in use, in megabytes.
func heapMB() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc >> 20
}

func TestTenThousandOrdersStayBelow100MB(t *testing.T) {
	w := start(t, &simulator.Bank{Settings: simulator.Settings{SilentOn: []string{"completed"}}})
	h := w.bank.Handler()
	for range 10_000 {
		r := httptest.NewRequest("POST", "http://bank.test"+simulator.APIPath+"/ecommerce/orders", strings.NewReader(w.body()))
		r.Header.Set("Authorization", "Bearer "+w.token)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	mb := heapMB()
	if mb > 100 {
		t.Errorf("%d MB", mb)
	}
	t.Logf("%d MB for 10,000 orders", mb)
}

// A paid order takes more memory than an open one, because the bank keeps its callback and
// the answer under the Idempotency-Key.
func TestTenThousandPaidOrdersStayBelow100MB(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which only the planted faults use: it delivers 10,000 callbacks")
	}
	// Signing all callbacks would take most of the time; the limit allows 5 MB for signatures.
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Callback: simulator.Delivery{Mode: simulator.ModeMissingHeader}}})
	h := w.bank.Handler()
	post := func(path, body string) string {
		r := httptest.NewRequest("POST", w.url+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.token)
		r.Header.Set("Idempotency-Key", uuid.NewString())
		out := httptest.NewRecorder()
		h.ServeHTTP(out, r)
		return out.Body.String()
	}
	for range 10_000 {
		post("/_sim/orders/"+idOf(t, post(simulator.APIPath+"/ecommerce/orders", w.body()))+"/pay", `{}`)
		w.shop.next(t)
	}
	mb := heapMB()
	if mb > 100-5 {
		t.Errorf("%d MB", mb)
	}
	t.Logf("%d MB for 10,000 paid orders", mb)
}
