package handlers_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"dukani/handlers"
	"dukani/models"
)

// oddServer is a mail server that misbehaves as its fields say.
type oddServer struct {
	address string
	auth    string // the mechanisms it offers
	rcpt    string // its answer to RCPT; "": 250
	hangUp  bool   // it does not answer QUIT

	mu    sync.Mutex
	lines []string // commands, and the credentials in the clear
	taken int      // mails
}

func (o *oddServer) start(t *testing.T, host string) *oddServer {
	t.Helper()
	ln, err := net.Listen("tcp", host+":0")
	must(t, err)
	t.Cleanup(func() { ln.Close() })
	o.address = ln.Addr().String()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go o.serve(conn)
		}
	}()
	return o
}

func (o *oddServer) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewScanner(conn)
	say := func(s string) { fmt.Fprint(conn, s+"\r\n") }
	ask := func(challenge string) string {
		say("334 " + base64.StdEncoding.EncodeToString([]byte(challenge)))
		in.Scan()
		b, _ := base64.StdEncoding.DecodeString(in.Text())
		return string(b)
	}
	note := func(s string) {
		o.mu.Lock()
		o.lines = append(o.lines, s)
		o.mu.Unlock()
	}
	say("220 odd")
	for in.Scan() {
		words := strings.Fields(in.Text() + " -")
		note(words[0])
		switch strings.ToUpper(words[0]) {
		case "EHLO":
			if say("250-odd"); o.auth != "" {
				say("250-AUTH " + o.auth)
			}
			say("250 HELP")
		case "AUTH":
			switch words[1] {
			case "PLAIN":
				b, _ := base64.StdEncoding.DecodeString(words[2])
				note(strings.ReplaceAll(strings.TrimPrefix(string(b), "\x00"), "\x00", " "))
			case "LOGIN":
				user := ask("Username:")
				note(user + " " + ask("Password:"))
			case "CRAM-MD5":
				mac := hmac.New(md5.New, []byte("p w"))
				mac.Write([]byte("<1@odd>"))
				if ask("<1@odd>") == "shop "+hex.EncodeToString(mac.Sum(nil)) {
					note("shop p w")
				}
			}
			say("235 ok")
		case "RCPT":
			if o.rcpt != "" {
				say(o.rcpt)
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			for in.Scan() && in.Text() != "." {
			}
			o.mu.Lock()
			o.taken++
			o.mu.Unlock()
			say("250 taken")
		case "QUIT":
			if !o.hangUp {
				say("221 bye")
			}
			return
		default:
			say("250 ok")
		}
	}
}

func (o *oddServer) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.lines, "\n")
}

func work(t *testing.T, m *handlers.Mailer, id int64) error {
	t.Helper()
	return m.Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: id}})
}

func TestSignsInToAnyMailServer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, mechanisms := range []string{"LOGIN", "PLAIN", "CRAM-MD5", "LOGIN XOAUTH2", "PLAIN LOGIN", "NTLM LOGIN", "GSSAPI NTLM PLAIN"} {
		o := (&oddServer{auth: mechanisms}).start(t, "127.0.0.1")
		s.exec("DELETE FROM mails")
		s.exec("INSERT INTO customers (id, email, name, lang, created_at, updated_at) VALUES (7, 'nino@example.ge', 'N', 'ka', ?1, ?1) ON CONFLICT DO NOTHING", s.store.Now())
		s.exec("INSERT INTO mails (id, customer_id, kind, lang, recipient, created_at) VALUES (1, 7, 'password_changed', 'ka', 'nino@example.ge', ?)", s.store.Now())
		if err := work(t, s.mailer("smtp://shop:p%20w@"+o.address), 1); err != nil || o.taken != 1 || !strings.Contains(o.said(), "shop p w") {
			t.Errorf("AUTH %s: %v, %d mails, said %q", mechanisms, err, o.taken, o.said())
		}
	}
}

