package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/wneessen/go-mail"

	"dukani/models"
)

const (
	// smtpPatience is how long each of the four steps of sending may take: connecting,
	// signing in, sending, quitting.
	smtpPatience = 10 * time.Second
	// mailTime is more than these steps take together, and less than the minute after
	// which the queue takes a job for lost.
	mailTime = 45 * time.Second
	// mailLife is how long after it was queued a mail is still worth sending.
	mailLife = 48 * time.Hour
)

// Timeout is how long the queue lets one mail take.
func (m *Mailer) Timeout(*river.Job[models.MailJob]) time.Duration { return mailTime }

// NextRetry is when a mail that was not sent is tried again: after half a minute, then
// twice as long each time, at most four hours.
func (m *Mailer) NextRetry(job *river.Job[models.MailJob]) time.Time {
	pause := 30 * time.Second << min(max(job.Attempt-1, 0), 9)
	return time.Now().Add(min(pause, 4*time.Hour))
}

// smtpDialer reads SMTP_URL and returns a function that makes a client for one mail; a
// client must not be used twice, because it remembers what the server offered. A password
// is sent over TLS only, except to a server on this machine.
func smtpDialer(address string) (func() (*mail.Client, error), error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	// The best first; the library picks the first one that the server offers.
	mechanisms := []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5}
	options := []mail.Option{mail.WithTimeout(smtpPatience)}
	switch ip := u.Hostname(); {
	case u.Scheme == "smtps":
		options = append(options, mail.WithSSL())
	case ip == "127.0.0.1" || ip == "::1" || ip == "localhost":
		mechanisms[2], mechanisms[3] = mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		options = append(options, mail.WithPort(port))
	}
	if password, ok := u.User.Password(); ok {
		options = append(options, mail.WithOpportunisticSMTPAuth(mechanisms...), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	dial := func() (*mail.Client, error) { return mail.NewClient(u.Hostname(), options...) }
	if _, err := dial(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return dial, nil
}

func (m *Mailer) send(ctx context.Context, stored *models.Mail) error {
	msg := mail.NewMsg()
	if err := msg.From(m.From); err != nil {
		return err
	}
	if err := msg.To(stored.Recipient); err != nil {
		return fmt.Errorf("%w: %w", errNoAddress, err)
	}
	msg.Subject(stored.Subject)
	// The same mail has the same id whenever it is repeated.
	msg.SetMessageIDWithValue(fmt.Sprintf("mail-%d@%s", stored.ID, host(m.BaseURL)))
	msg.SetDateWithValue(stored.CreatedAt)
	msg.SetBodyString(mail.TypeTextPlain, stored.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, stored.HTML)
	client, err := m.dial()
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		return err // once the server has taken the mail, an error at quitting does not matter
	}
	return nil
}

// notSent records a mail that was not taken, and what that says about the server.
func (m *Mailer) notSent(ctx context.Context, stored *models.Mail, err error) error {
	refused := refusedForGood(err)
	if refused {
		m.server.answered(nil) // the server works, and refuses this mail
	} else {
		m.server.answered(err)
	}
	return m.failed(ctx, stored, err, refused)
}

// failed records that a mail was not sent, and returns the error if it is to be tried
// again; refused says that it can never arrive.
func (m *Mailer) failed(ctx context.Context, stored *models.Mail, err error, refused bool) error {
	until, lifeErr := m.usefulUntil(ctx, stored)
	if lifeErr != nil {
		return lifeErr
	}
	giveUp := refused || !m.Store.Now().Before(until)
	why := strings.ReplaceAll(err.Error(), stored.Recipient, "…") // the log and staff need no address
	why = why[:min(len(why), 500)]
	m.Log.WarnContext(ctx, "mail not sent", "mail", stored.ID, "kind", stored.Kind, "tries", stored.Tries+1, "given_up", giveUp, "err", why)
	if err := m.Store.MailFailed(ctx, stored, why, giveUp); err != nil || giveUp {
		return err
	}
	return fmt.Errorf("send mail %d: %w", stored.ID, err)
}

// usefulUntil is when it is too late for a mail, or for the link in it.
func (m *Mailer) usefulUntil(ctx context.Context, stored *models.Mail) (time.Time, error) {
	until := stored.CreatedAt.Add(mailLife)
	if stored.LinkID == nil {
		return until, nil
	}
	link, err := m.Store.LinkByID(ctx, *stored.LinkID)
	if err == nil && link.ExpiresAt.Before(until) {
		until = link.ExpiresAt
	}
	return until, err
}

// refusedForGood reports whether the mail can never arrive: there is no such mailbox, or
// the address is none. Refusals of the shop itself (5.7, its address, its password) can
// be mended.
func refusedForGood(err error) bool {
	if errors.Is(err, errNoAddress) {
		return true
	}
	e, ok := errors.AsType[*mail.SendError](err)
	return ok && e.Reason == mail.ErrSMTPRcptTo && (e.ErrorCode() == 501 || e.ErrorCode() >= 550) && !strings.Contains(err.Error(), `"5.7.`)
}

var errNoAddress = errors.New("this is no address")

// serverState is how the last conversation with the mail server ended.
type serverState struct {
	mu   sync.Mutex
	last error
}

func (s *serverState) answered(err error) {
	s.mu.Lock()
	s.last = err
	s.mu.Unlock()
}

// Check reports why mails do not leave, as far as is known.
func (m *Mailer) Check(context.Context) error {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	return m.server.last
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "localhost"
	}
	return u.Hostname()
}
