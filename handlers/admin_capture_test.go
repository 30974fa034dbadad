package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"dukani/models"
)

// wantRefused checks that a form was refused at a field and that it has everything that was typed.
func wantRefused(t *testing.T, what string, r *reply, submit, field string, typed url.Values) {
	t.Helper()
	doc := r.document()
	wrong := doc.Find(`[data-testid="field-error"]`)
	if r.StatusCode != http.StatusUnprocessableEntity || wrong.Length() != 1 || wrong.AttrOr("data-field", "") != field {
		t.Errorf("%s: %d, wrong is %q, want %q", what, r.StatusCode, wrong.AttrOr("data-field", ""), field)
	}
	form := named(doc, submit).First().Closest("form")
	for name, values := range typed {
		if input := form.Find(`[name="` + name + `"]`); input.AttrOr("value", input.Text()) != values[0] {
			t.Errorf("%s: %s was %q and is %q", what, name, values[0], input.AttrOr("value", input.Text()))
		}
	}
}

func TestARefusedCaptureKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newOfficeFor(t, models.ReviewHoldExpiring)
	o := w.heldOn(plainCard)
	page := "/admin/orders/" + o.Number
	action, form := button(w.manager.open(page), "capture-submit")
	units := "units-" + strconv.Itoa(o.Lines[0].Position)
	for what, c := range map[string]struct {
		typed url.Values
		field string
	}{
		"a negative amount":      {url.Values{"amount": {"-1"}, "reason": {"a dent"}}, "amount"},
		"nothing as an amount":   {url.Values{"amount": {"0"}, "reason": {"a dent"}}, "amount"},
		"letters":                {url.Values{"amount": {"much"}, "reason": {"a dent"}}, "amount"},
		"three decimals":         {url.Values{"amount": {"1.234"}, "reason": {"a dent"}}, "amount"},
		"more than is held":      {url.Values{"amount": {"1000"}, "reason": {"a dent"}}, "amount"},
		"an endless amount":      {url.Values{"amount": {"99999999999999999999"}, "reason": {"a dent"}}, "amount"},
		"less without a reason":  {url.Values{"amount": {"1"}, "reason": {""}}, "reason"},
		"less for blanks":        {url.Values{"amount": {"1"}, "reason": {"\u3164 "}}, "reason"},
		"more units than bought": {url.Values{units: {"2"}, "reason": {"a dent"}}, "lines"},
		"negative units":         {url.Values{units: {"-1"}, "reason": {"a dent"}}, "lines"},
		"half a unit":            {url.Values{units: {"0.5"}, "reason": {"a dent"}}, "lines"},
		"units in letters":       {url.Values{units: {"one"}, "reason": {"a dent"}}, "lines"},
		"no unit at all":         {url.Values{units: {"0"}, "reason": {"a dent"}}, "lines"},
	} {
		send := maps.Clone(form)
		maps.Copy(send, c.typed)
		wantRefused(t, what, w.manager.command(action, send), "capture-submit", c.field, c.typed)
	}
	if n := w.number("SELECT count(*) FROM captures"); n != 0 {
		t.Fatalf("refused forms have requested %d captures", n)
	}
	send := maps.Clone(form)
	send.Set("units-99", "1") // a line that the order does not have
	if r := w.manager.command(action, send); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("captured: %d", r.StatusCode)
	}
	if n := w.number("SELECT sum(amount_tetri) FROM captures"); n != int(o.TotalTetri) {
		t.Errorf("%d of %d are captured", n, o.TotalTetri)
	}
	send.Set("key", "another form")
	if r := w.manager.command(action, send); r.StatusCode != http.StatusConflict || textOf(r.document(), "form-error") == "" {
		t.Errorf("a second capture: %d", r.StatusCode)
	}
}

func TestARefusedReleaseKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newOfficeFor(t, models.ReviewHoldExpiring)
	page := "/admin/orders/" + w.heldOn(plainCard).Number
	action, form := button(w.manager.open(page), "release-hold")
	for what, reason := range map[string]string{"no reason": "", "blanks": "\u3164"} {
		form.Set("reason", reason)
		wantRefused(t, what, w.manager.command(action, form), "release-hold", "reason", url.Values{"reason": {reason}})
	}
	if n := w.number("SELECT count(*) FROM captures"); n != 0 {
		t.Fatalf("refused forms have requested %d releases", n)
	}
	form.Set("reason", "the customer called")
	for range 2 { // a double click
		if r := w.manager.command(action, form); r.StatusCode != http.StatusSeeOther {
			t.Errorf("released: %d", r.StatusCode)
		}
	}
	form.Set("key", "another form")
	r := w.manager.command(action, form)
	if n := w.number("SELECT count(*) FROM captures WHERE kind = 'release'"); r.StatusCode != http.StatusConflict || n != 1 {
		t.Errorf("another form: %d, %d releases", r.StatusCode, n)
	}
}

func TestACaptureIsRetriedOnlyWhereTheBankHasRejectedIt(t *testing.T) {
	t.Parallel()
	w := newOfficeFor(t, models.ReviewCaptureRejected)
	w.raise(models.ReviewCaptureRejected)
	page := "/admin/orders/" + w.newestOrder().Number
	action, form := button(w.manager.open(page), "retry-capture")
	for _, wrong := range []string{"/admin/orders/D-1/captures/1/retry", page + "/captures/999/retry", page + "/captures/x/retry", page + "/captures/-1/retry"} {
		if r := w.manager.command(wrong, form); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, r.StatusCode)
		}
	}
	if r := w.staff(models.RoleClerk).command(action, form); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk: %d", r.StatusCode)
	}
	if n := w.number("SELECT count(*) FROM captures WHERE state = 'rejected'"); n != 1 {
		t.Fatalf("%d are rejected", n)
	}
	w.steer("faults", map[string]any{"kind": "500_before", "route": "approve", "count": 9}) // it stays on its way
	if r := w.manager.command(action, form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("retried: %d", r.StatusCode)
	}
	w.manager.command(action, form) // a double click only makes the same capture due at once
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'capture' AND after LIKE 'again %'"); n != 1 {
		t.Errorf("the audit list has it %d times", n)
	}
	if n := w.number("SELECT count(*) FROM captures"); n != 1 {
		t.Errorf("there are %d captures", n)
	}
}
