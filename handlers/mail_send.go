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
	// smtpPatience is how long each of the four steps of sending may take: connect,
	// greet and sign in, hand over, part.
	smtpPatience = 10 * time.Second
	// mailTime is more than they take together, and less than the minute after which
	// the queue takes a job for lost.
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

// smtpDialer reads SMTP_URL and returns what makes the client for one mail: one that is
// used again keeps what it learnt of the server. A password leaves only over TLS, except
// to a server on this very machine.
func smtpDialer(address string) (func() (*mail.Client, error), error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	// What any server does that offers it, first; the library looks for others by itself.
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
		return err // once the mail is taken it does not matter how the server parts
	}
	return nil
}

// notSent notes what a mail that was not taken tells of the server.
func (m *Mailer) notSent(ctx context.Context, stored *models.Mail, err error) error {
	refused := refusedForGood(err)
	if refused {
		m.server.answered(nil) // it works: it is this mail that it does not take
	} else {
		m.server.answered(err)
	}
	return m.failed(ctx, stored, err, refused)
}

// failed notes that a mail did not leave, and returns why if it is to be tried again;
// refused says that it would never arrive.
func (m *Mailer) failed(ctx context.Context, stored *models.Mail, err error, refused bool) error {
	until, lifeErr := m.until(ctx, stored)
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

// until is when it is too late for a mail: its words or its link are of no use then.
func (m *Mailer) until(ctx context.Context, stored *models.Mail) (time.Time, error) {
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

// refusedForGood reports whether the mail can never arrive: the server knows that there
// is no such mailbox, or the address is none. A server that refuses us (5.7, or our own
// address, or the password) may be set right by somebody.
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
