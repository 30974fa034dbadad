package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/static"
)

// routes is every address of the shop.
func (a *app) routes(r *fiber.App) {
	r.Use(a.observe, a.trustProxies(), a.secure, a.trimSlash, a.refuseBodies)

	// For programs: no session, and no check which site a request comes from.
	r.Get("/healthz", a.showHealth)
	r.Get("/readyz", a.showReadiness)
	r.Get("/metrics", a.metrics.handler())
	r.Get(static.Prefix+"*", a.Assets.Handler())
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
		r.Post(p+"/checkout", a.limited(), a.visited(a.placeOrder))
		r.Get(p+"/orders/:token", a.visited(a.showOrder))
		r.Get(p+"/orders/:token/status", a.orderStatus)
		r.Get(p+"/orders/:token/return", a.returnFromBank)
		r.Post(p+"/orders/:token/pay", a.limited(), a.visited(a.payOrder))
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
	if a.ShowMailbox {
		r.Get("/mailbox", a.showMailbox)
		r.Get("/mailbox/:id", a.showMail)
		r.Get("/mailbox/:id/html", a.showMailHTML)
	}
}

// accountRoutes is every address of a customer's account, behind customersOnly.
func (a *app) accountRoutes(r fiber.Router) {
	r.Get("/orders", a.visited(a.showOrders))
	r.Post("/orders/claim", a.visited(a.claimOrders))
	r.Get("/orders/:number", a.visited(a.showOwnOrder))
	r.Get("/profile", a.visited(a.showProfile))
	r.Post("/profile", a.visited(a.saveProfile))
	r.Post("/verify", a.visited(a.askVerification))
	r.Get("/email", a.visited(a.showEmail))
	r.Post("/email", a.visited(a.changeEmail))
	r.Get("/password", a.visited(a.showPassword))
	r.Post("/password", a.visited(a.changePassword))
	r.Get("/confirm", a.visited(a.showConfirm))
	r.Post("/confirm", a.visited(a.confirm))
	r.Post("/unlink", a.visited(a.unlink))
	r.Get("/addresses", a.visited(a.showAddresses))
	r.Post("/addresses", a.visited(a.addAddress))
	r.Get("/addresses/new", a.visited(a.newAddress))
	r.Get("/addresses/:id", a.visited(a.editAddress))
	r.Post("/addresses/:id", a.visited(a.changeAddress))
	r.Post("/addresses/:id/remove", a.visited(a.removeAddress))
	r.Post("/addresses/:id/default", a.visited(a.makeDefaultAddress))
	r.Get("/sessions", a.visited(a.showSessions))
	r.Post("/sessions/end", a.visited(a.endOtherSessions))
	r.Post("/sessions/end-all", a.visited(a.endAllSessions))
	r.Post("/sessions/:id/end", a.visited(a.endSession))
	r.Get("/data", a.visited(a.downloadData))
	r.Get("/delete", a.visited(a.showDelete))
	r.Post("/delete", a.visited(a.deleteAccount))
	r.Get("/cards", a.visited(a.showCards))
	r.Post("/cards/:card", a.visited(a.renameCard))
	r.Post("/cards/:card/default", a.visited(a.makeCardDefault))
	r.Post("/cards/:card/remove", a.limited(), a.visited(a.removeCard))
}
