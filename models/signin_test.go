package models_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/storetest"
)

const rightPassword = "a long enough one"

func TestSignInLimits(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.customer("nino@example.ge")
	tries := func(email, password, network string) error {
		_, err := s.SignIn(t.Context(), email, password, models.From{Network: network})
		return err
	}
	want := func(what string, err error, kind models.Kind) {
		t.Helper()
		if !models.IsKind(err, kind) {
			t.Errorf("%s: %v, want kind %d", what, err, kind)
		}
	}
	for range 2 { // a success lets the account start afresh
		for range 9 {
			want("a guess", tries("nino@example.ge", "wrong wrong", "a"), models.Invalid)
		}
		if err := tries("Nino@example.ge ", rightPassword, "a"); err != nil {
			t.Fatalf("the right password after nine wrong ones: %v", err)
		}
	}
	for _, email := range []string{"nino@example.ge", "nobody@example.ge"} { // the same whether there is an account
		for range 10 {
			want("a guess", tries(email, "wrong wrong", "a"), models.Invalid)
		}
		want("one guess too many", tries(email, "wrong wrong", "a"), models.Limited)
	}
	want("the right password, too often wrong before", tries("nino@example.ge", rightPassword, "b"), models.Limited)
	s.now = s.now.Add(15*time.Minute + time.Second)
	if err := tries("nino@example.ge", rightPassword, "b"); err != nil {
		t.Errorf("after a while: %v", err)
	}
	if n := s.number("SELECT count(*) FROM sign_in_tries"); n != 0 {
		t.Errorf("%d tries are remembered for longer than they count", n)
	}
}

func TestSignInLimitOfANetwork(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.customer("nino@example.ge")
	for i := range 100 {
		if err := s.AskReset(t.Context(), fmt.Sprint("x", i, "@example.ge"), "net"); err != nil {
			t.Fatalf("question %d: %v", i, err)
		}
	}
	if _, err := s.SignIn(t.Context(), "nino@example.ge", rightPassword, models.From{Network: "net"}); !models.IsKind(err, models.Limited) {
		t.Errorf("signing in from there: %v", err)
	}
	if _, err := s.Register(t.Context(), models.NewCustomer{Name: "Nino", Email: "new@example.ge", Password: rightPassword, Lang: models.Ka}, "net"); !models.IsKind(err, models.Limited) {
		t.Errorf("registering from there: %v", err)
	}
	if _, err := s.SignIn(t.Context(), "nino@example.ge", rightPassword, models.From{Network: "elsewhere"}); err != nil {
		t.Errorf("signing in from elsewhere: %v", err)
	}
}

// Guesses made at the same moment are counted, too.
func TestSignInLimitHoldsInParallel(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.customer("nino@example.ge")
	var wrong, limited atomic.Int32
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			_, err := s.SignIn(t.Context(), "nino@example.ge", "wrong wrong", models.From{Network: "a"})
			switch {
			case models.IsKind(err, models.Invalid):
				wrong.Add(1)
			case models.IsKind(err, models.Limited):
				limited.Add(1)
			default:
				t.Errorf("a guess: %v", err)
			}
		})
	}
	all.Wait()
	if wrong.Load() != 10 || limited.Load() != 20 {
		t.Errorf("%d guesses were answered and %d refused, want 10 and 20", wrong.Load(), limited.Load())
	}
}

// Neither the answer nor the work behind it reveals whether there is an account.
func TestSignInTakesAsLongForNobody(t *testing.T) {
	s := openShop(t)
	s.PasswordMemory = 0 // as in a shop
	s.customer("nino@example.ge")
	s.exec("INSERT INTO customers (email, name, lang, created_at, updated_at) VALUES ('provider@example.ge', 'N', 'ka', ?, ?)", s.now, s.now)
	const rounds, enough = 60, 8 // what else the machine does only makes some rounds longer
	best := map[string]time.Duration{"nino@example.ge": time.Hour, "nobody@example.ge": time.Hour, "provider@example.ge": time.Hour}
	for round := range rounds {
		s.exec("DELETE FROM sign_in_tries")
		for email := range best {
			start := time.Now()
			_, err := s.SignIn(t.Context(), email, "wrong wrong", models.From{Network: "a"})
			best[email] = min(best[email], time.Since(start))
			if err == nil || err.Error() != "signin.wrong" {
				t.Fatalf("%s: %v", email, err)
			}
		}
		known, alike := best["nino@example.ge"], true
		for _, took := range best {
			alike = alike && took > known/2 && took < known*2
		}
		if alike && round >= enough {
			return
		}
	}
	t.Errorf("the shortest times are %v, want them alike", best)
}

func TestAskResetIsQuiet(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.customer("nino@example.ge")
	for i := range 6 {
		for _, email := range []string{"nino@example.ge", "nobody@example.ge"} {
			if err := s.AskReset(t.Context(), email, "a"); err != nil {
				t.Errorf("%s, time %d: %v", email, i+1, err)
			}
		}
	}
	if n := s.number("SELECT count(*) FROM mails"); n != 1 { // the one that came with the account
		t.Errorf("%d mails before the job has run", n)
	}
	for _, email := range []string{"nino@example.ge", "nobody@example.ge"} {
		if n := s.number("SELECT count(*) FROM river_job WHERE kind = 'send_reset' AND args ->> 'email' = ?", email); n != 3 {
			t.Errorf("%d jobs for %s within minutes, want 3", n, email)
		}
		if err := s.SendReset(t.Context(), email); err != nil {
			t.Error(err)
		}
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'reset' AND recipient = 'nino@example.ge'"); n != 1 {
		t.Errorf("%d mails for one job", n)
	}
	if n := s.number("SELECT count(*) FROM mails"); n != 2 {
		t.Errorf("%d mails, want those to nino only", n)
	}
}

