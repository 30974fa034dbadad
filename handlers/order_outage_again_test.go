package handlers_test

import (
	"strings"
	"testing"
	"time"
)

// The bank falls silent after a decline and before the second try: the page says why
// nothing happens, and that nothing was charged; once the bank is back the button works.
func TestASilentBankAtTheSecondTry(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *outageTill, page string){
		"declined": func(w *outageTill, page string) {
			var id string
			must(w.t, w.raw.QueryRow("SELECT bank_order_id FROM payments").Scan(&id))
			w.steer("orders/"+id+"/pay", map[string]string{"card": "4000000000000002"})
		},
		"expired": func(w *outageTill, page string) {
			w.steer("clock", map[string]int{"offset_seconds": 3600})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOutageTill(t, "")
			v := w.visitor()
			w.orders(v)
			page := w.newestPage()
			end(w, page)
			w.later(3 * time.Second)
			if status := statusOf(v.open(page)); status != name {
				t.Fatalf("status %q", status)
			}
			w.bankIs(says(502, "text/html", "<html>"))
			for range 4 { // until the desk stops calling the bank, too
				w.later(3 * time.Second)
				if r := v.press(v.open(page), "retry-payment"); r.Header.Get("Location") != page {
					t.Fatalf("led to %q", r.Header.Get("Location"))
				}
				if text := v.open(page).Find("#flash").Text(); !strings.Contains(text, "ბანკი") {
					t.Errorf("the page says nothing of the bank: %q", text)
				}
			}
			w.bankIs(nil)
			w.later(11 * time.Second)
			if r := v.press(v.open(page), "retry-payment"); !strings.Contains(r.Header.Get("Location"), "order_id=") {
				t.Errorf("the bank is back: led to %q", r.Header.Get("Location"))
			}
		})
	}
}
