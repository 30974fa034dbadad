package handlers_test

import (
	"net/url"
	"testing"

	"github.com/riverqueue/river"

	"dukani/models"
)

// Ten wrong passwords stop the strangers who guess, from wherever, and not the owner.
func TestTheOwnersDeviceKeepsItsOwnCount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	fresh := s.visitor()

	for range 12 {
		s.visitor().logIn("nino@example.ge", "not the password")
	}
	if r := fresh.logIn("nino@example.ge", goodPassword); r.StatusCode != 429 {
		t.Errorf("a device that is not known gets in during guesses: %d", r.StatusCode)
	}
	if r := v.submit("/en/account/confirm", url.Values{"password": {goodPassword}}); r.StatusCode != 303 {
		t.Errorf("the owner's proof: %d\n%s", r.StatusCode, textOf(r.document(), "form-error"))
	}
	v.submit("/en/logout", nil)
	if r := v.logIn("nino@example.ge", goodPassword); r.StatusCode != 303 || !v.isIn() {
		t.Errorf("the owner signs in on her device: %d %s\n%v", r.StatusCode, textOf(r.document(), "form-error"), v.cookies)
	}
	delete(v.cookies, "__Host-device") // as before there was this cookie: the session counts
	if r := v.submit("/en/account/confirm", url.Values{"password": {goodPassword}}); r.StatusCode != 303 {
		t.Errorf("the proof of who is signed in: %d", r.StatusCode)
	}
	// A made-up cookie, or another customer's, is no device.
	for _, cookie := range []string{"x", s.member("giorgi@example.ge").cookies["__Host-device"], v.cookies["__Host-cart"]} {
		w := s.visitor()
		w.cookies["__Host-device"] = cookie
		if r := w.logIn("nino@example.ge", goodPassword); r.StatusCode != 429 {
			t.Errorf("device %q: %d", cookie, r.StatusCode)
		}
	}
}

// The owner gets in on a new device by the mail, while others go on guessing.
func TestAResetLetsTheOwnerInDuringGuesses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	guess := func() {
		for range 12 {
			s.visitor().logIn("nino@example.ge", "not the password")
		}
	}
	guess()
	v := s.visitor()
	v.post("/en/forgot", url.Values{"email": {"nino@example.ge"}})
	_, link := s.link("reset", "nino@example.ge")
	if r := v.post("/en/reset", url.Values{"link": {link}, "password": {"სრულიად სხვა პაროლი 26"}}); r.StatusCode != 303 {
		t.Fatalf("reset: %d", r.StatusCode)
	}
	guess()
	if r := v.logIn("nino@example.ge", "სრულიად სხვა პაროლი 26"); r.StatusCode != 303 || !v.isIn() {
		t.Errorf("after the reset: %d", r.StatusCode)
	}
}

// Nobody can use the shop to send words of their own to a stranger.
func TestMailsToUnprovenAddressesHoldNoWordsOfStrangers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const words = "You won 5000 GEL! https://evil.example"
	s.exec(`INSERT INTO customers (id, email, name, lang, created_at, updated_at) VALUES (77, 'victim@example.com', ?, 'en', ?, ?)`, words, s.store.Now(), s.store.Now())
	o, _ := s.paidOrder()
	s.exec("UPDATE orders SET name = ?1, city = ?1, street = ?1, note = ?1, phone = '+995599123456', delivery = 'post', region = 'kakheti'", words)
	s.exec("DELETE FROM mails")
	mailer := s.mailer("")
	holding := func(orders bool) (found, mails int) {
		s.exec("UPDATE mails SET subject = '', text = '', html = ''")
		list, err := s.store.Mails(t.Context(), 100)
		must(t, err)
		for _, m := range list {
			if (m.OrderID != nil) == orders {
				must(t, mailer.Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: m.ID}}))
				mails++
			}
		}
		return s.number("SELECT count(*) FROM mails WHERE instr(subject || text || html, 'evil') + instr(subject || text || html, '5000') + instr(text, '599 12') > 0"), mails
	}
	for _, kind := range []string{"paid", "declined", "expired", "refunding"} {
		s.exec("INSERT INTO mails (order_id, kind, lang, recipient, created_at) VALUES (?, ?, 'en', 'victim@example.com', ?)", o.ID, kind, s.store.Now())
	}
	for _, kind := range []string{"password_changed", "address_changed", "sign_in_changed", "sign_in_tried"} {
		s.exec("INSERT INTO mails (customer_id, kind, lang, recipient, created_at) VALUES (77, ?, 'en', 'victim@example.com', ?)", kind, s.store.Now())
	}
	for _, kind := range []string{"verify", "reset"} {
		s.exec("INSERT INTO mail_links (id, customer_id, purpose, email, expires_at) VALUES (?1, 77, ?1, 'victim@example.com', ?2)", kind, s.store.Now())
		s.exec("INSERT INTO mails (customer_id, link_id, kind, lang, recipient, created_at) VALUES (77, ?1, ?1, 'en', 'victim@example.com', ?2)", kind, s.store.Now())
	}
	check := func(what string, orders bool, want int) {
		t.Helper()
		if found, mails := holding(orders); found != want || mails < 4 {
			t.Errorf("%s: %d of %d mails hold words of strangers, want %d", what, found, mails, want)
		}
	}
	check("about a guest's order", true, 0)
	check("about an account", false, 0)
	s.exec("UPDATE orders SET customer_id = 77")
	check("about the order of an account that is not verified", true, 0)
	s.exec("UPDATE customers SET verified_at = ?, email = 'another@example.com' WHERE id = 77", s.store.Now())
	check("to another address than the verified one", false, 0)
	check("about an order, to another address than the verified one", true, 0)
	s.exec("UPDATE customers SET email = 'victim@example.com' WHERE id = 77")
	check("to a customer who has only claimed the order", true, 0)
	s.exec("UPDATE carts SET customer_id = 77 WHERE id = (SELECT cart_id FROM orders)")
	check("to the owner", true, 4)

	check("to the owner of the account", false, 6)
}
