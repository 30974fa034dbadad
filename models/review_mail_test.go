package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// hire adds a member of staff.
func (s *shop) hire(email string, role models.Role, lang models.Lang) {
	s.t.Helper()
	s.exec(`INSERT INTO staff (email, name, role, lang, password_hash, created_at, updated_at)
		VALUES (?, ?, ?, ?, 'x', '2026-11-01', '2026-11-01')`, email, email, role, lang)
}

// mailStaff lets time pass, mails staff as the worker does, and lists the mails.
func (s *shop) mailStaff(after time.Duration) string {
	s.t.Helper()
	s.now = s.now.Add(after)
	if err := s.MailReviewItems(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	list, err := s.Mails(s.t.Context(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, m := range list {
		if m.Kind == models.MailReview && m.CreatedAt.Equal(list[0].CreatedAt) && s.Now().Sub(m.CreatedAt) < time.Second {
			all = append([]string{m.Recipient + " " + string(m.Lang) + " " + m.About}, all...)
		}
	}
	return strings.Join(all, ", ")
}

// Nobody is told twice, money is told at once, and the rest once in a quarter of an hour.
func TestStaffAreMailedAboutWhatIsNew(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.hire("manager@example.ge", models.RoleManager, models.Ka)
	s.hire("clerk@example.ge", models.RoleClerk, models.En)
	s.hire("viewer@example.ge", models.RoleViewer, models.En)
	s.hire("gone@example.ge", models.RoleManager, models.En)
	s.exec("UPDATE staff SET disabled_at = '2026-11-02' WHERE email = 'gone@example.ge'")

	if got := s.mailStaff(0); got != "" {
		t.Errorf("an empty queue: %s", got)
	}
	s.settle(report(o, o.LastPayment(), "")) // item 1, an unknown status
	if got, want := s.mailStaff(time.Second), "manager@example.ge ka 1: 1 +, clerk@example.ge en 1: 1 +"; got != want {
		t.Errorf("the first: %q, want %q", got, want)
	}
	for i := range 2 { // items 2 and 3, of a kind that waits
		s.exec(`INSERT INTO review_items (kind, subject, detail, happening, at) VALUES ('card_not_forgotten', ?, '', '', '2026-11-01')`, fmt.Sprint(i))
	}
	if got := s.mailStaff(time.Minute); got != "" {
		t.Errorf("within a quarter of an hour: %s", got)
	}
	wrong := report(o, o.LastPayment(), models.PaymentPaid)
	wrong.Requested = 1
	s.settle(wrong) // item 4, money
	if got, want := s.mailStaff(time.Second), "manager@example.ge ka 1: 4"; got != want {
		t.Errorf("money: %q, want %q", got, want)
	}
	if got, want := s.mailStaff(15*time.Minute), "manager@example.ge ka 2: 2 3 +, clerk@example.ge en 2: 2 3 +"; got != want {
		t.Errorf("the rest, together: %q, want %q", got, want)
	}
	if got := s.mailStaff(time.Hour); got != "" {
		t.Errorf("told again: %s", got)
	}
	m, err := s.MailByID(t.Context(), int64(s.number("SELECT max(id) FROM mails")))
	if err != nil {
		t.Fatal(err)
	}
	if items, inAll, err := s.ReviewItemsOf(t.Context(), m); err != nil || len(items) != 2 || inAll != 2 || items[0].ID != 2 {
		t.Errorf("the mail lists %+v of %d, %v", items, inAll, err)
	}
}

func TestUrgentItemsQueueTheirMailAtOnce(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	jobs := func() int { return s.number("SELECT count(*) FROM river_job WHERE kind = 'mail_review_items'") }
	s.settle(report(o, o.LastPayment(), ""))
	if n := jobs(); n != 0 {
		t.Errorf("%d jobs for what can wait", n)
	}
	wrong := report(o, o.LastPayment(), models.PaymentPaid)
	wrong.Requested = 1
	s.settle(wrong)
	if n := jobs(); n != 1 {
		t.Errorf("%d jobs for money, want 1", n)
	}
}

// Every kind that the program has is in the table of ways out, and nothing else is.
func TestEveryKindOfReviewHasItsWaysOut(t *testing.T) {
	t.Parallel()
	constants := typedConstants(t)["ReviewKind"]
	kinds := models.ReviewKinds()
	for _, kind := range kinds {
		if !constants[string(kind)] {
			t.Errorf("%s is no kind", kind)
		}
		delete(constants, string(kind))
	}
	for kind := range constants {
		t.Errorf("%s has no ways out", kind)
	}
}
