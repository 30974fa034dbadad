package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/riverqueue/river"

	"dukani/models"
)

// mailed writes all mails and returns the text of the newest of that kind to an
// address, "" if there is none.
func (s *shop) mailed(kind, to string) string {
	s.t.Helper()
	mails, err := s.store.Mails(s.t.Context(), 100)
	must(s.t, err)
	m := s.mailer("")
	for _, stored := range mails {
		must(s.t, m.Work(s.t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: stored.ID}}))
	}
	if mails, err = s.store.Mails(s.t.Context(), 100); err != nil {
		s.t.Fatal(err)
	}
	for _, stored := range mails {
		if string(stored.Kind) == kind && stored.Recipient == to {
			return stored.Text
		}
	}
	return ""
}

var inMail = regexp.MustCompile(`https://dukani\.example(/\S+link=(\S+))`)

// link returns the path and the signed part of the link in the newest such mail.
func (s *shop) link(kind, to string) (path, link string) {
	s.t.Helper()
	s.sendResets()
	found := inMail.FindStringSubmatch(s.mailed(kind, to))
	if found == nil {
		s.t.Fatalf("no link in a mail %q to %s", kind, to)
	}
	return found[1], found[2]
}

// sendResets runs the queued jobs of forgotten passwords.
func (s *shop) sendResets() {
	s.t.Helper()
	rows, err := s.raw.Query("DELETE FROM river_job WHERE kind = 'send_reset' RETURNING args ->> 'email'")
	must(s.t, err)
	var all []string
	for rows.Next() {
		var email string
		must(s.t, rows.Scan(&email))
		all = append(all, email)
	}
	must(s.t, rows.Err())
	must(s.t, rows.Close())
	for _, email := range all {
		must(s.t, s.store.SendReset(s.t.Context(), email))
	}
}

// verify follows the link of the newest mail as the visitor.
func (v *visitor) verify() {
	v.t.Helper()
	path, _ := v.link("verify", "nino@example.ge")
	doc := v.open(path)
	r := v.post("/en/verify", url.Values{"link": {doc.Find("main [name=link]").AttrOr("value", "")}})
	if r.StatusCode != http.StatusSeeOther || v.number("SELECT count(*) FROM customers WHERE verified_at IS NOT NULL") != 1 {
		v.t.Fatalf("verify: %d", r.StatusCode)
	}
}

func (v *visitor) resetPassword(email, password string) {
	v.t.Helper()
	if r := v.shown(v.post("/en/forgot", url.Values{"email": {email}})); r.StatusCode != http.StatusOK || textOf(r.document(), "forgot-sent") == "" {
		v.t.Fatalf("forgot: %d", r.StatusCode)
	}
	path, _ := v.link("reset", email)
	doc := v.open(path)
	r := v.post("/en/reset", url.Values{"link": {doc.Find("main [name=link]").AttrOr("value", "")}, "password": {password}})
	if r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("reset: %d\n%s", r.StatusCode, r.text)
	}
}

func TestVerifying(t *testing.T) {
	t.Parallel()
	v := newShop(t).member("nino@example.ge")
	if named(v.open("/en/account"), "verify-notice").Length() != 1 {
		t.Error("nothing asks to verify the address")
	}
	path, link := v.link("verify", "nino@example.ge")
	for range 2 { // mail programs open links
		v.open(path)
	}
	if v.number("SELECT count(*) FROM customers WHERE verified_at IS NOT NULL") != 0 {
		t.Error("looking at the link verified the address")
	}
	stranger := v.shop.visitor() // another browser, signed out
	if r := stranger.post("/ka/verify", url.Values{"link": {link}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("verify: %d", r.StatusCode)
	}
	if named(v.open("/en/account"), "verify-notice").Length() != 0 {
		t.Error("still asks to verify the address")
	}
	if stranger.isIn() {
		t.Error("verifying an address signs in")
	}
	if r := v.shown(v.post("/en/verify", url.Values{"link": {link}})); r.StatusCode != http.StatusGone || textOf(r.document(), "link-dead") == "" {
		t.Errorf("the link a second time: %d", r.StatusCode)
	}
	if r := v.send(request("GET", path, nil)); r.StatusCode != http.StatusGone || r.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("looking at a used link: %d, %s", r.StatusCode, r.Header.Get("Referrer-Policy"))
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	reader := s.visitor()
	reader.post("/en/forgot", url.Values{"email": {"Nino@example.ge"}})
	_, first := s.link("reset", "nino@example.ge")
	reader.post("/en/forgot", url.Values{"email": {"nino@example.ge"}})
	_, second := s.link("reset", "nino@example.ge")
	post := func(link, password string) *reply {
		return reader.post("/en/reset", url.Values{"link": {link}, "password": {password}})
	}
	if r := v.shown(post(first, "a brand new one")); r.StatusCode != http.StatusGone {
		t.Errorf("an older link after a newer one was sent: %d", r.StatusCode)
	}
	if r := post(second, "short"); r.StatusCode != http.StatusUnprocessableEntity || r.document().Find("main [name=link]").AttrOr("value", "") != second {
		t.Errorf("a password that is too short: %d", r.StatusCode)
	}
	if r := post(second, "a brand new one"); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("reset: %d\n%s", r.StatusCode, r.text)
	}
	if r := v.shown(post(second, "yet another one")); r.StatusCode != http.StatusGone {
		t.Errorf("the link a second time: %d", r.StatusCode)
	}
	if v.isIn() || reader.isIn() {
		t.Error("somebody is still, or already, signed in")
	}
	if r := v.logIn("nino@example.ge", goodPassword); r.StatusCode != 422 {
		t.Errorf("the old password: %d", r.StatusCode)
	}
	if r := v.logIn("nino@example.ge", "a brand new one"); r.StatusCode != 303 {
		t.Errorf("the new password: %d", r.StatusCode)
	}
	if s.mailed("password_changed", "nino@example.ge") == "" {
		t.Error("nothing was mailed about it")
	}
	if s.number("SELECT count(*) FROM customers WHERE verified_at IS NOT NULL") != 1 {
		t.Error("the mail has arrived, and the address still counts as not verified")
	}
}

