package admin

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

// route is one address of the back office and who may use it.
type route struct {
	method, path string      // the path after Prefix
	least        models.Role // the role that it takes at least; anybody for those before the sign-in
	money        bool        // moves money: the proof must be fresh
	limited      bool        // one network may not use it too often
	handle       func(visit) error
}

// The rights of people without a role.
const (
	anybody models.Role = ""        // nobody needs to have signed in
	halfway models.Role = "halfway" // the password was given, the second factor not yet
)

// routes is every address of the back office, and the one table of rights.
func (a *app) routes() []route {
	const get, post = fiber.MethodGet, fiber.MethodPost
	const viewer, clerk, manager = models.RoleViewer, models.RoleClerk, models.RoleManager
	return []route{
		{method: get, path: "/login", least: anybody, handle: a.showLogin},
		{method: post, path: "/login", least: anybody, limited: true, handle: a.login},
		{method: get, path: "/login/code", least: halfway, handle: a.showLoginCode},
		{method: post, path: "/login/code", least: halfway, limited: true, handle: a.loginCode},
		{method: get, path: "/login/setup", least: halfway, handle: a.showLoginSetup},
		{method: post, path: "/login/setup", least: halfway, limited: true, handle: a.loginSetup},
		{method: get, path: "/login/password", least: halfway, handle: a.showLoginPassword},
		{method: post, path: "/login/password", least: halfway, limited: true, handle: a.loginPassword},
		{method: get, path: "/confirm", least: viewer, handle: a.showConfirm},
		{method: post, path: "/confirm", least: viewer, limited: true, handle: a.confirm},
		{method: post, path: "/logout", least: halfway, handle: a.logout},
		{method: post, path: "/language", least: halfway, handle: a.changeLanguage},

		{method: get, path: "/me", least: viewer, handle: a.showMe},
		{method: post, path: "/me", least: viewer, handle: a.changeMe},
		{method: get, path: "/me/password", least: viewer, handle: a.showPassword},
		{method: post, path: "/me/password", least: viewer, limited: true, handle: a.changePassword},
		{method: get, path: "/me/device", least: viewer, money: true, handle: a.showDevice},
		{method: post, path: "/me/device", least: viewer, money: true, limited: true, handle: a.changeDevice},
		{method: post, path: "/me/codes", least: viewer, money: true, handle: a.renewCodes},
		{method: post, path: "/me/sessions", least: viewer, handle: a.endOtherSessions},
		{method: get, path: "/rights", least: viewer, handle: a.showRights},
		{method: get, path: "/staff", least: manager, handle: a.showStaff},
		{method: get, path: "/staff/new", least: manager, money: true, handle: a.newStaff},
		{method: post, path: "/staff", least: manager, money: true, handle: a.addStaff},
		{method: get, path: "/staff/:id", least: manager, money: true, handle: a.showStaffMember},
		{method: post, path: "/staff/:id", least: manager, money: true, handle: a.changeStaffMember},
		{method: post, path: "/staff/:id/disable", least: manager, money: true, handle: a.disableStaff},
		{method: post, path: "/staff/:id/enable", least: manager, money: true, handle: a.enableStaff},
		{method: post, path: "/staff/:id/device", least: manager, money: true, handle: a.resetDevice},
		{method: post, path: "/staff/:id/password", least: manager, money: true, handle: a.resetPassword},
		{method: get, path: "/audit", least: manager, handle: a.showAudit},

		{method: get, path: "", least: viewer, handle: a.showDashboard},

		{method: get, path: "/orders", least: viewer, handle: a.showOrders},
		{method: get, path: "/orders.csv", least: clerk, limited: true, handle: a.ordersCSV},
		{method: get, path: "/orders/:number", least: viewer, handle: a.showOrder},
		{method: get, path: "/orders/:number/journal/:id", least: viewer, handle: a.showJournal},
		{method: get, path: "/orders/:number/dispute", least: manager, handle: a.showDispute},
		{method: post, path: "/orders/:number/ask", least: clerk, handle: a.askBank},
		{method: post, path: "/orders/:number/refund", least: manager, money: true, handle: a.refundMoney},
		{method: post, path: "/orders/:number/capture", least: manager, money: true, handle: a.captureHold},
		{method: post, path: "/orders/:number/release", least: manager, money: true, handle: a.releaseHold},
		{method: post, path: "/orders/:number/refunds/:id/retry", least: manager, money: true, handle: a.retryRefund},
		{method: post, path: "/orders/:number/refunds/:id/stop", least: manager, money: true, handle: a.stopRefund},
		{method: post, path: "/orders/:number/captures/:id/retry", least: manager, money: true, handle: a.retryCapture},
		{method: post, path: "/orders/:number/notes", least: clerk, handle: a.addNote},
		{method: post, path: "/orders/:number/contact", least: clerk, handle: a.showContact},
		{method: post, path: "/orders/:number/mails/:id/again", least: clerk, handle: a.sendMailAgain},

		{method: get, path: "/packing", least: viewer, handle: a.showPacking},
		{method: get, path: "/orders/:number/slip", least: clerk, handle: a.showSlip},
		{method: get, path: "/orders/:number/label", least: clerk, handle: a.showLabel},
		{method: post, path: "/orders/:number/pack", least: clerk, handle: a.packOrder},
		{method: post, path: "/orders/:number/ship", least: clerk, handle: a.shipOrder},
		{method: post, path: "/orders/:number/ready", least: clerk, handle: a.readyOrder},
		{method: post, path: "/orders/:number/handover", least: clerk, handle: a.handOverOrder},
		{method: get, path: "/orders/:number/parcels/:parcel", least: clerk, handle: a.showParcel},
		{method: post, path: "/orders/:number/parcels/:parcel", least: clerk, handle: a.correctParcel},
		{method: post, path: "/orders/:number/parcels/:parcel/deliver", least: clerk, handle: a.deliverParcel},
		{method: post, path: "/orders/:number/parcels/:parcel/returned", least: clerk, handle: a.parcelReturned},
		{method: post, path: "/orders/:number/cancel", least: manager, money: true, handle: a.cancelOrder},
		{method: post, path: "/orders/:number/returns", least: clerk, handle: a.announceReturn},
		{method: get, path: "/returns", least: viewer, handle: a.showReturns},
		{method: get, path: "/returns/:id", least: viewer, handle: a.showReturn},
		{method: post, path: "/returns/:id", least: manager, money: true, handle: a.bookReturn},
		{method: get, path: "/products", least: viewer, handle: a.showProducts},
		{method: get, path: "/products/new", least: manager, handle: a.showNewProduct},
		{method: post, path: "/products/new", least: manager, handle: a.createProduct},
		{method: get, path: "/products/:product", least: viewer, handle: a.showProduct},
		{method: post, path: "/products/:product", least: manager, handle: a.saveProduct},
		{method: get, path: "/products/:product/stock", least: viewer, handle: a.showStock},
		{method: post, path: "/products/:product/stock", least: clerk, handle: a.changeStock},
		{method: post, path: "/products/:product/pictures", least: manager, handle: a.addPicture},
		{method: post, path: "/products/:product/pictures/save", least: manager, handle: a.savePictures},
		{method: get, path: "/categories", least: viewer, handle: a.showCategories},
		{method: get, path: "/categories/new", least: manager, handle: a.showNewCategory},
		{method: post, path: "/categories/new", least: manager, handle: a.createCategory},
		{method: get, path: "/categories/:category", least: viewer, handle: a.showCategory},
		{method: post, path: "/categories/:category", least: manager, handle: a.saveCategory},
		{method: post, path: "/categories/:category/move", least: manager, handle: a.moveCategory},
		{method: get, path: "/prices", least: manager, handle: a.showPrices},
		{method: post, path: "/prices", least: manager, handle: a.readPrices},
		{method: get, path: "/prices/export", least: viewer, handle: a.exportPrices},
		{method: get, path: "/prices/:list", least: manager, handle: a.showPriceList},
		{method: post, path: "/prices/:list", least: manager, handle: a.confirmPriceList},
		{method: get, path: "/makers", least: manager, handle: a.showMakers},
		{method: get, path: "/makers/new", least: manager, money: true, handle: a.showNewMaker},
		{method: post, path: "/makers/new", least: manager, money: true, handle: a.createMaker},
		{method: get, path: "/makers/:id", least: manager, money: true, handle: a.showMaker},
		{method: post, path: "/makers/:id", least: manager, money: true, handle: a.saveMaker},
		{method: get, path: "/review", least: viewer, handle: a.showReviews},
		{method: get, path: "/review/:id", least: viewer, handle: a.showReview},
		{method: post, path: "/review/:id", least: clerk, handle: a.resolveReview},
		{method: post, path: "/review/:id/money", least: manager, money: true, handle: a.resolveReviewMoney},
		{method: post, path: "/review/:id/ask", least: clerk, handle: a.askAboutReview},
		{method: get, path: "/reconciliation", least: viewer, handle: a.showReconciliations},
		{method: get, path: "/reconciliation/:day", least: viewer, handle: a.showReconciliation},
		{method: post, path: "/reconciliation/:day", least: clerk, handle: a.runReconciliation},
		{method: post, path: "/reconciliation/:day/differences/:id/ask", least: clerk, handle: a.askAboutDifference},
		{method: post, path: "/reconciliation/:day/differences/:id/take", least: manager, money: true, handle: a.acceptDifference},
		{method: get, path: "/methods", least: viewer, handle: a.showMethods},
		{method: post, path: "/methods/:method", least: manager, handle: a.switchMethod},
		{method: get, path: "/exports", least: manager, handle: a.showExports},
		{method: post, path: "/exports", least: manager, handle: a.exportBookings},
		{method: post, path: "/exports/shares", least: manager, handle: a.exportShares},
	}
}

