package admin

import (
	"crypto/rand"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
)

// A browser in which somebody has signed in is known as theirs: wrong passwords that strangers
// try elsewhere do not lock them out there. Being known opens nothing by itself.

const (
	deviceLife     = 180 * 24 * time.Hour
	peopleOfDevice = 5 // how many staff one browser can belong to; the least recent is dropped
)

// knownDevice says that a member of staff has signed in with this browser before.
type knownDevice struct {
	StaffID int64
	ID      string // random; tells their browsers apart
}

// deviceCookie is the cookie with the staff that a browser belongs to, sealed.
func (a *app) deviceCookie() string { return a.cookieName() + "-device" }

func (v visit) knownDevices() (list []knownDevice) {
	name := v.app.deviceCookie()
	if v.app.sealer.Decode(name, v.Cookies(name), &list) != nil {
		return nil
	}
	return list
}

// devices is whose browser the request comes from, and its name among theirs.
func (v visit) devices() map[int64]string {
	of := map[int64]string{}
	for _, d := range v.knownDevices() {
		of[d.StaffID] = d.ID
	}
	return of
}

// rememberDevice remembers that the member of staff signing in now has used this browser.
func (v visit) rememberDevice() error {
	list, device := v.knownDevices(), knownDevice{v.who.ID, rand.Text()}
	if i := slices.IndexFunc(list, func(d knownDevice) bool { return d.StaffID == v.who.ID }); i >= 0 {
		device = list[i]
		list = slices.Delete(list, i, i+1)
	}
	list = slices.Insert(list, 0, device)
	name := v.app.deviceCookie()
	sealed, err := v.app.sealer.Encode(name, list[:min(len(list), peopleOfDevice)])
	if err != nil {
		return err
	}
	v.Cookie(&fiber.Cookie{
		Name: name, Value: sealed, Path: "/", HTTPOnly: true, Secure: v.app.HTTPS, SameSite: fiber.CookieSameSiteLaxMode, MaxAge: int(deviceLife.Seconds()),
	})
	return nil
}
