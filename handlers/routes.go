package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/handlers/admin"
	"dukani/models"
	"dukani/static"
	"dukani/views"
)

// routes is every address of the shop.
func (a *app) routes(r *fiber.App) error {
	r.Use(a.observe, a.trustProxies(), a.secure, a.trimSlash, a.refuseBodies)

	// For programs: no session, and no check which site a request comes from.
	r.Get("/healthz", a.showHealth)
	r.Get("/readyz", a.showReadiness)
	r.Get("/metrics", a.metrics.handler())
	r.Get(static.Prefix+"*", a.Assets.Handler())
	r.Get(views.UploadedPictures+":name", a.showPicture)
	r.Get("/favicon.ico", a.Assets.File("pictures/favicon.svg"))
	r.Get("/robots.txt", a.showRobots)
	r.Post("/bog/callback", a.receiveCallback)

	r.Use(a.toOwnHost, a.sameOrigin, a.noteSwitch, a.saveSession, a.pack)
	r.Get("/", a.chooseLanguage)
	for _, lang := range []models.Lang{models.Ka, models.En} {
		p := "/" + string(lang)
		r.Get(p, a.showHome)
		r.Get(p+"/c/:category", a.showCategory)
		r.Get(p+"/p/:product", a.showProduct)
		r.Get(p+"/all/:list", a.showCollection)
		r.Get(p+"/search", a.showSearch)
		r.Get(p+"/suggest", a.limited(), a.suggest)
		r.Get(p+"/info/:kind", a.showInfo)

		r.Get(p+"/cart", a.showCart)
		r.Post(p+"/cart/items", a.addToCart)
		r.Post(p+"/cart/items/:product", a.changeCart)
		r.Post(p+"/cart/items/:product/remove", a.removeFromCart)

		r.Get(p+"/checkout", a.visited(a.showCheckout))
		r.Post(p+"/checkout", a.limited(), a.answerScript, a.visited(a.placeOrder))
		r.Get(p+"/orders/:token", a.visited(a.showOrder))
		r.Get(p+"/orders/:token/status", a.orderStatus)
		r.Get(p+"/orders/:token/return", a.returnFromBank)
		r.Post(p+"/orders/:token/pay", a.limited(), a.answerScript, a.visited(a.payOrder))
		r.Post(p+"/orders/:token/wallet", a.limited(), a.answerScript, a.visited(a.completeApplePay))
		r.Post(p+"/orders/:token/cancel", a.limited(), a.visited(a.cancelOrder))
		r.Get(p+"/orders/:token/withdraw", a.visited(a.showWithdraw))
		r.Post(p+"/orders/:token/withdraw", a.limited(), a.visited(a.withdraw))
		r.Get(p+"/orders/:token/again", a.visited(a.showReorder))
		r.Post(p+"/orders/:token/again", a.limited(), a.visited(a.placeReorder))
		r.Post(p+"/orders/:token/again/cart", a.visited(a.reorderIntoCart))

		r.Get(p+"/login", a.visited(a.showLogin))
		r.Post(p+"/login", a.limited(), a.visited(a.login))
		r.Get(p+"/register", a.visited(a.showRegister))
		r.Post(p+"/register", a.limited(), a.visited(a.register))
		r.Get(p+"/forgot", a.visited(a.showForgot))
		r.Post(p+"/forgot", a.limited(), a.visited(a.forgot))
		r.Get(p+"/reset", a.visited(a.showReset))
		r.Post(p+"/reset", a.limited(), a.visited(a.reset))
		r.Get(p+"/verify", a.visited(a.showVerify))
		r.Post(p+"/verify", a.limited(), a.visited(a.verify))
		if a.provider != nil {
			r.Post(p+"/login/provider", a.limited(), a.visited(a.startProvider))
			r.Post(p+"/account/confirm/provider", a.customersOnly, a.limited(), a.visited(a.confirmByProvider))
		}
		r.Post(p+"/logout", a.customersOnly, a.visited(a.logout))
		r.Get(p+"/account", a.customersOnly, a.visited(a.showAccount))
		a.accountRoutes(r.Group(p+"/account/", a.customersOnly)) // with the slash: /accountants is not an address of an account
	}
	if a.provider != nil {
		r.Get(ProviderCallback, a.limited(), a.visited(a.returnFromProvider))
	}
	if err := admin.Mount(r, a.adminConfig()); err != nil {
		return err
	}
	if a.ShowMailbox {
		r.Get("/mailbox", a.showMailbox)
		r.Get("/mailbox/:id", a.showMail)
		r.Get("/mailbox/:id/html", a.showMailHTML)
	}
	return nil
}

// accountRoutes is every address of a customer's account, behind customersOnly.
func (a *app) accountRoutes(r fiber.Router) {
	get := func(path string, handle func(visit) error) { r.Get(path, a.visited(handle)) }
	post := func(path string, handle func(visit) error) { r.Post(path, a.visited(handle)) }
	get("/orders", a.showOrders)
	post("/orders/claim", a.claimOrders)
	get("/orders/:number", a.showOwnOrder)
	get("/profile", a.showProfile)
	post("/profile", a.saveProfile)
	post("/verify", a.askVerification)
	get("/email", a.showEmail)
	post("/email", a.changeEmail)
	get("/password", a.showPassword)
	post("/password", a.changePassword)
	get("/confirm", a.showConfirm)
	post("/confirm", a.confirm)
	post("/unlink", a.unlink)
	get("/addresses", a.showAddresses)
	post("/addresses", a.addAddress)
	get("/addresses/new", a.newAddress)
	get("/addresses/:id", a.editAddress)
	post("/addresses/:id", a.changeAddress)
	post("/addresses/:id/remove", a.removeAddress)
	post("/addresses/:id/default", a.makeDefaultAddress)
	get("/sessions", a.showSessions)
	post("/sessions/end", a.endOtherSessions)
	post("/sessions/end-all", a.endAllSessions)
	post("/sessions/:id/end", a.endSession)
	get("/data", a.downloadData)
	get("/delete", a.showDelete)
	post("/delete", a.deleteAccount)
	get("/cards", a.showCards)
	post("/cards/:card", a.renameCard)
	post("/cards/:card/default", a.makeCardDefault)
	r.Post("/cards/:card/remove", a.limited(), a.visited(a.removeCard))
}

// adminConfig is what the back office works with.
func (a *app) adminConfig() admin.Config {
	return admin.Config{
		Store: a.Store, Desk: a.Desk, Catalog: a.catalog, Views: a.Views, Assets: a.Assets, Log: a.Log,
		BaseURL: a.BaseURL, Secret: a.Secret, HTTPS: a.https, NoSecondFactor: a.NoSecondFactor, Seller: a.Seller.In,
		Address: func(c *fiber.Ctx) string { return c.IP() }, Network: network, Device: device,
		Explain: explain, RequestID: requestID, Limit: a.limited("back office"),
	}
}
