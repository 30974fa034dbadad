package handlers_test

import (
	"io"
	"log/slog"
	"testing"

	"dukani/handlers"
	"dukani/models"
)

// benchMember is a shop with a customer of 1,000 orders, and the cookies with which
// they are signed in.
func benchMember(b *testing.B) (address, cookies string) {
	b.Helper()
	s := newShop(b, func(cfg *handlers.Config) { cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) })
	v := s.member("nino@example.ge")
	s.raw.SetMaxOpenConns(1)
	s.exec("BEGIN") // one for all: a commit waits for the disk
	for i := range 1000 {
		s.order(i+1, 1, models.Paid, "nino@example.ge")
	}
	s.exec("COMMIT")
	v.isIn() // takes the message left at registering, so that pages are alike
	return serve(b, s.server), sessionCookie + "=" + v.cookies[sessionCookie]
}

// BenchmarkOrderList is the list of a customer with 1,000 orders: its first page, one
// in the middle, a search that has to look at all of them.
func BenchmarkOrderList(b *testing.B) {
	address, cookies := benchMember(b)
	for name, path := range map[string]string{
		"First": "/ka/account/orders", "Middle": "/ka/account/orders?page=25", "Search": "/ka/account/orders?q=saperavi&show=paid",
	} {
		b.Run(name, func(b *testing.B) { against(b, address, 200, pageRequest(path, cookies)) })
	}
}

// BenchmarkSession measures a small page of a customer's and one of a guest's: the
// difference is reading the session and its customer.
func BenchmarkSession(b *testing.B) {
	address, cookies := benchMember(b)
	b.Run("Password", func(b *testing.B) { against(b, address, 200, pageRequest("/ka/account/password", cookies)) })
	b.Run("Forgot", func(b *testing.B) { against(b, address, 200, pageRequest("/ka/forgot", "")) })
}
