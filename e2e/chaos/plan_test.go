package main

import (
	"io"
	"strings"
	"testing"
)

func optionsOf(t *testing.T, args ...string) options {
	t.Helper()
	o, err := readOptions(args, io.Discard)
	must(t, err)
	return o
}

func TestASeedIsAPlan(t *testing.T) {
	t.Parallel()
	args := []string{"-orders", "500", "-kills", "20", "-seed", "7"}
	one := newPlan(optionsOf(t, args...))
	if again := newPlan(optionsOf(t, args...)); again.hash() != one.hash() {
		t.Error("the same seed makes two plans")
	}
	if other := newPlan(optionsOf(t, "-orders", "500", "-kills", "20", "-seed", "8")); other.hash() == one.hash() {
		t.Error("two seeds make the same plan")
	}
	orders := 0
	for _, b := range one.Buyers {
		orders += len(b.Purchases)
	}
	if orders != 500 || len(one.Kills) != 20 {
		t.Errorf("%d orders and %d kills", orders, len(one.Kills))
	}
}

// Buyers have streams of their own: more orders, or more faults, change nothing for those who are
// there already.
func TestABuyerDrawsAlone(t *testing.T) {
	t.Parallel()
	few := newPlan(optionsOf(t, "-orders", "50", "-seed", "7"))
	many := newPlan(optionsOf(t, "-orders", "500", "-seed", "7", "-faults", "20"))
	for i, b := range few.Buyers[:len(few.Buyers)-1] {
		for j, p := range b.Purchases {
			other := many.Buyers[i].Purchases[j]
			if p.Delivery != other.Delivery || p.Card != other.Card || p.OnPaid != other.OnPaid || len(p.Goods) != len(other.Goods) {
				t.Fatalf("purchase %d of buyer %d is another one", j, i)
			}
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-instances 3":      "one process serves an SQLite file",
		"-db oracle":        "need sqlite or postgres",
		"-faults 101":       "-faults 0 to 100",
		"-orders 0":         "at least 1",
		"-kills 1 storm":    `"storm" is no flag`,
		"-db sqlite -kills": "flag needs an argument",
	} {
		if _, err := readOptions(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
