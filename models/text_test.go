package models_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"dukani/models"
)

// Hidden letters: marks of direction, spaces without width, fillers that count as
// letters, selectors and tags without anything to change.
const hiddenLetters = "\u200b\u2060\ufeff\u202e\u2066\u00ad\u034f\u115f\u1160\u3164\uffa0\u180e\u17b4\ufe0f\U000e0041\U000e0100\ufffe\x00\x1b"

func TestTextOfOneLineIsTidied(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"  ნინო\t კაპანაძე \r\n":                    "ნინო კაპანაძე",
		"ნი" + hiddenLetters + "ნო":                 "ნინო",
		hiddenLetters:                               "",
		"\u3164\u3164":                              "",
		"\u2800\u2800 \u3000\u00a0\u2007":           "",
		"Ｎｉｎｏ\u3000１２":                              "Nino 12",
		"ﾆﾉ":                                        "ニノ",
		"Jose\u0301":                                "José",
		"Jo\u200bse\u200b\u0301":                    "José",
		"a\rb\vc\fd\u0085e\u2028f\u2029g":           "a b c d e f g",
		"ნი\u200cნ\u200dო N\u200di\u200cno 5\u200d": "ნინო Nino 5",
		"نامه\u200cای":                              "نامه\u200cای", // a joiner that Persian needs
		"\u200dنامه\u200c \u200dا":                  "نامه ا",
		"क\u094d\u200dष":                            "क\u094d\u200dष",
		"👩🏽\u200d🍳 ❤\ufe0f 🏳\ufe0f\u200d🌈":          "👩🏽\u200d🍳 ❤\ufe0f 🏳\ufe0f\u200d🌈",
		"👩\u200d\u200d🍳":                            "👩\u200d🍳",
		"ა\ufe0fბ\ufe0e":                            "აბ",
		"葛\U000e0100":                               "葛\U000e0100", // the variant of a name
		"bad\xff\xc0bytes":                          "badbytes",
		"<b>&amp;</b> \"x\" 'y'":                    "<b>&amp;</b> \"x\" 'y'",
	} {
		got := models.TidyLine(typed)
		if got != want {
			t.Errorf("%+q became %+q, want %+q", typed, got, want)
		}
		if again := models.TidyLine(got); again != got {
			t.Errorf("%+q is not settled: %+q", got, again)
		}
	}
}

func TestTextOfSeveralLinesIsTidied(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"first\r\nsecond\rthird\u2028fourth":     "first\nsecond\nthird\nfourth",
		"\r\n\r\n one \t\r\n\r\n\r\n\r\ntwo\n\n": "one\n\ntwo",
		"a  b" + hiddenLetters + "\nc":           "a b\nc",
		"\u3164\n\u200b\n\u2800":                 "",
		"Ｆｕｌｌ，ｗｉｄｔｈ":                             "Ｆｕｌｌ，ｗｉｄｔｈ", // nobody compares notes
	} {
		if got := models.TidyNote(typed); got != want || models.TidyNote(got) != got {
			t.Errorf("%+q became %+q, want %+q", typed, got, want)
		}
	}
}