// A stranger who registered with an address that is not theirs has no way in left once the
// address's owner has taken the account over.
func TestResetClosesOtherWaysIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	attacker := s.member("nino@example.ge")
	s.exec("INSERT INTO identities (issuer, subject, customer_id, created_at) VALUES ('https://id.example', 'attacker', 1, ?)", s.store.Now())
	attacker.submit("/en/account/email", url.Values{"email": {"attacker@example.com"}, "password": {goodPassword}})
	_, pending := s.link("verify", "attacker@example.com")
	s.visitor().resetPassword("nino@example.ge", "the owner's own words")
	if r := attacker.shown(attacker.post("/en/verify", url.Values{"link": {pending}})); r.StatusCode != http.StatusGone {
		t.Errorf("the change of address that was asked for before: %d", r.StatusCode)
	}
	if n := s.number("SELECT count(*) FROM identities"); n != 0 {
		t.Errorf("%d other ways to sign in are left", n)
	}
	if attacker.isIn() {
		t.Error("still signed in")
	}
}

func TestDeadLinks(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now().UTC()
	s.store.Now = func() time.Time { return now }
	s.open() // so that the handlers have the clock, too
	v := s.member("nino@example.ge")
	_, verify := s.link("verify", "nino@example.ge")
	v.post("/en/forgot", url.Values{"email": {"nino@example.ge"}})
	_, reset := s.link("reset", "nino@example.ge")
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(reset, claims)
	must(t, err)
	forged := func(method jwt.SigningMethod, key any) string {
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		must(t, err)
		return text
	}
	dead := func(name, path, link string) {
		t.Helper()
		for _, r := range []*reply{
			s.get(path + "?link=" + url.QueryEscape(link)),
			v.shown(v.post(path, url.Values{"link": {link}, "password": {"a brand new one"}})),
		} {
			if r.StatusCode != http.StatusGone {
				t.Errorf("%s, %s %s: %d, want 410", name, r.Request.Method, path, r.StatusCode)
			}
		}
	}
	dead("nothing", "/en/reset", "")
	dead("not a link", "/en/reset", "abc.def.ghi")
	dead("for another purpose", "/en/reset", verify)
	dead("for another purpose", "/en/verify", reset)
	dead("signed by nobody", "/en/reset", forged(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType))
	dead("signed with another key", "/en/reset", forged(jwt.SigningMethodHS256, []byte(shopSecret)))
	dead("signed in another way", "/en/reset", forged(jwt.SigningMethodHS512, []byte(shopSecret)))
	dead("changed", "/en/reset", reset[:len(reset)-4]+"AAAA")
	now = now.Add(models.LinkReset.Life() + time.Second)
	dead("expired", "/en/reset", reset)
	if s.get("/en/verify?link="+verify).StatusCode != http.StatusOK {
		t.Error("the other link, which lives longer, is dead, too")
	}
	now = now.Add(models.LinkVerify.Life())
	dead("expired", "/en/verify", verify)
	must(t, s.store.ForgetLinks(t.Context()))
	now = now.Add(60 * 24 * time.Hour)
	must(t, s.store.ForgetLinks(t.Context()))
	if n := s.number("SELECT count(*) FROM mail_links"); n != 0 {
		t.Errorf("%d links are kept for ever", n)
	}
}