func TestNoPasswordLeavesWithoutTLS(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, id := s.paidOrder()
	o := (&oddServer{auth: "PLAIN LOGIN CRAM-MD5"}).start(t, "127.0.0.2") // not this machine, as far as the shop can tell
	if err := work(t, s.mailer("smtp://shop:p%20w@"+o.address), id); err == nil {
		t.Error("a mail was sent without TLS")
	}
	if said := o.said(); said == "" || strings.Contains(said, "AUTH") {
		t.Errorf("the server was told %q", said)
	}
}

func TestMailsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, id := s.paidOrder()
	start := s.store.Now()
	later := time.Duration(0)
	s.store.Now = func() time.Time { return start.Add(later) }
	var log logBook
	book := func(c *handlers.MailerConfig) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) }
	state := func() (tries int, givenUp bool, items int) {
		m, err := s.store.MailByID(t.Context(), id)
		must(t, err)
		return m.Tries, m.GivenUpAt != nil, s.number("SELECT count(*) FROM review_items WHERE kind = 'mail_not_sent' AND order_id IS NOT NULL")
	}
	for _, c := range []struct {
		name, rcpt string
		later      time.Duration
		givenUp    bool
		works      bool // whether the mail server counts as working
	}{
		{"full for now", "452 4.2.2 nino@example.ge is full", 0, false, false},
		{"the shop may not send", "550 5.7.1 relaying denied", 47 * time.Hour, false, false},
		{"for two days", "450 try later", 48 * time.Hour, true, false},
		{"no such mailbox", "550 5.1.1 <nino@example.ge> is unknown", 0, true, true},
		{"no such mailbox, in few words", "550 no", 0, true, true},
		{"no such domain", "556 5.1.10 null MX", 0, true, true},
	} {
		later = c.later
		s.exec("UPDATE mails SET tries = 2, given_up_at = NULL")
		s.exec("DELETE FROM review_items")
		o := (&oddServer{rcpt: c.rcpt}).start(t, "127.0.0.1")
		m := s.mailer("smtp://"+o.address, book)
		err := work(t, m, id)
		tries, givenUp, items := state()
		if (err == nil) != c.givenUp || tries != 3 || givenUp != c.givenUp || (items == 1) != c.givenUp {
			t.Errorf("%s: %v, %d tries, given up: %v, %d before staff", c.name, err, tries, givenUp, items)
		}
		if works := m.Check(t.Context()) == nil; works != c.works {
			t.Errorf("%s: the mail server counts as working: %v", c.name, works)
		}
		if before := o.said(); givenUp {
			if err := work(t, m, id); err != nil || o.said() != before {
				t.Errorf("%s: tried again: %v", c.name, err)
			}
		}
	}
	if said := log.String(); strings.Count(said, "level=WARN msg=\"mail not sent\"") != 6 || strings.Contains(said, "nino") {
		t.Errorf("the log says\n%s", said)
	}
	if b, err := s.store.MailBacklog(t.Context()); err != nil || b != (models.MailBacklog{GivenUp: 1}) {
		t.Errorf("the backlog is %+v, %v", b, err)
	}
}

// A customer who claims the orders with their address gets no mail with a stranger's words.
func TestAClaimedOrderCarriesNoStrangersWords(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	buy := func(v *visitor, name string) {
		v.add("tklapi-plum", "1")
		v.post("/ka/checkout", v.checkoutForm(url.Values{"name": {name}, "email": {"nino@example.ge"}}))
	}
	buy(w.visitor(), "You won 5000 GEL")
	nino := w.member("nino@example.ge")
	w.exec("UPDATE customers SET verified_at = ?", w.store.Now())
	if n, err := w.store.ClaimOrders(t.Context(), int64(w.number("SELECT id FROM customers"))); n != 1 || err != nil {
		t.Fatalf("%d claimed, %v", n, err)
	}
	buy(nino, "Nino Kapanadze")
	for order, name := range map[int]string{1: "You won", 2: "Nino Kapanadze"} {
		w.exec(`INSERT INTO mails (id, order_id, payment_id, kind, lang, recipient, created_at) SELECT 900 + order_id, order_id, id, 'expired', 'ka', 'nino@example.ge', ?
			FROM payments WHERE order_id = ?`, w.store.Now(), order)
		must(t, work(t, w.mailer(""), int64(900+order)))
		m, err := w.store.MailByID(t.Context(), int64(900+order))
		must(t, err)
		if said := strings.Contains(m.Text+m.HTML, name); said != (order == 2) || m.Text == "" {
			t.Errorf("the mail about order %d names %q: %v", order, name, said)
		}
	}
}