func TestMailAddressesHaveOneForm(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("a", n) }
	domain := long(63) + "." + long(63) + "." + long(63) + "."
	for typed, want := range map[string]string{
		" Nino@Example.GE\t": "nino@example.ge",
		"ni" + "\u200b\u3164\u00ad" + "no@exam\u2060ple.ge": "nino@example.ge",
		"\u202anino@example.ge\u202c":                       "nino@example.ge",
		"ｎｉｎｏ＠ｅｘａｍｐｌｅ．ｇｅ":                                   "nino@example.ge",
		"nino@example\u3002ge":                              "nino@example.ge", // the full stop of another keyboard
		"\u212aato@example.ge":                              "kato@example.ge", // the sign for kelvin
		"ÉVA@example.com":                                   "éva@example.com",
		"e\u0301va@example.com":                             "éva@example.com",
		"nino@კაფე.გე":                                      "nino@xn--lodin9b.xn--node",
		"NINO@XN--LODIN9B.xn--node":                         "nino@xn--lodin9b.xn--node",
		"hans@MÜNCHEN.de":                                   "hans@xn--mnchen-3ya.de",
		"hans@mu\u0308nchen.de":                             "hans@xn--mnchen-3ya.de",
		"a.b+c_d-e'f!#$%&*/=?^`{|}~@x.ge":                   "a.b+c_d-e'f!#$%&*/=?^`{|}~@x.ge",
		long(64) + "@example.ge":                            long(64) + "@example.ge",
		"a@" + long(63) + ".ge":                             "a@" + long(63) + ".ge",
		"a@1.2.example":                                     "a@1.2.example",

		"":                              "",
		"nino":                          "",
		"@example.ge":                   "",
		"nino@":                         "",
		"ni no@example.ge":              "",
		"nino@exa mple.ge":              "",
		"ni\u00a0no@example.ge":         "",
		"nino@example.ge\nBcc: x@y.ge":  "",
		"nino@example.ge\u2028x":        "",
		"a@b@example.ge":                "",
		"a@example.ge,b@example.ge":     "",
		"a;b@example.ge":                "",
		`"a b"@example.ge`:              "",
		"a(b)@example.ge":               "",
		"a<b>@example.ge":               "",
		".a@example.ge":                 "",
		"a.@example.ge":                 "",
		"a..b@example.ge":               "",
		"a@localhost":                   "",
		"a@example.ge.":                 "",
		"a@.example.ge":                 "",
		"a@example..ge":                 "",
		"a@-example.ge":                 "",
		"a@example-.ge":                 "",
		"a@exa_mple.ge":                 "",
		"a@example.123":                 "",
		"a@127.0.0.1":                   "",
		"a@[127.0.0.1]":                 "",
		"a@[IPv6:::1]":                  "",
		"a@xn--zzzzzzzzzz99999.ge":      "",
		long(65) + "@example.ge":        "",
		"a@" + long(64) + ".ge":         "",
		"a@" + domain + long(63):        "", // 255
		long(64) + "@" + domain + "com": "", // each part is short enough
	} {
		c := checkout(0)
		c.Email = typed
		wrong := c.Validate()
		switch {
		case want == "" && (len(wrong) != 1 || wrong["email"] != "checkout.error.email"):
			t.Errorf("%+q: %v (%q), want it refused", typed, wrong, c.Email)
		case want != "" && (len(wrong) != 0 || c.Email != want):
			t.Errorf("%+q: %v, %q, want %q", typed, wrong, c.Email, want)
		case want != "":
			if c.Validate(); c.Email != want {
				t.Errorf("%q is not settled: %q", want, c.Email)
			}
		}
	}
}