// Time could reveal what a page does not: a request about an address with an account must not
// be more work than one about an address without.
func TestAskResetIsTheSameWorkForEveryAddress(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t) // it counts what it changes
	s := openShop(t)
	s.customer("nino@example.ge")
	changes := func() (n int) {
		// The queue wakes its workers at times that do not depend on an address.
		if err := s.JobsDB().QueryRow("SELECT total_changes() - (SELECT count(*) FROM river_notification)").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	work := map[string]int{}
	for _, email := range []string{"nobody@example.ge", "nino@example.ge", "anybody@example.ge"} {
		before := changes()
		if err := s.AskReset(t.Context(), email, email); err != nil {
			t.Fatal(err)
		}
		work[email] = changes() - before
	}
	if work["nino@example.ge"] != work["nobody@example.ge"] || work["nino@example.ge"] != work["anybody@example.ge"] || work["nino@example.ge"] == 0 {
		t.Errorf("rows changed: %v", work)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for password, want := range map[string]string{
		"":                                 "account.error.password_short",
		"1234567":                          "account.error.password_short",
		"შვიდიას":                          "account.error.password_short", // seven letters, 21 bytes
		strings.Repeat("ab", 65):           "account.error.password_long",
		"PassWord1":                        "account.error.password_common",
		"საქართველო":                       "account.error.password_common",
		"aaaaaaaaaa":                       "account.error.password_common",
		"        ":                         "account.error.password_common",
		"Nino.K@Example.ge":                "account.error.password_own",
		"nino kapanadze":                   "account.error.password_own",
		"NinoKapanadze":                    "account.error.password_own",
		"\xff\xfe\xff\xfe\xff\xfe\xff\xfe": "account.error.password_short",
		"რვა ასოა":                         "",
		strings.Repeat("აბ", 64):           "",
		"correct horse battery":            "",
	} {
		_, err := s.Register(t.Context(), models.NewCustomer{Name: "Nino Kapanadze", Email: "nino.k@example.ge", Password: password, Lang: models.Ka}, password)
		got := ""
		if e, ok := err.(*models.Error); ok {
			got = e.Fields["password"]
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
		s.exec("DELETE FROM customers")
	}
}

func TestStoredPassword(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.PasswordMemory = 0 // as in a shop
	s.customer("a@example.ge")
	s.customer("b@example.ge")
	var hashes []string
	for _, email := range []string{"a@example.ge", "b@example.ge"} {
		c, err := s.SignIn(t.Context(), email, rightPassword, models.From{Network: "a"})
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, c.PasswordHash)
	}
	if !strings.HasPrefix(hashes[0], "$argon2id$v=19$m=19456,t=2,p=1$") || hashes[0] == hashes[1] {
		t.Errorf("stored as %q and %q", hashes[0], hashes[1])
	}
}

// Strangers who guess passwords cannot lock out the owner, who has signed in before on the
// device or reads the account's mail.
func TestGuessesOfOthersDoNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	nino := s.customer("nino@example.ge")
	other := s.customer("giorgi@example.ge")
	guess := func(from models.From) error {
		_, err := s.SignIn(t.Context(), "nino@example.ge", "wrong wrong", from)
		return err
	}
	for i := range 110 { // from everywhere, and from the owner's own network
		guess(models.From{Network: fmt.Sprint(i)})
		guess(models.From{Network: "home"})
	}
	home := models.From{Network: "home", Devices: map[int64]string{nino.ID: "her laptop"}}
	if _, err := s.SignIn(t.Context(), "nino@example.ge", rightPassword, home); err != nil {
		t.Errorf("the owner, on her own device: %v", err)
	}
	if err := s.Prove(t.Context(), nino, rightPassword, home); err != nil {
		t.Errorf("the owner's proof: %v", err)
	}
	stranger := models.From{Network: "home", Devices: map[int64]string{other.ID: "his laptop"}}
	if err := guess(stranger); !models.IsKind(err, models.Limited) {
		t.Errorf("somebody else's device opens another count: %v", err)
	}
	// The owner's success gives strangers no more tries, and her device has a limit, too.
	if err := guess(models.From{Network: "x"}); !models.IsKind(err, models.Limited) {
		t.Errorf("a stranger after the owner has signed in: %v", err)
	}
	for range 10 {
		if err := guess(home); !models.IsKind(err, models.Invalid) {
			t.Errorf("a wrong password on the owner's device: %v", err)
		}
	}
	if err := guess(home); !models.IsKind(err, models.Limited) {
		t.Errorf("one too many on the owner's device: %v", err)
	}
}

func TestTheOwnerIsToldOfGuesses(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.customer("nino@example.ge")
	queued := func() int { return s.number("SELECT count(*) FROM river_job WHERE kind = 'warn_owner'") }
	told := func() int { return s.number("SELECT count(*) FROM mails WHERE kind = 'sign_in_tried'") }
	for i, email := range []string{"nino@example.ge", "nobody@example.ge"} { // the same work for both
		for range 15 {
			s.SignIn(t.Context(), email, "wrong wrong", models.From{Network: "a"})
		}
		if n := queued(); n != i+1 {
			t.Errorf("%s: %d warnings are queued", email, n)
		}
		for range 2 {
			if err := s.WarnOwner(t.Context(), email); err != nil {
				t.Fatal(err)
			}
		}
		if n := told(); n != 1 {
			t.Errorf("%s: %d mails, want one to the owner", email, n)
		}
	}
	s.now = s.now.Add(25 * time.Hour)
	if err := s.WarnOwner(t.Context(), "nino@example.ge"); err != nil || told() != 2 {
		t.Errorf("a day later: %d mails, %v", told(), err)
	}
}
