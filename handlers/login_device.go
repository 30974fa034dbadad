package handlers

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

const (
	deviceCookie   = "device"
	deviceLife     = 365 * 24 * time.Hour
	peopleOfDevice = 5 // how many customers one browser can belong to; the least recent is dropped
)

// knownDevice says that a customer has signed in with this browser before. Tries to
// sign in from it are counted separately, so that strangers who guess the password
// do not lock its owner out.
type knownDevice struct {
	Customer int64
	ID       string // random; tells the customer's browsers apart
}

// knownDevices reads whose device the browser is, the most recent customer first.
func (a *app) knownDevices(c *fiber.Ctx) (list []knownDevice) {
	name := a.cookieName(deviceCookie)
	if sealed := c.Cookies(name); sealed == "" || a.sealer.Decode(name, sealed, &list) != nil {
		return nil
	}
	return list
}

// rememberDevice remembers that this browser is the customer's, who has just proved who
// they are.
func (a *app) rememberDevice(c *fiber.Ctx, customerID int64) error {
	list := a.knownDevices(c)
	device := knownDevice{customerID, newKey()}
	if i := slices.IndexFunc(list, func(d knownDevice) bool { return d.Customer == customerID }); i >= 0 {
		device = list[i]
		list = slices.Delete(list, i, i+1)
	}
	list = slices.Insert(list, 0, device)
	name := a.cookieName(deviceCookie)
	sealed, err := a.sealer.Encode(name, list[:min(len(list), peopleOfDevice)])
	if err == nil {
		a.setCookie(c, name, sealed, deviceLife)
	}
	return err
}

// from is where a try to sign in comes from. A browser in which the customer is signed in
// counts as a device of theirs, too.
func (a *app) from(c *fiber.Ctx) models.From {
	from := models.From{Network: network(c), Devices: map[int64]string{}}
	if who, err := a.signedIn(c); err == nil && who != nil {
		from.Devices[who.ID] = who.token
	}
	for _, d := range a.knownDevices(c) {
		from.Devices[d.Customer] = d.ID
	}
	return from
}
