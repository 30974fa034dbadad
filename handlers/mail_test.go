package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"dukani/handlers"
	"dukani/models"
	"dukani/views"
)

// smtpServer is a mail server on loopback that hands the mails over to the test.
func smtpServer(t *testing.T) (address string, mails chan string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { ln.Close() })
	mails = make(chan string, 4)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go takeMail(conn, mails)
		}
	}()
	return ln.Addr().String(), mails
}

func takeMail(conn net.Conn, mails chan<- string) {
	defer conn.Close()
	lines := bufio.NewReader(conn)
	say := func(s string) { fmt.Fprint(conn, s+"\r\n") }
	say("220 mail")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " ")[0]); verb {
		case "EHLO", "HELO":
			say("250 mail")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for line != ".\r\n" {
				if line, err = lines.ReadString('\n'); err != nil {
					return
				}
				text.WriteString(line)
			}
			mails <- text.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// paidOrder is a paid order in Georgian, and the id of the mail about it.
func (s *shop) paidOrder() (o *models.Order, mailID int64) {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.store.AddToCart(ctx, "a", "imeruli", 1)
	must(s.t, err)
	cart, err := s.store.Cart(ctx, models.Ka, "a")
	must(s.t, err)
	o, err = s.store.PlaceOrder(ctx, "a", models.Checkout{
		Shown: cart.Shown(models.Ka, nil),
		Key:   uuid.NewString(), ExpectedTotal: 19_00, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "599123456", Delivery: models.Pickup, AcceptsTerms: true,
	}, func(*models.Order, models.PaymentKind) (models.NewPayment, error) {
		return models.NewPayment{IdempotencyKey: uuid.NewString(), RequestBody: []byte("{}"), ExpiresAt: s.store.Now().Add(time.Hour)}, nil
	})
	must(s.t, err)
	p := o.LastPayment()
	must(s.t, s.store.StartAnswered(ctx, p.ID, "bank-1", "https://payment.bog.ge/?order_id=1"))
	_, err = s.store.Settle(ctx, models.Report{
		PaymentID: p.ID, State: models.PaymentPaid, BankOrderID: "bank-1", OrderNumber: o.Number, Currency: "GEL",
		Requested: 19_00, Transferred: 19_00, CardMask: "400000***0001", Life: time.Hour,
	})
	must(s.t, err)
	mails, err := s.store.Mails(ctx, 10)
	must(s.t, err)
	if len(mails) != 1 {
		s.t.Fatalf("%d mails, want 1", len(mails))
	}
	return o, mails[0].ID
}

func (s *shop) mailer(smtp string, change ...func(*handlers.MailerConfig)) *handlers.Mailer {
	s.t.Helper()
	engine, err := views.New(s.assets.URL)
	must(s.t, err)
	c := handlers.MailerConfig{
		Store: s.store, Views: engine, BaseURL: shopURL, Secret: shopSecret, SMTP: smtp, From: "Dukani <orders@dukani.example>",
		Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	m, err := handlers.NewMailer(c)
	must(s.t, err)
	return m
}

func TestMailIsSentOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	address, mails := smtpServer(t)
	o, id := s.paidOrder()
	m := s.mailer("smtp://" + address)
	job := &river.Job[models.MailJob]{Args: models.MailJob{MailID: id}}
	for range 2 { // the queue repeats a job whose end it missed
		must(t, m.Work(t.Context(), job))
	}
	sent := <-mails
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(sent)))
	must(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(headerOf(sent, "Subject"))
	must(t, err)
	if want := "შეკვეთა " + o.Number + " გადახდილია"; subject != want {
		t.Errorf("subject %q, want %q", subject, want)
	}
	for _, want := range []string{shopURL + "/ka/orders/" + o.Token, "•••• 0001", "text/plain", "text/html"} {
		if !strings.Contains(string(plain), want) {
			t.Errorf("%q is missing in the mail", want)
		}
	}
	for _, typed := range []string{"ნინო", "599"} { // by a shopper who has not verified the address
		if strings.Contains(string(plain), typed) {
			t.Errorf("%q is in the mail", typed)
		}
	}
	if to := headerOf(sent, "To"); to != "<nino@example.ge>" {
		t.Errorf("sent to %q", to)
	}
	if len(mails) != 0 {
		t.Error("sent twice")
	}
	if stored, err := s.store.MailByID(t.Context(), id); err != nil || stored.SentAt == nil {
		t.Errorf("stored as not sent: %+v, %v", stored, err)
	}
}

func TestMailThatCannotBeSentIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, id := s.paidOrder()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, ln.Close()) // nothing listens there now
	m := s.mailer("smtp://" + ln.Addr().String())
	if err := m.Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: id}}); err == nil {
		t.Fatal("a mail that nobody took counts as sent")
	}
	if stored, err := s.store.MailByID(t.Context(), id); err != nil || stored.SentAt != nil || stored.Text == "" {
		t.Errorf("stored as %+v, %v; want written and not sent", stored, err)
	}
}

func TestMailIsKeptWithoutAMailServer(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *handlers.Config) { c.ShowMailbox = true })
	o, id := s.paidOrder()
	must(t, s.mailer("").Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: id}}))
	if stored, err := s.store.MailByID(t.Context(), id); err != nil || !strings.Contains(stored.Text, o.Number) {
		t.Errorf("kept as %+v, %v; want it to name %s", stored, err, o.Number)
	}
}

// headerOf returns a header of a mail, folded lines joined.
func headerOf(mail, name string) string {
	head, _, _ := strings.Cut(mail, "\r\n\r\n")
	head = strings.ReplaceAll(head, "\r\n ", " ")
	for line := range strings.SplitSeq(head, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			return v
		}
	}
	return ""
}