// A mail that the shop cannot write is reported and tried again exactly like one that the
// server does not take.
func TestAMailThatCannotBeWrittenIsTold(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, id := s.paidOrder()
	s.exec("UPDATE mails SET kind = 'of another version', text = ''")
	start := s.store.Now()
	m := s.mailer("smtp://" + (&oddServer{}).start(t, "127.0.0.1").address)
	if err := work(t, m, id); err == nil {
		t.Error("given up at once")
	}
	if b, err := s.store.MailBacklog(t.Context()); err != nil || b != (models.MailBacklog{Waiting: 1, Failing: 1}) {
		t.Errorf("the backlog is %+v, %v", b, err)
	}
	s.store.Now = func() time.Time { return start.Add(49 * time.Hour) }
	if err := work(t, m, id); err != nil || s.number("SELECT count(*) FROM review_items WHERE kind = 'mail_not_sent'") != 1 {
		t.Errorf("it is still tried, and not before staff: %v", err)
	}
}

func TestAMailWhoseLinkHasEndedIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	start := s.store.Now()
	must(t, s.store.SendReset(t.Context(), "nino@example.ge"))
	id := int64(s.number("SELECT max(id) FROM mails"))
	m := s.mailer("smtp://" + (&oddServer{rcpt: "450 later"}).start(t, "127.0.0.1").address)
	if err := work(t, m, id); err == nil {
		t.Error("given up at once")
	}
	s.store.Now = func() time.Time { return start.Add(2 * time.Hour) }
	if err := work(t, m, id); err != nil || s.number("SELECT count(*) FROM mails WHERE given_up_at IS NOT NULL") != 1 {
		t.Errorf("a link that has ended is still on its way: %v", err)
	}
}

// A mail is not sent twice because the connection fails after the server has taken it.
func TestATakenMailIsSent(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, id := s.paidOrder()
	o := (&oddServer{hangUp: true}).start(t, "127.0.0.1")
	if err := work(t, s.mailer("smtp://"+o.address), id); err != nil || o.taken != 1 {
		t.Errorf("%v, %d mails", err, o.taken)
	}
}

func TestPausesBetweenTriesGrow(t *testing.T) {
	t.Parallel()
	m := newShop(t).mailer("")
	last, all := time.Duration(0), time.Duration(0)
	for attempt := 1; all < 48*time.Hour; attempt++ {
		pause := time.Until(m.NextRetry(&river.Job[models.MailJob]{JobRow: &rivertype.JobRow{Attempt: attempt}})).Round(time.Second)
		if pause < last || pause < 30*time.Second || pause > 4*time.Hour || attempt > 30 {
			t.Fatalf("pause %d is %s after %s", attempt, pause, last)
		}
		last, all = pause, all+pause
	}
}

// Mails that cannot be sent are reported, and stop nothing else.
func TestReadinessTellsOfMails(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, id := s.paidOrder()
	o := (&oddServer{rcpt: "450 later"}).start(t, "127.0.0.1")
	m := s.mailer("smtp://" + o.address)
	s.open(func(c *handlers.Config) { c.Ready = []handlers.Check{{Name: "mail", Func: m.Check}} })
	if r := s.get("/readyz"); r.StatusCode != 200 || !strings.Contains(r.text, `"ok"`) {
		t.Errorf("before: %d %s", r.StatusCode, r.text)
	}
	work(t, m, id)
	s.open(func(c *handlers.Config) { c.Ready = []handlers.Check{{Name: "mail", Func: m.Check}} })
	if r := s.get("/readyz"); r.StatusCode != 200 || !strings.Contains(r.text, `"degraded"`) || !strings.Contains(r.text, `"mail":"failing"`) {
		t.Errorf("after: %d %s", r.StatusCode, r.text)
	}
}
