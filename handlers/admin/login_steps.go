package admin

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"dukani/models"
	"dukani/views"
)

// After the password come up to three steps, each a page of its own: the code of the second
// factor, or setting one up; recovery codes, shown once; and a password of one's own in place
// of a generated one.

// showLoginCode handles GET /admin/login/code.
func (a *app) showLoginCode(v visit) error {
	switch {
	case v.session.ProvedAt != nil:
		return v.toNext(v.Query("next"))
	case !hasSecondFactor(v.who):
		return v.goTo("/login/setup" + v.sameNext())
	}
	form := v.emptyForm("code", "recovery")
	form.Values["next"] = v.Query("next")
	return a.loginCodePage(v, form)
}

func (a *app) loginCodePage(v visit, form views.Form) error {
	return v.Render("admin/login_code", views.AdminProof{
		AdminPage: v.page(v.text("admin.code.title")), Form: form, Next: ownOrNone(form.Value("next")), Action: Prefix + "/login/code",
	})
}

// loginCode handles POST /admin/login/code.
func (a *app) loginCode(v visit) error {
	form, err := v.form("code", "recovery", "next")
	if err != nil {
		return err
	}
	given, err := v.secondFactor(form.Value("code"), form.Value("recovery"))
	if err != nil {
		return err
	}
	key, err := a.Store.ProveStaff(v.UserContext(), v.who, v.session, given, v.origin())
	if err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.loginCodePage(v, form)
	}
	if err := v.signedIn(key); err != nil {
		return err
	}
	return v.toNext(form.Value("next"))
}

// signedIn gives the browser the key of a session whose sign-in is complete, and remembers the
// browser. "" is the key that it has.
func (v visit) signedIn(key string) error {
	if key != "" {
		v.app.setCookie(v.Ctx, key)
	}
	return v.rememberDevice()
}

// showLoginSetup handles GET /admin/login/setup.
func (a *app) showLoginSetup(v visit) error {
	if v.session.ProvedAt != nil || hasSecondFactor(v.who) {
		return v.goTo("/login/code" + v.sameNext())
	}
	form := v.emptyForm("code")
	form.Values["next"] = v.Query("next")
	return a.setupPage(v, form, Prefix+"/login/setup")
}

// setupPage shows the secret of a second factor, as a picture and as text.
func (a *app) setupPage(v visit, form views.Form, action string) error {
	key, err := v.offeredKey()
	if err != nil {
		return err
	}
	picture, err := drawQR(key.String())
	if err != nil {
		return err
	}
	p := views.AdminSetup{
		AdminPage: v.page(v.text("admin.setup.title")), Form: form, Next: ownOrNone(form.Value("next")), Action: action, QR: picture, Email: v.who.Email,
	}
	for secret := key.Secret(); secret != ""; {
		n := min(4, len(secret))
		p.Secret, secret = append(p.Secret, secret[:n]), secret[n:]
	}
	return v.Render("admin/login_setup", p)
}

// offeredKey is the offered secret with the names under which a device lists it.
func (v visit) offeredKey() (*otp.Key, error) {
	return totp.Generate(totp.GenerateOpts{Issuer: v.app.Seller(models.En).Name, AccountName: v.who.Email, Secret: v.offeredSecret()})
}

// loginSetup handles POST /admin/login/setup: a code shows that the device knows the secret.
func (a *app) loginSetup(v visit) error {
	if v.session.ProvedAt != nil || hasSecondFactor(v.who) {
		return v.goTo("/login/code" + v.sameNext())
	}
	return a.setUp(v, Prefix+"/login/setup")
}

// setUp sets up the offered second factor and shows the recovery codes, which no later page
// can: they are stored as hashes.
func (a *app) setUp(v visit, action string) error {
	form, err := v.form("code", "next")
	if err != nil {
		return err
	}
	secret := noPadding.EncodeToString(v.offeredSecret())
	step, err := totpStep(secret, form.Value("code"), v.now())
	if err != nil {
		return err
	}
	sealed, err := a.sealer.Encode(sealedSecret, secret)
	if err != nil {
		return err
	}
	codes, key, err := a.Store.SetUpSecondFactor(v.UserContext(), v.who, v.session, sealed, step, v.origin())
	if err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.setupPage(v, form, action)
	}
	if err := v.signedIn(key); err != nil {
		return err
	}
	next := form.Value("next")
	if !ownPath(next) {
		next = Prefix
	}
	return a.codesPage(v, codes, next)
}

func (a *app) codesPage(v visit, codes []string, next string) error {
	return v.Render("admin/recovery_codes", views.AdminCodes{AdminPage: v.page(v.text("admin.codes.title")), Codes: codes, Next: next})
}

// showLoginPassword handles GET /admin/login/password, where somebody chooses a password in
// place of a generated one.
func (a *app) showLoginPassword(v visit) error {
	switch {
	case v.session.ProvedAt == nil:
		return errSecondFactor
	case v.who.PasswordUntil == nil:
		return v.toNext(v.Query("next"))
	}
	form := v.emptyForm("new_password")
	form.Values["next"] = v.Query("next")
	return a.passwordPage(v, form)
}

func (a *app) passwordPage(v visit, form views.Form) error {
	p := views.AdminPassword{
		AdminPage: v.page(v.text("admin.password.title")), Form: form, Next: ownOrNone(form.Value("next")), Action: Prefix + "/me/password", Email: v.who.Email,
	}
	if v.who.PasswordUntil != nil {
		p.First, p.Action = true, Prefix+"/login/password"
	}
	return v.Render("admin/password", p)
}

// loginPassword handles POST /admin/login/password.
func (a *app) loginPassword(v visit) error {
	switch {
	case v.session.ProvedAt == nil:
		return errSecondFactor
	case v.who.PasswordUntil == nil:
		return v.goTo("")
	}
	form, err := v.form("new_password", "next")
	if err != nil {
		return err
	}
	if err := a.Store.ChangeStaffPassword(v.UserContext(), v.who, v.session, "", form.Value("new_password"), v.origin()); err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.passwordPage(v, form)
	}
	return v.toNext(form.Value("next"))
}

// drawQR draws a text as a QR code, one row of dark squares after the other, within the four
// empty squares that readers expect around it.
func drawQR(text string) (views.QR, error) {
	const quiet = 4
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return views.QR{}, err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if isDark(code, x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return views.QR{Size: size + 2*quiet, Path: path.String()}, nil
}

func isDark(code barcode.Barcode, x, y int) bool {
	r, g, b, _ := code.At(x, y).RGBA()
	return r+g+b == 0
}