// An address that was typed with the keyboard set to Georgian is refused with the
// one that was meant.
func TestAnAddressInGeorgianLettersIsExplained(t *testing.T) {
	t.Parallel()
	for typed, latin := range map[string]string{
		"ნინო@გმაილ.ცომ":              "nino@gmail.com",
		" ᲜᲘᲜᲝ@გმაილ.ცომ ":            "nino@gmail.com",
		"ნინო.კაპანაძე@ყაჰოო.ცომ":     "nino.kapanaze@yahoo.com",
		"ნინო@gmail.com":              "nino@gmail.com",
		"nino@გმაილ.ცომ":              "nino@gmail.com",
		"ნინო@xn--loddtic.xn--wodd2b": "nino@gmail.com", // as browsers write it
		"შჩძჭღჟთ@მაილ.რუ":             "sczwrjt@mail.ru",
		"qwerty@იანდეხ.რუ":            "qwerty@iandex.ru",
		"ნინო":                        "",
		"ნინო@გმაილ":                  "",
		"ნი ნო@გმაილ.ცომ":             "",
	} {
		c := checkout(0)
		c.Email = typed
		want := "checkout.error.email"
		if latin != "" {
			want += "_layout " + latin
		}
		if got := c.Validate()["email"]; got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestTelephonesOfEveryKeyboard(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"599 12 34 56":     "+995599123456",
		"٥٩٩١٢٣٤٥٦":        "+995599123456",
		"+۹۹۵ ۵۹۹ ۱۲۳ ۴۵۶": "+995599123456",
		"＋９９５\u3000５９９－１２３－４５６":           "+995599123456",
		"५९९१२३४५६":                       "+995599123456",
		"𝟓𝟗𝟗𝟏𝟐𝟑𝟒𝟓𝟔":                       "+995599123456",
		"\u202a(0\u200b599)\u2011123.456": "+995599123456",
		"+49 30 1234567":                  "+49301234567",
		"599 12 34 ೫":                     "",
		"½99123456":                       "",
	} {
		c := checkout(0)
		c.Phone = typed
		wrong := c.Validate()
		if want == "" && wrong["phone"] == "" || want != "" && (len(wrong) != 0 || c.Phone != want) {
			t.Errorf("%q: %v, %q, want %q", typed, wrong, c.Phone, want)
		}
	}
}

// To every form and look-up all ways to type an address are the same address.
func TestOneAccountWhicheverWayItsAddressIsTyped(t *testing.T) {
	t.Parallel()
	ways := []string{"éva@münchen.de", "\u200bE\u0301VA@MÜNCHEN.de\u3164", "ｅ\u0301ｖａ＠xn--mnchen-3ya.de", " éva@mu\u0308nchen.de\n"}
	const stored = "éva@xn--mnchen-3ya.de"
	for _, first := range ways {
		s := openShop(t)
		s.product("honey", 500, 9)
		s.add("cart", "honey", 1)
		o := checkout(500)
		o.Email = first
		if got := s.place("cart", o).Email; got != stored {
			t.Errorf("the order's address is %q", got)
		}
		c := s.customer(first)
		if c.Email != stored {
			t.Fatalf("%+q is stored as %q", first, c.Email)
		}
		s.exec("UPDATE customers SET verified_at = created_at")
		for _, way := range ways {
			if _, err := s.SignIn(t.Context(), way, "a long enough one", models.From{Network: "x"}); err != nil {
				t.Errorf("%+q, then signing in with %+q: %v", first, way, err)
			}
			if has, err := s.HasCustomer(t.Context(), way); err != nil || !has {
				t.Errorf("%+q: %v, %v", way, has, err)
			}
			_, err := s.Register(t.Context(), models.NewCustomer{Name: "Eva", Email: way, Password: "a long enough one", Lang: models.En}, "x")
			wantField(t, "registering again with "+way, err, "email", "account.error.taken")
			wantField(t, "changing to the same", s.ChangeAddress(t.Context(), c, way, "a long enough one", models.From{Network: "x"}), "email", "account.error.same_address")
			_, err = s.SignInByProvider(t.Context(), models.Claim{Issuer: "i", Subject: "s", Email: way, EmailVerified: true}, models.En)
			if !models.IsKind(err, models.Conflict) {
				t.Errorf("by a provider with %+q: %v", way, err)
			}
			before := s.number("SELECT count(*) FROM mail_links")
			s.exec("DELETE FROM sign_in_tries")
			if err := s.AskReset(t.Context(), way, "x"); err != nil {
				t.Errorf("forgotten, asked with %+q: %v", way, err)
			}
			var asked string
			if err := s.raw.QueryRow("SELECT args ->> 'email' FROM river_job WHERE kind = 'send_reset' ORDER BY id DESC").Scan(&asked); err != nil {
				t.Fatal(err)
			}
			if err := s.SendReset(t.Context(), asked); err != nil || s.number("SELECT count(*) FROM mail_links") != before+1 {
				t.Errorf("forgotten, asked with %+q, looked up as %+q: %v", way, asked, err)
			}
		}
		verified, err := s.CustomerByID(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.ClaimableOrders(t.Context(), verified); err != nil || n != 1 {
			t.Errorf("%d orders can be claimed, %v", n, err)
		}
		if n, err := s.ClaimOrders(t.Context(), c.ID); err != nil || n != 1 {
			t.Errorf("%d orders were claimed, %v", n, err)
		}
	}
}

func wantField(t *testing.T, what string, err error, field, key string) {
	t.Helper()
	if e, ok := errors.AsType[*models.Error](err); !ok || e.Fields[field] != key {
		t.Errorf("%s: %v, want %s at %s", what, err, key, field)
	}
}

// Every look-up refuses, at the field, what is not an address.
func TestLookUpsSayWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	c := s.customer("nino@gmail.com")
	for typed, key := range map[string]string{"ნინო@გმაილ.ცომ": "checkout.error.email_layout nino@gmail.com", "nino@gmail": "checkout.error.email"} {
		_, err := s.SignIn(t.Context(), typed, "a long enough one", models.From{Network: "x"})
		wantField(t, "signing in", err, "email", key)
		wantField(t, "forgotten", s.AskReset(t.Context(), typed, "x"), "email", key)
		wantField(t, "changing", s.ChangeAddress(t.Context(), c, typed, "a long enough one", models.From{Network: "x"}), "email", key)
		_, err = s.Register(t.Context(), models.NewCustomer{Name: "Nino", Email: typed, Password: "a long enough one", Lang: models.En}, "x")
		wantField(t, "registering", err, "email", key)
		if _, err = s.SignInByProvider(t.Context(), models.Claim{Issuer: "i", Subject: "s", Email: typed, EmailVerified: true}, models.En); !models.IsKind(err, models.Forbidden) {
			t.Errorf("a provider with %q: %v", typed, err)
		}
	}
}

func TestAPasswordIsTheSameOnEveryKeyboard(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for i, c := range []struct{ chosen, typed string }{
		{"sa\u0301ntha pa\u0301nino", "sántha pánino"},
		{"sántha pánino", "sa\u0301ntha\u00a0pa\u0301nino"},
		{"გრძელი პაროლი", "გრძელი\u3000პაროლი"},
		{"cook 👩\u200d🍳 e\u0301", "cook 👩\u200d🍳 é"}, // no password of RFC 8265
	} {
		email := fmt.Sprintf("n%d@example.ge", i)
		if _, err := s.Register(t.Context(), models.NewCustomer{Name: "Nino", Email: email, Password: c.chosen, Lang: models.En}, "x"); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{c.chosen, c.typed} {
			if _, err := s.SignIn(t.Context(), email, typed, models.From{Network: "x"}); err != nil {
				t.Errorf("chosen %+q, typed %+q: %v", c.chosen, typed, err)
			}
		}
		if _, err := s.SignIn(t.Context(), email, strings.ToUpper(c.typed)+"!", models.From{Network: "x"}); !models.IsKind(err, models.Invalid) {
			t.Errorf("another password: %v", err)
		}
	}
	for _, password := range []string{strings.Repeat("\u3164", 9), "\u200b\u3164abc\u2060\u00ad\u115f", "ｐａｓｓｗｏｒｄ", "PASSWORD\u200b"} {
		_, err := s.Register(t.Context(), models.NewCustomer{Name: "Nino", Email: "x@example.ge", Password: password, Lang: models.En}, "x")
		if e, ok := errors.AsType[*models.Error](err); !ok || e.Fields["password"] == "" {
			t.Errorf("%+q was taken: %v", password, err)
		}
	}
}

// A password that was hashed as typed, before passwords were tidied, still fits.
func TestAPasswordHashedAsItCameStillFits(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.customer("nino@example.ge")
	const password = "sa\u0301ntha pa\u0301nino" // not composed, as a telephone may type it
	salt := []byte("0123456789abcdef")
	b64 := base64.RawStdEncoding
	s.exec("UPDATE customers SET password_hash = ?", fmt.Sprintf("$argon2id$v=%d$m=19456,t=2,p=1$%s$%s", argon2.Version,
		b64.EncodeToString(salt), b64.EncodeToString(argon2.IDKey([]byte(password), salt, 2, 19456, 1, 32))))
	if _, err := s.SignIn(t.Context(), "nino@example.ge", password, models.From{Network: "x"}); err != nil {
		t.Error(err)
	}
}

func TestNamesOfNothingAreNone(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	c := s.customer("nino@example.ge")
	for _, name := range []string{"\u3164\u3164", "\u115f\u1160", "\uffa0\uffa0", "\u2800\u2800", "\u034f\u034f", hiddenLetters, "\u200dა\u200d", ". .", "\ufe0f\ufe0f",
		"\U00013441\U00013442", "\u0640\u0640", "\u02bc\u02bc", "\u30fc\u30fc"} {
		_, err := s.Register(t.Context(), models.NewCustomer{Name: name, Email: "x@example.ge", Password: "a long enough one", Lang: models.En}, "x")
		wantField(t, fmt.Sprintf("registering as %+q", name), err, "name", "checkout.error.name")
		err = s.SaveProfile(t.Context(), c, models.Profile{Name: name, Lang: models.En})
		wantField(t, fmt.Sprintf("calling oneself %+q", name), err, "name", "checkout.error.name")
		a := models.Address{CustomerID: c.ID, Name: name, Phone: "599123456", Delivery: models.Courier, Street: "ჭავჭავაძის 1"}
		wantField(t, fmt.Sprintf("an address of %+q", name), s.SaveAddress(t.Context(), models.En, &a), "name", "checkout.error.name")
		o := checkout(0)
		o.Name = name
		if wrong := o.Validate(); wrong["name"] == "" {
			t.Errorf("an order of %+q", name)
		}
		by, err := s.SignInByProvider(t.Context(), models.Claim{Issuer: "i", Subject: name, Email: "giorgi@example.ge", EmailVerified: true, Name: name}, models.En)
		if err != nil || by.Name != "giorgi" {
			t.Errorf("a provider's %+q is called %+v, %v", name, by, err)
		}
		s.exec("DELETE FROM customers WHERE email = 'giorgi@example.ge'")
	}
}

// The customer's own address is recognized although it is stored in another form.
func TestOwnAddressIsNoPasswordHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	_, err := s.Register(t.Context(), models.NewCustomer{Name: "Éva", Email: "éva@münchen.de", Password: "ÉVA@MÜNCHEN.de", Lang: models.En}, "x")
	wantField(t, "the address as it was typed", err, "password", "account.error.password_own")
}