func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("giorgi@example.ge")
	v := s.member("nino@example.ge")
	_, old := s.link("verify", "nino@example.ge")
	change := func(email, password string) *reply {
		return v.submit("/en/account/email", url.Values{"email": {email}, "password": {password}})
	}
	for name, r := range map[string]*reply{
		"no address": v.shown(change("nino@", goodPassword)), "the same": v.shown(change("NINO@example.ge", goodPassword)), "wrong password": v.shown(change("new@example.ge", "wrong wrong")),
	} {
		if doc := r.document(); r.StatusCode != 422 || named(doc, "field-error").Length() != 1 || doc.Find("#email").AttrOr("value", "") == "" {
			t.Errorf("%s: %d, %q", name, r.StatusCode, named(doc, "field-error").Text())
		}
	}
	// The address of another account is answered in the same way, without a mail.
	taken, free := change("giorgi@example.ge", goodPassword), change("new@example.ge", goodPassword)
	if taken.StatusCode != 303 || free.StatusCode != 303 || taken.Header.Get("Location") != free.Header.Get("Location") {
		t.Errorf("taken: %d, free: %d", taken.StatusCode, free.StatusCode)
	}
	if doc := v.open("/en/account/profile"); textOf(doc, "account-email") != "nino@example.ge" || !strings.Contains(textOf(doc, "email-pending"), "new@example.ge") {
		t.Errorf("before the link: %q, %q", textOf(doc, "account-email"), textOf(doc, "email-pending"))
	}
	if r := v.shown(v.post("/en/verify", url.Values{"link": {old}})); r.StatusCode != http.StatusGone {
		t.Errorf("the link for the old address: %d", r.StatusCode)
	}
	v.post("/en/forgot", url.Values{"email": {"nino@example.ge"}})
	_, reset := s.link("reset", "nino@example.ge")
	_, link := s.link("verify", "new@example.ge")
	if r := v.post("/en/verify", url.Values{"link": {link}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("verify: %d", r.StatusCode)
	}
	if got := textOf(v.open("/en/account/profile"), "account-email"); got != "new@example.ge" {
		t.Errorf("after the link: %q", got)
	}
	if told := s.mailed("address_changed", "nino@example.ge"); told == "" || strings.Contains(told, "new@example.ge") {
		t.Errorf("the old address, which nobody has shown to be theirs, was told %q", told)
	}
	v.submit("/en/account/email", url.Values{"email": {"newer@example.ge"}, "password": {goodPassword}})
	_, link = s.link("verify", "newer@example.ge")
	v.post("/en/verify", url.Values{"link": {link}})
	if !strings.Contains(s.mailed("address_changed", "new@example.ge"), "newer@example.ge") {
		t.Error("the old address was not told of the new one")
	}
	if r := v.shown(v.post("/en/reset", url.Values{"link": {reset}, "password": {"a brand new one"}})); r.StatusCode != http.StatusGone {
		t.Errorf("the link to reset, sent to the old address: %d", r.StatusCode)
	}
	if r := s.visitor().logIn("nino@example.ge", goodPassword); r.StatusCode != 422 {
		t.Errorf("signing in with the old address: %d", r.StatusCode)
	}
}

// The text of a mail with a link is not in the database once a mail server has it.
func TestLinksDoNotStayInTheDatabase(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	address, mails := smtpServer(t)
	m := s.mailer("smtp://" + address)
	list, err := s.store.Mails(t.Context(), 10)
	must(t, err)
	must(t, m.Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: list[0].ID}}))
	if sent := <-mails; !strings.Contains(sent, "/en/verify?link") {
		t.Errorf("no link in %s", sent)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE sent_at IS NOT NULL AND text = '' AND html = ''"); n != 1 {
		t.Error("the mail is not marked as sent, or its words were kept")
	}
	// A mail that was kept before there was a mail server loses its text, too.
	s.mailed("verify", "nino@example.ge")
	s.member("giorgi@example.ge")
	if s.mailed("verify", "giorgi@example.ge") == "" {
		t.Fatal("not kept")
	}
	list, err = s.store.Mails(t.Context(), 1)
	must(t, err)
	must(t, m.Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: list[0].ID}}))
	<-mails
	if n := s.number("SELECT count(*) FROM mails WHERE text <> ''"); n != 0 {
		t.Errorf("%d mails kept their words", n)
	}
}