// Right is a line of the table of rights.
type Right struct {
	Method, Path string
	Least        models.Role // "" for anybody, "halfway" between password and second factor
	Money        bool        // needs a fresh proof as well
}

// Rights returns the table of rights, for tests and for the page that shows it to managers.
func Rights() []Right {
	var list []Right
	for _, r := range (&app{}).routes() {
		list = append(list, Right{r.method, Prefix + r.path, r.least, r.money})
	}
	return list
}

// guard is the only way to a handler: it lets through who may use the route.
func (a *app) guard(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v := visit{Ctx: c, app: a}
		err := a.enter(&v, r)
		if err == nil {
			v.dropKeptForm(r)
			err = r.handle(v)
		}
		if err != nil {
			return a.fail(c, &v, err)
		}
		return nil
	}
}

// errSignIn, errSecondFactor, errNewPassword and errProof send the browser to the page where
// somebody signs in, gives the second factor, chooses a password in place of a generated one,
// or gives the second factor again.
var (
	errSignIn       = &models.Error{Kind: models.Forbidden, Code: "admin.error.sign_in"}
	errSecondFactor = &models.Error{Kind: models.Forbidden, Code: "admin.error.second_factor"}
	errNewPassword  = &models.Error{Kind: models.Forbidden, Code: "admin.error.new_password"}
	errProof        = &models.Error{Kind: models.Forbidden, Code: "admin.error.proof"}
	errRole         = &models.Error{Kind: models.Forbidden, Code: "admin.error.role_too_low"}
	errStale        = &models.Error{Kind: models.Forbidden, Code: models.CodeFormStale}
)

// enter reads the session and checks that it may use the route.
func (a *app) enter(v *visit, r route) error {
	if err := v.readSession(); err != nil {
		return err
	}
	if r.least == anybody {
		return nil
	}
	if v.who == nil {
		return errSignIn
	}
	if v.Method() == fiber.MethodPost {
		if token, err := v.value("token"); err != nil || token != v.session.Token {
			return errStale
		}
	}
	switch {
	case r.least == halfway:
		return nil
	case v.session.ProvedAt == nil:
		return errSecondFactor
	case v.who.PasswordUntil != nil:
		return errNewPassword
	case !v.who.Role.Includes(r.least):
		return errRole
	case r.money && !v.proved():
		return errProof
	}
	return nil
}

// ownPath reports whether an address is a page of the back office, to which a form may lead
// back.
func ownPath(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && !strings.ContainsAny(address, "\\\r\n\t") &&
		(u.Path == Prefix || strings.HasPrefix(u.Path, Prefix+"/")) && !strings.Contains(u.Path, "..") && !strings.Contains(u.Path, "//")
}
