package bog_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"dukani/payments/bog"
)

func TestAmountReads(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bog.Amount{
		`"5.3"`: 530, `"1.13"`: 113, `"0.01"`: 1, `"0.0"`: 0, `"0"`: 0, `"10.0"`: 1000, `"100.5"`: 10050,
		`10.5`: 1050, `12`: 1200, `0`: 0, `-0`: 0, `-3.07`: -307, `""`: 0, `null`: 0,
		`"5.300"`: 530, `"5.30000000000"`: 530, `"1E+2"`: 10000, `1e2`: 10000, `4.73e1`: 4730, `4730e-2`: 4730, `"0e9"`: 0, `0.000`: 0,
		`"92233720368547758.07"`:  math.MaxInt64,
		`"-92233720368547758.08"`: math.MinInt64,
	} {
		var got bog.Amount
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestAmountRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`"5.301"`, `5.301`, `"0.001"`, `"1e-3"`, `"12,50"`, `"12.50 GEL"`, `" 5"`, `"+5"`, `".5"`, `"5."`, `"05"`, `"--5"`, `"-"`, `"."`,
		`"1e"`, `"1e9999"`, `"0x10"`, `"NaN"`, `"٥"`, `true`, `[]`, `{}`, `"92233720368547758.08"`, `"-92233720368547758.09"`,
		`1e17`, `184467440737095516.16`, `"` + strings.Repeat("0.", 1) + strings.Repeat("0", 80) + `"`,
	} {
		got := bog.Amount(7)
		err := json.Unmarshal([]byte(in), &got)
		if !errors.Is(err, bog.ErrAmount) || got != 7 {
			t.Errorf("%s: got %d, %v; want ErrAmount and the old value", in, got, err)
		}
	}
}

func TestAmountWrites(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in         bog.Amount
		json, text string
	}{
		{4730, "47.3", "47.30"}, {1200, "12", "12.00"}, {1050, "10.5", "10.50"}, {1205, "12.05", "12.05"}, {1, "0.01", "0.01"},
		{10, "0.1", "0.10"}, {0, "0", "0.00"}, {-7, "-0.07", "-0.07"}, {-1200, "-12", "-12.00"},
		{math.MinInt64, "-92233720368547758.08", "-92233720368547758.08"},
	} {
		got, err := json.Marshal(tc.in)
		if string(got) != tc.json || err != nil {
			t.Errorf("JSON of %d: got %s, %v; want %s", int64(tc.in), got, err, tc.json)
		}
		if got := tc.in.String(); got != tc.text {
			t.Errorf("String of %d: got %s, want %s", int64(tc.in), got, tc.text)
		}
	}
}

// A float multiplied by 100 would be wrong by one for thousands of these.
func TestAmountIsExactUpToThousand(t *testing.T) {
	t.Parallel()
	for a := bog.Amount(1); a <= 100_000; a++ {
		wire, _ := json.Marshal(a)
		var back bog.Amount
		if err := json.Unmarshal(wire, &back); err != nil || back != a {
			t.Fatalf("%d: %s reads as %d, %v", int64(a), wire, int64(back), err)
		}
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in     string
		text   bog.Decimal
		amount bog.Amount
		whole  int64
		ok     bool
	}{
		{`"2"`, "2", 200, 2, true}, {`2`, "2", 200, 2, true}, {`"2.0"`, "2.0", 200, 2, true}, {`"0.0"`, "0.0", 0, 0, true},
		{`"1.5"`, "1.5", 150, 0, false}, {`null`, "", 0, 0, false}, {`""`, "", 0, 0, false},
	} {
		var d bog.Decimal
		if err := json.Unmarshal([]byte(tc.in), &d); err != nil || d != tc.text {
			t.Errorf("%s: got %q, %v; want %q", tc.in, d, err, tc.text)
		}
		if a, err := d.Amount(); a != tc.amount || err != nil {
			t.Errorf("%s: amount %d, %v; want %d", tc.in, a, err, tc.amount)
		}
		if n, ok := d.Int64(); n != tc.whole || ok != tc.ok {
			t.Errorf("%s: whole %d, %v; want %d, %v", tc.in, n, ok, tc.whole, tc.ok)
		}
	}
	if _, err := bog.Decimal("0.333").Amount(); !errors.Is(err, bog.ErrAmount) {
		t.Errorf("a third decimal read as money: %v", err)
	}
	if got, err := json.Marshal([]bog.Decimal{"18", "1.5", ""}); string(got) != "[18,1.5,null]" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := json.Marshal(bog.Decimal("18%")); err == nil {
		t.Error("text that is no number was written as one")
	}
}

func FuzzAmountWrittenReadsBack(f *testing.F) {
	for _, a := range []int64{0, 1, -1, 10, 99, 100, 4730, math.MaxInt64, math.MinInt64} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		wire, err := json.Marshal(bog.Amount(n))
		if err != nil {
			t.Fatal(err)
		}
		var got bog.Amount
		if err := json.Unmarshal(wire, &got); err != nil || int64(got) != n {
			t.Fatalf("%d: %s reads as %d, %v", n, wire, int64(got), err)
		}
		if got, err := bog.ParseAmount(bog.Amount(n).String()); err != nil || int64(got) != n {
			t.Fatalf("%d: %s parses as %d, %v", n, bog.Amount(n), int64(got), err)
		}
	})
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"0", "-0", "47.3", "0.01", "1E+2", "12.300", "5.", "1e-2", "92233720368547758.07", "0.001", "-5e3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := bog.ParseAmount(s)
		exact, ok := new(big.Rat).SetString(s)
		if err != nil {
			return
		}
		if !ok {
			t.Fatalf("%q is no number for math/big, but %d here", s, got)
		}
		if exact.Cmp(big.NewRat(int64(got), 100)) != 0 {
			t.Fatalf("%q read as %s", s, got)
		}
	})
}
