package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

func benchCall(b *testing.B, h http.Handler, w *world, method, path, body string) {
	b.Helper()
	for b.Loop() {
		r := httptest.NewRequest(method, "http://bank.test"+simulator.APIPath+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.token)
		out := httptest.NewRecorder()
		h.ServeHTTP(out, r)
		if out.Code != 200 {
			b.Fatal(out.Code, out.Body)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	w := start(b, &simulator.Bank{})
	benchCall(b, w.bank.Handler(), w, "POST", "/ecommerce/orders", w.body())
}

func BenchmarkReceipt(b *testing.B) {
	w := start(b, &simulator.Bank{})
	benchCall(b, w.bank.Handler(), w, "GET", "/receipt/"+w.create(), "")
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		bank := &simulator.Bank{}
		if err := bank.Open(); err != nil {
			b.Fatal(err)
		}
		if err := bank.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTenThousandOrdersStayBelow100MB(t *testing.T) {
	w := start(t, &simulator.Bank{Settings: simulator.Settings{SilentOn: []string{"completed"}}})
	h := w.bank.Handler()
	for range 10_000 {
		r := httptest.NewRequest("POST", "http://bank.test"+simulator.APIPath+"/ecommerce/orders", strings.NewReader(w.body()))
		r.Header.Set("Authorization", "Bearer "+w.token)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 100<<20 {
		t.Errorf("%d MB", m.HeapAlloc>>20)
	}
	t.Logf("%d MB for 10,000 orders", m.HeapAlloc>>20)
}
