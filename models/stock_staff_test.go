package models_test

import (
	"math/rand/v2"
	"testing"

	"dukani/models"
)

// clerk is somebody of the staff who acts.
func (s *shop) clerk() models.Actor {
	s.t.Helper()
	s.exec(`INSERT INTO staff (id, email, name, role, lang, password_hash, created_at, updated_at)
		VALUES (77, 'clerk@dukani.example', 'Clerk', 'clerk', 'en', 'x', '2026-01-01', '2026-01-01') ON CONFLICT DO NOTHING`)
	return models.Actor{StaffID: 77, Email: "clerk@dukani.example", Address: "192.0.2.1"}
}

// Whatever staff and shoppers do, what is on hand is what there was at the beginning and what
// the book of stock says since, and never less than what is reserved.
func TestUnitsOnHandAreWhatTheBookSays(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	by := s.clerk()
	const first = 20
	s.product("honey", 10_00, first)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 120 {
		onHand, reserved := s.stock("honey")
		switch r.IntN(5) {
		case 0:
			cart := "cart-" + string(rune('a'+i))
			if onHand > reserved {
				s.add(cart, "honey", 1)
				s.place(cart, checkout(10_00))
			}
		case 1:
			s.change(by, models.StockChange{Reason: "delivered", Quantity: r.IntN(4)})
		case 2:
			s.change(by, models.StockChange{Reason: "lost", Quantity: r.IntN(9)})
		case 3:
			s.change(by, models.StockChange{Reason: "counted", Quantity: r.IntN(30), Seen: onHand})
		case 4:
			s.change(by, models.StockChange{Reason: "counted", Quantity: 5, Seen: onHand + 1}) // somebody was faster
		}
		onHand, reserved = s.stock("honey")
		if booked := s.number(`SELECT ? + coalesce(sum(CASE kind WHEN 'delivered' THEN quantity WHEN 'returned' THEN quantity WHEN 'counted' THEN quantity
			WHEN 'lost' THEN -quantity WHEN 'sold' THEN -quantity ELSE 0 END), 0) FROM stock_moves`, first); booked != onHand || onHand < reserved {
			t.Fatalf("step %d: %d on hand, %d reserved, the book says %d", i, onHand, reserved, booked)
		}
	}
	moves := s.number("SELECT count(*) FROM stock_moves WHERE staff_id = 77")
	if audited := s.number("SELECT count(*) FROM audit WHERE action = 'stock'"); moves == 0 || moves != audited {
		t.Errorf("%d moves by staff, %d lines in the audit list", moves, audited)
	}
	id := int64(s.number("SELECT id FROM products"))
	lines, err := s.StockLines(t.Context(), id, 0)
	if err != nil || len(lines) == 0 || lines[len(lines)-1].ID <= 0 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

// change is a change that may be refused, but must not fail.
func (s *shop) change(by models.Actor, c models.StockChange) {
	s.t.Helper()
	err := s.ChangeStock(s.t.Context(), by, "honey", c)
	if err != nil && !models.IsKind(err, models.Invalid) && !models.IsKind(err, models.Conflict) {
		s.t.Fatal(err)
	}
}

// An order says whether its goods can be sent back as they were when it was placed.
func TestTheExceptionFromWithdrawalIsFrozen(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("cheese", 10_00, 5)
	s.exec("UPDATE products SET withdrawal = 'perishable'")
	s.add("cart", "cheese", 1)
	o := s.place("cart", checkout(10_00))
	s.exec("UPDATE products SET withdrawal = 'yes'")
	if o = s.order(o.ID); o.Lines[0].Withdrawal != models.WithdrawalPerishable {
		t.Errorf("withdrawal %q, want perishable", o.Lines[0].Withdrawal)
	}
	s.exec("UPDATE products SET withdrawal = 'custom'")
	reorder, err := s.ReorderOfGuest(t.Context(), o)
	if err != nil || reorder.Lines[0].Withdrawal != models.WithdrawalCustom {
		t.Errorf("bought again: %+v, %v", reorder, err)
	}
}

// A page that did not say that goods cannot be sent back orders nothing.
func TestAnExceptionThatIsNewIsShownBeforeItIsOrdered(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("cheese", 10_00, 5)
	s.add("cart", "cheese", 1)
	seen := s.seen("cart", checkout(10_00))
	s.exec("UPDATE products SET withdrawal = 'perishable'")
	if _, err := s.PlaceOrder(t.Context(), "cart", seen, s.request); err == nil {
		t.Error("it was ordered")
	}
	s.place("cart", checkout(10_00))
}
