package models_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dukani/models"
)

// listed returns the numbers of the orders that staff find.
func (s *shop) listed(f models.OrderListFilter) (numbers []string) {
	s.t.Helper()
	list, err := s.OrderList(s.t.Context(), f, models.OrderListPlace{})
	if err != nil {
		s.t.Fatalf("%+v: %v", f, err)
	}
	for _, row := range list.Rows {
		numbers = append(numbers, row.Number)
		if f.Method != "" && row.Method != f.Method {
			s.t.Errorf("looked for %s, and %s was used for %s", f.Method, row.Number, row.Method)
		}
	}
	return numbers
}

// declinedThenPaid is an order that a loan was refused for and another method paid.
func (s *shop) declinedThenPaid(by models.Method) *models.Order {
	s.t.Helper()
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	refused := report(o, o.LastPayment(), models.PaymentDeclined)
	refused.Method = models.ByLoan
	o = s.settle(refused)
	if _, err := s.RetryPayment(s.t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
		s.t.Fatal(err)
	}
	s.answer(o)
	o = s.order(o.ID)
	paid := report(o, o.LastPayment(), models.PaymentPaid)
	paid.Method = by
	s.settle(paid)
	return s.settle(refused) // the bank says so once more
}

func TestAnOrderIsListedByWhatPaidIt(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 9)
	o := s.declinedThenPaid(models.ByApplePay)
	s.add("b", "honey", 1)
	open := s.opened("b", checkout(12_50))
	tried := report(open, open.LastPayment(), models.PaymentDeclined)
	tried.Method = models.ByLoan
	s.settle(tried)
	for _, f := range []models.OrderListFilter{{}, {Delivery: o.Delivery}, {Min: 12_50}, {Max: 12_50, Delivery: o.Delivery}} {
		for method, want := range map[models.Method][]string{models.ByApplePay: {o.Number}, models.ByLoan: {open.Number}, models.ByCard: nil} {
			f.Method = method
			if got := s.listed(f); !slices.Equal(got, want) {
				t.Errorf("%+v: %q, want %q", f, got, want)
			}
		}
	}
}

// What is filled in by the migration is what the triggers would have noted.
func TestOrdersFromBeforeLearnWhatPaidThem(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 9)
	s.declinedThenPaid(models.ByApplePay)
	s.add("b", "honey", 1)
	s.opened("b", checkout(12_50))
	engine, part := "sqlite", `(?s)UPDATE orders SET.*?;`
	if s.Postgres() {
		engine, part = "postgres", `(?s)DO \$\$.*?END \$\$;`
	}
	text, err := os.ReadFile("migrations/" + engine + "/0035_order_list.sql")
	if err != nil {
		t.Fatal(err)
	}
	s.exec("UPDATE orders SET used_method = ''")
	s.exec(string(regexp.MustCompile(part).Find(text)))
	if s.number("SELECT count(*) FROM orders WHERE used_method = 'apple_pay' AND status = 'paid'") != 1 || s.number("SELECT count(*) FROM orders WHERE used_method <> ''") != 1 {
		t.Error("the orders were filled in otherwise")
	}
}

// An order that nobody paid waits for nobody to pack it, whatever else is looked for.
func TestOnlyPaidOrdersWaitToBePacked(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 9)
	o := s.declinedThenPaid(models.ByLoan)
	s.add("b", "honey", 1)
	c := checkout(12_50)
	open := s.opened("b", c)
	tried := report(open, open.LastPayment(), models.PaymentDeclined)
	tried.Method = models.ByLoan
	s.settle(tried)
	for _, f := range []models.OrderListFilter{
		{}, {Min: 1}, {Method: models.ByLoan}, {Delivery: o.Delivery}, {Method: models.ByLoan, Delivery: o.Delivery}, {Query: o.Email}, {Query: strings.Fields(o.Name)[0]},
	} {
		f.Fulfilment = models.FulfilmentWaiting
		if got := s.listed(f); !slices.Equal(got, []string{o.Number}) {
			t.Errorf("%+v: %q, want %s alone", f, got, o.Number)
		}
		f.Status = models.Declined
		if got := s.listed(f); got != nil {
			t.Errorf("%+v: %q", f, got)
		}
	}
}
