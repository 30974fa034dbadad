package bog_test

import (
	"testing"

	"dukani/payments/bog"
)

func TestStatusQuestions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status                   bog.Status
		paid, held, final, known bool
	}{
		{status: bog.StatusCreated, known: true},
		{status: bog.StatusProcessing, known: true},
		{status: bog.StatusCompleted, paid: true, final: true, known: true},
		{status: bog.StatusRejected, final: true, known: true},
		{status: bog.StatusAuthRequested, held: true, known: true},
		{status: bog.StatusBlocked, held: true, known: true},
		{status: bog.StatusPartialCompleted, paid: true, final: true, known: true},
		{status: bog.StatusRefundRequested, paid: true, known: true},
		{status: bog.StatusRefundedPartially, paid: true, final: true, known: true},
		{status: bog.StatusRefunded, final: true, known: true},
		{status: ""}, {status: "Completed"}, {status: "chargeback_2031"},
	} {
		s := tc.status
		if s.IsPaid() != tc.paid || s.IsHeld() != tc.held || s.IsFinal() != tc.final || s.IsKnown() != tc.known {
			t.Errorf("%q: paid %v, held %v, final %v, known %v", s, s.IsPaid(), s.IsHeld(), s.IsFinal(), s.IsKnown())
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for advice, list := range map[bog.Advice][]bog.Code{
		bog.AdviceNone:        {"100", "200", "", "999"},
		bog.AdviceRetry:       {"109", "110", "111", "112", "199", "179"},
		bog.AdviceOtherCard:   {"102", "103", "105", "107"},
		bog.AdviceContactBank: {"101", "104", "106", "108", "122", "161", "162", "164", "165", "166", "167", "168", "169"},
		bog.AdviceTopUp:       {"163"},
	} {
		for _, c := range list {
			if got := c.Advice(); got != advice {
				t.Errorf("%s: advice %q, want %q", c, got, advice)
			}
			unknown := c == "" || c == "999"
			if (c.Text(bog.Georgian) == "") != unknown || (c.Text(bog.English) == "") != unknown {
				t.Errorf("%s: texts %q, %q", c, c.Text(bog.Georgian), c.Text(bog.English))
			}
			for _, r := range c.Text(bog.Georgian) {
				if r >= 'A' && r <= 'z' {
					t.Errorf("%s: Latin letters in %q", c, c.Text(bog.Georgian))
					break
				}
			}
		}
	}
	if got, want := bog.Code("107").Text(bog.English), "Payment declined due to insufficient funds in the account"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := bog.Code("107").Text(bog.Georgian), "გადახდა უარყოფილია ანგარიშზე არასაკმარისი თანხის გამო"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		key := bog.NewIdempotencyKey()
		if !bog.IsIdempotencyKey(key) || seen[key] {
			t.Fatalf("bad or repeated key %q", key)
		}
		seen[key] = true
	}
	for key, want := range map[string]bool{
		testKey: true, "3F0C9A52-7B1E-4D68-9A3F-5C2D81E7B604": true,
		"":                                     false,
		"A-1042":                               false,
		`"` + testKey + `"`:                    false,
		"3f0c9a52-7b1e-3d68-9a3f-5c2d81e7b604": false, // version 3
		"3f0c9a52-7b1e-4d68-ca3f-5c2d81e7b604": false, // another variant
		"3f0c9a527b1e4d689a3f5c2d81e7b604":     false,
		"3f0c9a52-7b1e-4d68-9a3f_5c2d81e7b604": false,
		"3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b60g": false,
	} {
		if got := bog.IsIdempotencyKey(key); got != want {
			t.Errorf("%q: got %v, want %v", key, got, want)
		}
	}
}
